"""A server as a process of its own, and the memory it takes."""

import contextlib
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

SECONDS_TO_START = 120


@dataclass(frozen=True, slots=True)
class Memory:
    """MiB that a process takes."""

    own: int
    """What it has written for itself, so without what it maps."""
    resident: int
    """With all that it maps and has looked at, shared or not."""
    share: int
    """The same, with a page that several processes map counted in equal parts."""


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def memory(self) -> "list[Memory]":
        """What each of its processes takes; the parent first."""
        return [_memory(pid) for pid in _family(self.process.pid)]


@contextlib.contextmanager
def served(command: list[str], environment: Mapping[str, str], *, workers: int) -> Iterator[Served]:
    """A server on a free port, up and answering."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    number, many = str(port), str(workers)
    own = {"PORT": number, "TRIALKIN_PORT": number, "WORKERS": many, "TRIALKIN_WORKERS": many}
    process = subprocess.Popen(  # noqa: S603 - this project's own
        command, env={**os.environ, **own, **environment}, stderr=subprocess.DEVNULL
    )
    server, begun = Served(port, process), time.monotonic()
    try:
        while not _answers(server.address):
            if process.poll() is not None or time.monotonic() - begun > SECONDS_TO_START:
                raise RuntimeError(f"{command} does not answer at {server.address}")
            time.sleep(0.1)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=60)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health/ready", timeout=60).is_success
    except httpx.HTTPError:
        return False


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(relative for child in children for relative in _family(int(child)))]


def _memory(pid: int) -> Memory:
    told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    kib = {name: int(number) for name, number in re.findall(r"^(\w+): +(\d+) kB", told, flags=re.MULTILINE)}
    # Pages of a file count as private too, as long as nobody else maps it; but not as dirty.
    return Memory(*(kib[name] // 1024 for name in ("Private_Dirty", "Rss", "Pss")))
