"""A strong tag is of bytes, so what is sent compressed has another tag than what is not (RFC 9110, 8.8.3.3)."""

from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CODINGS = ("gzip", "zstd")


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
        shown, accepted = asked.get("if-none-match", ""), asked.get("accept-encoding", "")
        marks = [_mark(coding) for coding in CODINGS if coding in accepted and _mark(coding) in shown]
        if marks:
            headers, bare = MutableHeaders(raw=list(scope["headers"])), shown
            for mark in marks:
                bare = bare.replace(mark, '"')
            headers["if-none-match"] = bare
            scope = {**scope, "headers": headers.raw}

        async def send_with_mark(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                tag, coding = headers.get("etag", ""), headers.get("content-encoding")
                if message["status"] == HTTPStatus.NOT_MODIFIED:
                    if "accept-encoding" not in headers.get("vary", "").lower():
                        headers.add_vary_header("Accept-Encoding")  # as the answer that is not sent again has it
                    marked = [tag[:-1] + mark for mark in marks if tag[:-1] + mark in shown]
                else:
                    marked = [tag[:-1] + _mark(coding)] if coding in CODINGS else []
                if tag and marked:
                    headers["etag"] = marked[0]
            await send(message)

        await self._app(scope, receive, send_with_mark)


def _mark(coding: str) -> str:
    """How the tag of an answer ends that is sent in `coding`."""
    return f'-{coding}"'
