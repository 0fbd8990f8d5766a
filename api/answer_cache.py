"""Answers given before, by one build to one question: given again without computing, however busy the server is."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from cachetools import LRUCache
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Key = tuple[str, ...]
ASKED_WITH = ("accept", "accept-encoding", "host")
"""Header fields on which an answer depends, besides its address."""
LARGEST_SHARE = 16
"""No answer may take more than this fraction of the memory."""
ENTRY_BYTES = 1024
"""What an answer takes besides its body."""
_TAG = re.compile(r'"[^"]*"')


@dataclass(slots=True)
class KeptAnswer:
    """An answer as it was sent."""

    start: Message
    tag: str
    route: str | None
    body: bytes = b""
    parts: list[bytes] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        return len(self.body) + ENTRY_BYTES


class AnswerCache:
    """Keeps answers that carry an entity tag, the least recently used ones making way.

    `build_id` names the build that answers, or is None while another is about to.
    """

    def __init__(self, app: ASGIApp, *, mib: int, build_id: Callable[[], str | None]) -> None:
        self._app = app
        self._build_id = build_id
        self._bytes = mib * 1024 * 1024
        self._answers: LRUCache[Key, KeptAnswer] = LRUCache(self._bytes, getsizeof=lambda answer: answer.size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI; `request.state.cache` is hit or miss."""
        build_id = self._build_id() if self._bytes and scope["type"] == "http" and scope["method"] == "GET" else None
        if build_id is None:
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        key = _key(build_id, scope, asked)
        state = scope.setdefault("state", {})
        if (kept := self._answers.get(key)) is not None:
            state |= {"cache": "hit", "route": kept.route}
            await _send_again(kept, asked.get("if-none-match", ""), send)
            return
        new: KeptAnswer | None = None

        async def send_and_keep(message: Message) -> None:
            nonlocal new
            if message["type"] == "http.response.start":
                tag = Headers(raw=message["headers"]).get("etag")
                if tag is not None and message["status"] == HTTPStatus.OK:
                    state["cache"] = "miss"
                    new = KeptAnswer({**message, "headers": list(message["headers"])}, tag, None)
            elif new is not None and message["type"] == "http.response.body":
                new.parts.append(message.get("body", b""))
                if sum(map(len, new.parts)) > self._bytes // LARGEST_SHARE:
                    new = None
            await send(message)

        await self._app(scope, receive, send_and_keep)
        if new is not None and self._build_id() == build_id:
            new.body, new.parts, new.route = b"".join(new.parts), [], state.get("route")
            self._answers[key] = new


def _key(build_id: str, scope: Scope, asked: Headers) -> Key:
    headers = (",".join(asked.getlist(name)) for name in ASKED_WITH)
    return (build_id, scope["scheme"], scope["path"], scope["query_string"].decode("latin-1"), *headers)


async def _send_again(kept: KeptAnswer, shown: str, send: Send) -> None:
    if kept.tag in _TAG.findall(shown):
        left_out = (b"content-length", b"content-type", b"content-encoding")
        headers = [(name, value) for name, value in kept.start["headers"] if name.lower() not in left_out]
        await send({**kept.start, "status": HTTPStatus.NOT_MODIFIED.value, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    # A copy: those further out add to the list.
    await send({**kept.start, "headers": list(kept.start["headers"])})
    await send({"type": "http.response.body", "body": kept.body})
