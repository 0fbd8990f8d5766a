"""One process at a time changes an index. The kernel drops the lock of a dead process, so it cannot go stale."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from search.artefact.layout import lock_file
from search.errors import IndexLocked

# Whoever asks for the holder holds the lock himself for a moment; that must not turn a rebuild away.
_MOMENT = 0.1
_SECONDS_BETWEEN_TRIES = 0.02


@contextmanager
def locked(root: Path, *, wait: float = 0.0, on_wait: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Hold the lock of the index at `root`, made if it is not there.

    Waits up to `wait` seconds for another process, and then tells `on_wait` which. Raises IndexLocked, naming it, where
    that was not enough.
    """
    root.mkdir(parents=True, exist_ok=True)
    with lock_file(root).open("a+") as stream:
        started = time.monotonic()
        told = False
        while not _take(stream, fcntl.LOCK_EX):
            waited = time.monotonic() - started
            if waited >= max(wait, _MOMENT):
                done = "try again when it is done" if not wait else f"it was not done after {wait:g} s"
                raise IndexLocked(f"process {_pid(stream)} is changing the index {root}; {done}")
            if waited >= _MOMENT and not told:
                on_wait(f"waiting up to {wait:g} s for process {_pid(stream)}, which is changing the index {root}")
                told = True
            time.sleep(_SECONDS_BETWEEN_TRIES)
        stream.truncate(0)
        stream.write(f"{os.getpid()}\n")
        stream.flush()
        yield


def lock_holder(root: Path) -> str | None:
    """The id of the process that is changing the index at `root`, if any is."""
    try:
        with lock_file(root).open() as stream:
            return None if _take(stream, fcntl.LOCK_SH) else _pid(stream)
    except OSError:
        return None


def _take(stream: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(stream, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid(stream: IO[str]) -> str:
    stream.seek(0)
    return stream.read().strip() or "unknown"
