"""Which pages of other sites may read the answers."""

from collections.abc import Sequence
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api import request_id
from api.problems import problem_response

METHODS = ("GET", "HEAD", "OPTIONS", "POST")
SECONDS_KEPT = 86_400


class Cors(CORSMiddleware):
    """Starlette's, for reading alone and without credentials; a refusal is a Problem like any other."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=["Content-Type", "If-None-Match", request_id.HEADER],
            expose_headers=["ETag", "RateLimit", "RateLimit-Policy", "Retry-After", request_id.HEADER],
            max_age=SECONDS_KEPT,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            asked = Headers(scope=scope)
            if "origin" in asked and "access-control-request-method" in asked:
                response = self.preflight_response(asked)
                if response.status_code >= HTTPStatus.BAD_REQUEST:
                    response = self._refusal(scope["path"], response)
                await response(scope, receive, send)
                return
        await super().__call__(scope, receive, send)

    def _refusal(self, path: str, response: Response) -> Response:
        origins = ", ".join(self.allow_origins) or "no other origin"
        detail = f"{bytes(response.body).decode()}; pages may use {', '.join(METHODS)}, from: {origins}"
        return problem_response(path, HTTPStatus.BAD_REQUEST, detail, {"Vary": response.headers.get("vary", "Origin")})
