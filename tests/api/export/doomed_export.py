"""An export that is killed: python doomed_export.py NUMBER JOBS ROOT FOLDER.

By one job, before the NUMBERth file is put in its place; by several, when the first of their files are written.
"""

import io
import os
import signal
import sys
from pathlib import Path

from rich.console import Console

from api.export.static import export_static
from search.progress import progress_on

number, jobs = int(sys.argv[1]), int(sys.argv[2])
root, folder = map(Path, sys.argv[3:])
seen = 0


def on_audit(event: str, _arguments: tuple) -> None:
    """Counts the files."""
    global seen
    if event == "os.rename":
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    if jobs == 1:
        sys.addaudithook(on_audit)
        progress = progress_on(Console(file=io.StringIO()))
    else:

        class Deadly:
            """Progress that is the end of the process, not of those that it started."""

            def stage(self, title: str, total: int, unit: str):  # noqa: ARG002
                """Kills when the first trials are exported."""
                from contextlib import nullcontext

                return nullcontext(lambda _: os.kill(os.getpid(), signal.SIGKILL) if title == "exporting" else None)

        progress = Deadly()
    export_static(root, folder, k=5, jobs=jobs, progress=progress)
