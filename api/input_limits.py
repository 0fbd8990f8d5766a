"""How much may be asked at once: of address, header fields, parameters and body."""

import asyncio
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem_response
from api.settings import Settings

NULL = HTTPStatus.UNPROCESSABLE_ENTITY, "there is a null character in it, which no text has; leave it out"


class InputLimits:
    """Refuses what is longer than the settings allow, before anything reads it; hands a body on whole."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None and _has_body(scope):
            try:
                async with asyncio.timeout(self._settings.body_seconds):
                    body = await self._body(receive)
            except TimeoutError:
                seconds = f"{self._settings.body_seconds:g}"
                refusal = HTTPStatus.REQUEST_TIMEOUT, f"the body did not arrive within {seconds} s; send it again"
            else:
                if body is None:
                    refusal = _too_large(self._settings.max_body)
                elif b"\\u0000" in body or b"\0" in body:
                    refusal = NULL
                else:
                    receive = _handed_on(body, receive)
        if refusal is not None:
            response = problem_response(scope["path"], *refusal, {"Connection": "close"} if _has_body(scope) else None)
            await response(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[HTTPStatus, str] | None:
        limits, query = self._settings, scope["query_string"]
        if len(scope.get("raw_path") or scope["path"].encode()) + len(query) > limits.max_url:
            return (
                HTTPStatus.REQUEST_URI_TOO_LONG,
                f"path and query are longer than {limits.max_url:,} bytes; ask for less",
            )
        if sum(len(name) + len(value) for name, value in scope["headers"]) > limits.max_headers:
            detail = f"the header fields are longer than {limits.max_headers:,} bytes; send fewer or shorter ones"
            return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, detail
        if b"%00" in query or b"\0" in query or "\0" in scope["path"]:
            return NULL
        if query.count(b"&") >= limits.max_parameters:
            detail = f"more than {limits.max_parameters} query parameters; ask for less at once"
            return HTTPStatus.UNPROCESSABLE_ENTITY, detail
        stated = dict(scope["headers"]).get(b"content-length", b"0")
        # What is no number is left to the count.
        if stated.isdigit() and int(stated[:20]) > limits.max_body:
            return _too_large(limits.max_body)
        return None

    async def _body(self, receive: Receive) -> bytes | None:
        """All of it; None where it is too large."""
        parts, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                break
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._settings.max_body:
                return None
            more = message.get("more_body", False)
        return b"".join(parts)


def _too_large(limit: int) -> tuple[HTTPStatus, str]:
    return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {limit:,} bytes; send less at once"


def _has_body(scope: Scope) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


def _handed_on(body: bytes, receive: Receive) -> Receive:
    """`body` once, then what comes after it: whether the client has gone."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return first.pop() if first else await receive()

    return receive_again
