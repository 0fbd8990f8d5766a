"""More questions than can be answered, at a steady rate, whether or not the answers keep up."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

PROBES_PER_SECOND = 5
SECONDS_TO_ANSWER = 60
NO_ANSWER = 0


@dataclass(slots=True)
class Overload:
    """What became of the questions, and of what was asked beside them."""

    asked: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    """Status, or NO_ANSWER -> how many."""
    answered_ms: list[float] = field(default_factory=list)
    shed_ms: list[float] = field(default_factory=list)
    probes: dict[str, list[float]] = field(default_factory=dict)
    """Path -> ms of each time it was asked meanwhile."""
    probes_failed: int = 0
    seconds: float = 0.0
    own_mib: tuple[int, int] = (0, 0)
    """The server's own memory before and after."""
    status_after: int = 0
    ms_after: float = 0.0
    """Of the first question after it."""
    is_alive: bool = False
    """Whether the process is still the one before."""


async def overload(
    port: int, paths: Sequence[str], *, per_second: float, seconds: float, probed: Sequence[str]
) -> Overload:
    """Ask `paths` in turn at that rate, and `probed` now and then, of the server at a port of this machine."""
    seen = Overload(probes={path: [] for path in probed}, seconds=seconds)
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for path in probed:
            group.create_task(_probe(port, path, begun + seconds, seen))
        while (passed := time.perf_counter() - begun) < seconds:
            while seen.asked < passed * per_second:
                group.create_task(_ask(port, paths[seen.asked % len(paths)], seen))
                seen.asked += 1
            await asyncio.sleep(0.005)
    return seen


async def _ask(port: int, path: str, seen: Overload) -> None:
    status, milliseconds = await _answered(port, path)
    seen.statuses[status] += 1
    (seen.answered_ms if status == HTTPStatus.OK else seen.shed_ms).append(milliseconds)


async def _probe(port: int, path: str, end: float, seen: Overload) -> None:
    while time.perf_counter() < end:
        status, milliseconds = await _answered(port, path)
        seen.probes[path].append(milliseconds)
        seen.probes_failed += status != HTTPStatus.OK
        await asyncio.sleep(1 / PROBES_PER_SECOND)


async def _answered(port: int, path: str) -> tuple[int, float]:
    """Status and ms, on a connection of its own; by hand, since a client that does more takes what the server needs."""
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(SECONDS_TO_ANSWER):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            answer = await reader.read()
            writer.close()
        status = int(answer.split(b" ", 2)[1])
    except (OSError, TimeoutError, IndexError):
        status = NO_ANSWER
    return status, (time.perf_counter() - begun) * 1e3
