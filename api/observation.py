"""What is seen of every request from outside: for the log, the metrics and whoever else looks on."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NO_ROUTE = "none"
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Observation:
    """One request and how it ended."""

    method: str
    """OTHER where HTTP knows none of that name."""
    route: str
    """Template such as /similar/{trial_id}, whose versioned form counts as the bare one; NO_ROUTE where none fits."""
    status: int
    seconds: float
    request_id: str
    build_id: str | None
    """The build that is served when the request has ended."""
    cache: str | None
    """hit or miss, of an answer that can be kept."""
    shed: str | None
    """Why it was refused as one too many, where it was."""
    traceparent: str
    """Which trace of the client's it belongs to (W3C Trace Context), where it says so."""
    asked: str
    """Path and query; whoever keeps them keeps what people look for."""


Observer = Callable[[Observation], None]


class Observed:
    """Shows every request to the observers once it is answered. Stands around all else."""

    def __init__(self, app: ASGIApp, *, observers: Sequence[Observer], build_id: Callable[[], str | None]) -> None:
        self._app = app
        self._observers = observers
        self._build_id = build_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # The one part of a scope that those further in share when they copy it.
        state = scope.setdefault("state", {})
        status, begun = int(HTTPStatus.INTERNAL_SERVER_ERROR), time.perf_counter()

        async def send_and_see(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_see)
        finally:
            query = scope["query_string"].decode("latin-1")
            seen = Observation(
                method=scope["method"] if scope["method"] in METHODS else "OTHER",
                route=state.get("route") or NO_ROUTE,
                status=status,
                seconds=time.perf_counter() - begun,
                request_id=state.get("request_id", ""),
                build_id=self._build_id(),
                cache=state.get("cache"),
                shed=state.get("shed"),
                traceparent=Headers(scope=scope).get("traceparent", ""),
                asked=scope["path"] + (f"?{query}" if query else ""),
            )
            for observer in self._observers:
                observer(seen)


class RouteNamed:
    """Tells those further out which route was taken. Stands around the router, and nothing else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        try:
            await self._app(scope, receive, send)
        finally:
            template = getattr(scope.get("route"), "path", None)
            if template is not None:
                scope.setdefault("state", {})["route"] = template
