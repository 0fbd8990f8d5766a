"""HTTP/1.1 on the wire: what is no request is refused in the shape of every other error, and not waited for."""

import asyncio
import sys
from functools import partial
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.problems import problem_response

SECONDS_TO_READ = 2.0
"""For which a refused client may go on sending, so that it comes to read why: closing at once would take that away."""


class Protocol(H11Protocol):
    """uvicorn's, with a bound on how long a request's head may take to arrive."""

    def __init__(self, *given: Any, seconds_for_head: float, **named: Any) -> None:
        super().__init__(*given, **named)
        self._seconds_for_head = seconds_for_head
        self._head_timer: asyncio.TimerHandle | None = None
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Of asyncio."""
        super().connection_made(transport)
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        """Of asyncio."""
        if self._refused:
            return
        super().data_received(data)
        if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._watch_head()  # a part of a head
        else:
            self._forget_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Of asyncio."""
        self._forget_head()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What cannot be read as a request; the status is that which h11 gives the fault."""
        self._refused = True
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):  # an answer is under way
            self.transport.close()
            return
        status = HTTPStatus(getattr(sys.exception(), "error_status_hint", HTTPStatus.BAD_REQUEST))
        if status is HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
            msg = "the address and the header fields are longer than this server reads; ask for less at once"
        answer = problem_response("/", status, msg, {"Connection": "close", "X-Content-Type-Options": "nosniff"})
        for event in (
            h11.Response(status_code=status, headers=answer.raw_headers, reason=status.phrase.encode()),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(SECONDS_TO_READ, self.transport.close)

    def _watch_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self._seconds_for_head, self.transport.close)

    def _forget_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def protocol_class(seconds_for_head: float) -> Any:
    """What uvicorn calls for every connection."""
    return partial(Protocol, seconds_for_head=seconds_for_head)
