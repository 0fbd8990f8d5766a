"""How many questions are computed at once, how many wait for that, and for how long anybody does."""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from http import HTTPStatus
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import Response

from api.problems import problem
from api.settings import Settings

Answer = TypeVar("Answer")
SECONDS_TO_RETRY = 1
TOO_MUCH = "more is asked than can be answered; ask again later"


class Shed(Exception):
    """The server does more than it can, so this question is given up; `cause` is a word for the metrics."""

    def __init__(self, cause: str, detail: str) -> None:
        super().__init__(detail)
        self.cause = cause


class Admission:
    """A fixed number of places to compute in, and a short queue before them.

    A computation that is given up keeps its place until it ends, since a thread cannot be stopped: however slow the
    answers are, no more than `concurrency` are being computed.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._given_up: set[asyncio.Task[Any]] = set()
        """Held on to, or they might be collected before they end."""

    @property
    def running(self) -> int:
        """Questions that are being computed, those given up too."""
        return self._running

    @property
    def waiting(self) -> int:
        """Questions in the queue."""
        return len(self._waiting)

    def turn_away(self) -> None:
        """Raises Shed where a question could not even wait."""
        if self._running >= self._settings.concurrency and len(self._waiting) >= self._settings.queue:
            raise Shed("queue full", TOO_MUCH)

    async def run(self, compute: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        """What `compute` answers, in its turn and in time. Raises Shed, and what it raises."""
        await self._enter()
        task = asyncio.create_task(self._compute(compute))
        done, _ = await asyncio.wait({task}, timeout=self._settings.deadline_seconds)
        if not done:
            self._given_up.add(task)
            task.add_done_callback(self._forget)
            raise Shed("deadline", f"no answer within {self._settings.deadline_seconds:g} s; ask for less, or later")
        return task.result()

    async def _compute(self, compute: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            return await compute()
        finally:
            self._leave()

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._given_up.discard(task)
        if not task.cancelled():
            task.exception()  # nobody else asks for it

    async def _enter(self) -> None:
        with self._lock:
            if self._running < self._settings.concurrency:
                self._running += 1
                return
            self.turn_away()
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
        try:
            await asyncio.wait_for(asyncio.shield(turn), self._settings.queue_seconds)
        except (TimeoutError, asyncio.CancelledError) as error:
            with self._lock:
                if turn in self._waiting:
                    self._waiting.remove(turn)
                elif isinstance(error, TimeoutError):
                    return  # the turn came at the last moment
                else:
                    self._next()
            if isinstance(error, asyncio.CancelledError):
                raise
            raise Shed("waited", TOO_MUCH) from None

    def _leave(self) -> None:
        with self._lock:
            self._next()

    def _next(self) -> None:
        """Give the place that is free to the first in the queue."""
        if not self._waiting:
            self._running -= 1
            return
        turn = self._waiting.popleft()
        # Where several event loops share the application, as in tests, the future is another's.
        turn.get_loop().call_soon_threadsafe(_come, turn)


def _come(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)


def install(app: FastAPI) -> None:
    """Answer 503 where a question is given up."""

    @app.exception_handler(Shed)
    async def shed(request: Request, given_up: Shed) -> Response:
        request.state.shed = given_up.cause
        headers = {"Retry-After": str(SECONDS_TO_RETRY)}
        return problem(request, HTTPStatus.SERVICE_UNAVAILABLE, str(given_up), headers)
