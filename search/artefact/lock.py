"""One process at a time changes an index. The kernel drops the lock of a dead process, so it cannot go stale."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from search.artefact.layout import lock_file
from search.errors import IndexLocked


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the lock of the index at `root`, made if it is not there.

    Raises IndexLocked, naming the process, where another one holds it.
    """
    root.mkdir(parents=True, exist_ok=True)
    with lock_file(root).open("a+") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            stream.seek(0)
            holder = stream.read().strip() or "unknown"
            raise IndexLocked(f"process {holder} is changing the index {root}; try again when it is done") from error
        stream.truncate(0)
        stream.write(f"{os.getpid()}\n")
        stream.flush()
        yield
