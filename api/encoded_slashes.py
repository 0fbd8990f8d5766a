"""Slashes within an id: CTRI/2020/12/029986 is one part of a path where it is written CTRI%2F2020%2F12%2F029986."""

import re
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

_ENCODED = re.compile(r"%2f", re.IGNORECASE)


class EncodedSlashes:
    """Leaves %2F in the path as it is, since a server decodes it to the slash between two parts."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        raw = scope.get("raw_path") or b""
        if scope["type"] == "http" and b"%2f" in raw.lower():
            path = raw.partition(b"?")[0].decode("latin-1")
            scope = {**scope, "path": unquote(_ENCODED.sub("%252F", path))}
        await self._app(scope, receive, send)


def with_slashes(part: str) -> str:
    """A part of a path that EncodedSlashes left as it was."""
    return part.replace("%2F", "/")
