"""Every error as application/problem+json (RFC 9457): one shape for all routes."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from search.errors import BadInput, CorruptBuild, NoIndex, TrialkinError, UnknownTrial, UnusableEncoder

MEDIA_TYPE = "application/problem+json"
STATUS_OF: dict[type[TrialkinError], HTTPStatus] = {
    BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownTrial: HTTPStatus.NOT_FOUND,
    NoIndex: HTTPStatus.SERVICE_UNAVAILABLE,
    CorruptBuild: HTTPStatus.SERVICE_UNAVAILABLE,
    UnusableEncoder: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The errors that asking an engine can end in; building has its own, and no route builds."""


class Problem(BaseModel):
    """What went wrong, and what to do about it."""

    type: str = Field(default="about:blank", description="Kind of problem; its title says what it is.")
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["no trial NCT99999999 in this index; check the id, or search by text instead"])
    instance: str = Field(description="The path that was asked for.", examples=["/similar/NCT99999999"])


def problem_responses(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries for the problems that a route can answer with."""
    return {
        status.value: {
            "description": status.phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a Problem."""

    @app.exception_handler(TrialkinError)
    def deliberate(request: Request, error: TrialkinError) -> JSONResponse:
        status = next(status for kind, status in STATUS_OF.items() if isinstance(error, kind))
        return _response(request, status, str(error))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        detail = "; ".join(
            f"{fault['loc'][-1]}: {fault['msg'].removeprefix('Value error, ')}" for fault in error.errors()
        )
        return _response(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail)

    @app.exception_handler(HTTPException)
    def foreign(request: Request, error: HTTPException) -> JSONResponse:
        status = HTTPStatus(error.status_code)
        detail = f"{request.method} {request.url.path}: {error.detail}; the routes are listed at /docs"
        return _response(request, status, detail, headers=error.headers)

    @app.exception_handler(Exception)
    def unforeseen(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001 - logged by the server
        detail = "this is a fault of the server, which has logged it; the same request may work again later"
        return _response(request, HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def _response(request: Request, status: HTTPStatus, detail: str, headers: Any = None) -> JSONResponse:
    problem = Problem(title=status.phrase, status=status, detail=detail, instance=request.url.path)
    return JSONResponse(problem.model_dump(), status_code=status, headers=headers, media_type=MEDIA_TYPE)
