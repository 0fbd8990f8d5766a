"""Routes whose answers are computed: each in its turn, and in time."""

import functools
import inspect
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.admission import Admission

_ADMISSION: ContextVar[Admission] = ContextVar("admission")


class ComputedRoute(APIRoute):
    """A route whose function needs a place to run in: `APIRouter(route_class=ComputedRoute)`.

    What is refused (a wrong parameter) or known without it (304) needs none, and neither does sending it.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, _in_turn(endpoint), **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's, which says whose turn it is."""
        handle = super().get_route_handler()

        async def handle_in_turn(request: Request) -> Response:
            admission: Admission = request.app.state.admission
            admission.turn_away()  # before the question is read, which takes longer than saying so
            _ADMISSION.set(admission)
            return await handle(request)

        return handle_in_turn


def _in_turn(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """`endpoint`, run in its turn; as it is where it is so already, since including a router makes its routes again."""
    if getattr(endpoint, "in_turn", False):
        return endpoint

    @functools.wraps(endpoint)
    async def run(*given: Any, **named: Any) -> Any:
        if inspect.iscoroutinefunction(endpoint):
            return await _ADMISSION.get().run(functools.partial(endpoint, *given, **named))
        return await _ADMISSION.get().run(functools.partial(run_in_threadpool, endpoint, *given, **named))

    run.in_turn = True  # type: ignore[attr-defined]
    return run
