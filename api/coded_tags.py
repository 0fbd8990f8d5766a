"""A strong tag is of bytes, so what is sent compressed has another tag than what is not (RFC 9110, 8.8.3.3)."""

from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MARK = '-gzip"'


class CodedTags:
    """Marks the tag of a compressed answer, and takes the mark off where a client shows it again."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        shown = asked.get("if-none-match", "")
        takes_gzip = "gzip" in asked.get("accept-encoding", "")
        if takes_gzip and MARK in shown:
            headers = MutableHeaders(raw=list(scope["headers"]))
            headers["if-none-match"] = shown.replace(MARK, '"')
            scope = {**scope, "headers": headers.raw}

        async def send_with_mark(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_known = message["status"] == HTTPStatus.NOT_MODIFIED
                is_compressed = headers.get("content-encoding") == "gzip"
                if is_known:
                    headers.add_vary_header("Accept-Encoding")  # as the answer that is not sent again has it
                tag = headers.get("etag", "")
                marked = tag[:-1] + MARK
                if tag and (is_compressed or (is_known and takes_gzip and marked in shown)):
                    headers["etag"] = marked
            await send(message)

        await self._app(scope, receive, send_with_mark)
