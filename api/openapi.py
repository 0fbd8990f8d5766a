"""The schema of the API: what FastAPI reads off the routes, and what any of them may answer besides."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import Problem, problem_responses
from api.rate_limits import UNLIMITED

LISTED = ("HitItem", "TrialDetail")
"""Schemas of which a client may ask for some fields only."""
REFUSALS = (
    HTTPStatus.REQUEST_URI_TOO_LONG,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
)
"""Which any route may answer."""
REFUSALS_OF_A_BODY = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def schema_of(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of `app`, made once."""
    if not app.openapi_schema:
        app.openapi_schema = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            servers=app.servers,
        )
        components = app.openapi_schema["components"]
        components["schemas"]["Problem"] = Problem.model_json_schema()  # no route returns one by type
        for row in LISTED:
            del components["schemas"][row]["required"]  # `fields` leaves some out
        components["responses"] = {
            _name(int(status)): told for status, told in problem_responses(*REFUSALS, *REFUSALS_OF_A_BODY).items()
        }
        components["responses"][_name(HTTPStatus.TOO_MANY_REQUESTS)]["headers"] = {
            "Retry-After": {"description": "Seconds until the next answer.", "schema": {"type": "integer"}}
        }
        for path, operations in app.openapi_schema["paths"].items():
            for operation in operations.values():
                _add_refusals(path, operation)
    return app.openapi_schema


def _add_refusals(path: str, operation: dict[str, Any]) -> None:
    for status in (*REFUSALS, *(REFUSALS_OF_A_BODY if "requestBody" in operation else ())):
        if status is not HTTPStatus.TOO_MANY_REQUESTS or not path.startswith(UNLIMITED):
            operation["responses"][str(status.value)] = {"$ref": f"#/components/responses/{_name(status)}"}


def _name(status: int) -> str:
    """As components are named: letters alone."""
    return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")
