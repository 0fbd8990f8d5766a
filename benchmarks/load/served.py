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
class Served:
    """A server that answers."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def own_mib(self) -> list[int]:
        """MiB that each of its processes has written for itself, so without what it maps; the parent first."""
        return [_own_mib(pid) for pid in _family(self.process.pid)]


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


def _own_mib(pid: int) -> int:
    # Pages of a file count as private too, as long as nobody else maps it; but not as dirty.
    kib = re.findall(r"^Private_Dirty: +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), flags=re.MULTILINE)
    return sum(map(int, kib)) // 1024
