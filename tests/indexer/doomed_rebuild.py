"""A `rebuild-index` that a signal ends, or holds, on its way.

    python doomed_rebuild.py SIGNAL COUNTER NUMBER ROOT SOURCE

COUNTER is what is counted up to NUMBER: `file` events (Python's own audit events that touch ROOT: open, mkdir,
rename, …; the signal comes before the event happens) or `call`s (of Python and C functions). With SIGNAL 0 nothing
is sent, and the last number is printed.
"""

import io
import os
import sys
import threading
from pathlib import Path

from rich.console import Console

import indexer.build
import indexer.sources.files
import search.lexical
import search.progress
from search.encoders.hashing import HashingEncoder
from search.indexes.catalogue import index_class

index_class("flat")

signal_number, counter, number = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
root, source = sys.argv[4:]
seen = 0
counting = threading.Lock()


def count() -> None:
    """One more; the process ends here when its time has come."""
    global seen
    with counting:  # several threads have files synced
        seen += 1
        if seen == number and signal_number:
            os.kill(os.getpid(), signal_number)


def on_audit(_event: str, arguments: tuple) -> None:
    """Counts what touches the index."""
    if any(isinstance(argument, str | os.PathLike) and os.fspath(argument).startswith(root) for argument in arguments):
        count()


if counter == "file":
    sys.addaudithook(on_audit)
else:
    sys.setprofile(lambda *_: count())
indexer.build.rebuild_index(
    indexer.sources.files.open_source(source),
    root=Path(root),
    encoder=HashingEncoder(),
    progress=search.progress.progress_on(Console(file=io.StringIO())),
)
sys.setprofile(None)
sys.stdout.write(f"{seen}\n")
