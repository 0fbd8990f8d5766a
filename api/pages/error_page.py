"""What went wrong, as a page."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.pages.rendering import page

HEADINGS = {
    HTTPStatus.NOT_FOUND: "Not found",
    HTTPStatus.UNPROCESSABLE_ENTITY: "That cannot be asked",
    HTTPStatus.SERVICE_UNAVAILABLE: "No answers just now",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many questions at once",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something broke here",
}


def error_page(request: Request, status: HTTPStatus, detail: str, headers: Mapping[str, str]) -> HTMLResponse:
    """The page for a problem, of the same status as the API's."""
    return HTMLResponse(
        page(
            "error.html",
            request,
            build=None,
            status=status,
            heading=HEADINGS.get(status, status.phrase),
            detail=detail,
            q=request.query_params.get("q", ""),
        ),
        status_code=status,
        headers={**headers, "Cache-Control": "no-store", "Vary": "Accept"},
    )
