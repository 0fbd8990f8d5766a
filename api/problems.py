"""Every error as application/problem+json (RFC 9457): one shape for all routes."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from api.fault_words import fault_words
from api.form import wants_page
from api.pages.error_page import error_page
from search.errors import (
    BadInput,
    BuildRefused,
    CorruptBuild,
    IndexLocked,
    MissingExtra,
    NoIndex,
    TooManyUnusableRecords,
    TrialkinError,
    UnknownTrial,
    UnusableEncoder,
    UnusableSource,
    UnusableTarget,
    WorkerLost,
)

MEDIA_TYPE = "application/problem+json"
STATUS_OF: dict[type[TrialkinError], HTTPStatus] = {
    BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownTrial: HTTPStatus.NOT_FOUND,
    NoIndex: HTTPStatus.SERVICE_UNAVAILABLE,
    CorruptBuild: HTTPStatus.SERVICE_UNAVAILABLE,
    UnusableEncoder: HTTPStatus.SERVICE_UNAVAILABLE,
    # No route builds or evaluates, so these are the server's fault.
    BuildRefused: HTTPStatus.INTERNAL_SERVER_ERROR,
    IndexLocked: HTTPStatus.INTERNAL_SERVER_ERROR,
    UnusableSource: HTTPStatus.INTERNAL_SERVER_ERROR,
    UnusableTarget: HTTPStatus.INTERNAL_SERVER_ERROR,
    WorkerLost: HTTPStatus.INTERNAL_SERVER_ERROR,
    TooManyUnusableRecords: HTTPStatus.INTERNAL_SERVER_ERROR,
    MissingExtra: HTTPStatus.INTERNAL_SERVER_ERROR,
}
SERVER_FAULT = "this is a fault of the server, which has logged it; the same request may work again later"
_EXAMPLES: dict[HTTPStatus, tuple[str, str]] = {
    HTTPStatus.NOT_FOUND: (
        "/similar/NCT99999999",
        "no trial NCT99999999 in this index; check the id, or search by text instead",
    ),
    HTTPStatus.BAD_REQUEST: (
        "/similar",
        "POST /similar: There was an error parsing the body; the routes are listed at /docs",
    ),
    HTTPStatus.REQUEST_TIMEOUT: ("/similar", "the body did not arrive within 10 s; send it again"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("/similar", "the body is larger than 262,144 bytes; send less at once"),
    HTTPStatus.REQUEST_URI_TOO_LONG: ("/search", "path and query are longer than 16,384 bytes; ask for less"),
    HTTPStatus.TOO_MANY_REQUESTS: ("/search", "more than 60 requests in 60 s; ask again later"),
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        "/search",
        "the header fields are longer than 16,384 bytes; send fewer or shorter ones",
    ),
    HTTPStatus.NOT_ACCEPTABLE: (
        "/version",
        "GET /version: name one of these in Accept: application/json; the routes are listed at /docs",
    ),
    HTTPStatus.UNPROCESSABLE_ENTITY: (
        "/search",
        "status: 'open' is no Status; known: ACTIVE_NOT_RECRUITING, COMPLETED, RECRUITING, …",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("/search", SERVER_FAULT),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "/version",
        "no index under var/index; build one with: trialkin rebuild-index --index var/index",
    ),
}
"""Status -> a path that can end in it, and how that reads."""


class Problem(BaseModel):
    """What went wrong, and what to do about it."""

    type: str = Field(
        default="about:blank",
        description="Always about:blank: the title, which is that of the status, says which kind of problem it is.",
        examples=["about:blank"],
    )
    title: str = Field(description="Name of the status.", examples=["Not Found"])
    status: int = Field(description="HTTP status.", examples=[404])
    detail: str = Field(description="What is wrong, which thing it is, and what to do next.")
    instance: str = Field(description="The path that was asked for.", examples=["/similar/NCT99999999"])


def problem_responses(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries for the problems that a route can answer with."""
    return {
        status.value: {
            "description": status.phrase,
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": problem_of(status, *_EXAMPLES[status]).model_dump(),
                }
            },
        }
        for status in statuses
    }


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a Problem."""

    @app.exception_handler(TrialkinError)
    def deliberate(request: Request, error: TrialkinError) -> Response:
        status = next(STATUS_OF[kind] for kind in type(error).mro() if kind in STATUS_OF)
        if status is HTTPStatus.INTERNAL_SERVER_ERROR:
            raise error  # for `unforeseen` below, and the log
        return problem(request, status, str(error))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        detail = "; ".join(map(_fault, error.errors()))
        return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail)

    @app.exception_handler(HTTPException)
    def foreign(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        headers = dict(error.headers or {})
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = _allowed(headers.get("Allow", "GET"))
            if request.method == "OPTIONS":
                return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
        detail = f"{request.method} {request.url.path}: {error.detail}; the routes are listed at /docs"
        return problem(request, status, detail, headers)

    app.exception_handler(Exception)(unforeseen)


def unforeseen(request: Request, error: Exception) -> Response:  # noqa: ARG001 - logged by the server
    """The answer to a fault of the server, which shows nothing of its inside."""
    return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, SERVER_FAULT)


def problem(request: Request, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """What went wrong, for whoever asked: a page for a person, a Problem for a program."""
    if wants_page(request.scope):
        return error_page(request, status, detail, headers or {})
    return problem_response(request.url.path, status, detail, headers)


def _allowed(methods: str) -> str:
    """`methods` as a route lists them, with those that every route answers: HEAD where it has GET, and OPTIONS."""
    named = set(methods.split(", "))
    return ", ".join(sorted(named | {"OPTIONS"} | ({"HEAD"} if "GET" in named else set())))


def _fault(fault: dict[str, Any]) -> str:
    """One fault that pydantic found, with the parameter's name before it where it is about one."""
    if fault["type"] == "json_invalid":
        return f"the body is no JSON: {fault['ctx']['error']} at character {fault['loc'][-1]}"
    part, *place = fault["loc"]
    if part != "body":
        del place[1:]  # which of several values it is, the message says
    message = fault_words(fault)
    return f"{'.'.join(map(str, place))}: {message}" if place else message


def problem_of(status: HTTPStatus, instance: str, detail: str) -> Problem:
    """The problem that `status` names, met at the path `instance`."""
    return Problem(title=status.phrase, status=status, detail=detail, instance=instance)


def problem_response(
    instance: str, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The problem as it is sent, never to be kept."""
    return JSONResponse(
        problem_of(status, instance, detail).model_dump(),
        status_code=status,
        headers={**(headers or {}), "Cache-Control": "no-store"},
        media_type=MEDIA_TYPE,
    )
