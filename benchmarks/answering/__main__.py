"""`python -m benchmarks.answering`: the processor time of one question in process, its stages, and the first answer."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.answering.asked import sampled
from benchmarks.answering.tables import first_table, kinds_table, stages_table
from benchmarks.quality.tables import put_between_markers
from search.cli.app import run as run_command
from search.engine import SearchEngine

BEGIN, END = "<!-- answering: begin -->", "<!-- answering: end -->"
# Threads that wait for each other would count as work.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
STARTS = 5
ASKED_FOR_MEMORY = 200


def answering(
    index: Annotated[Path, typer.Option(help="Folder of the index.", envvar="TRIALKIN_INDEX")] = Path("var/index"),
    asked: Annotated[int, typer.Option(help="Questions of each kind.", min=1)] = 500,
    write: Annotated[Path | None, typer.Option(help="Page to put the tables into; else they are printed.")] = None,
) -> None:
    """Processor time of a question, by kind and by stage; then the first answer of new processes, and their memory."""
    found = _told("asked", str(index), str(asked))
    trial_ids = sampled(SearchEngine.open(index), STARTS + ASKED_FOR_MEMORY)
    started = [
        _told("first", str(index), trial_ids[number], *(trial_ids[STARTS:] if number == 0 else []))
        for number in range(STARTS)
    ]
    text = "\n\n".join(
        [
            f"{found['trials']:,} trials, encoder {found['encoder']}, index {found['index']}; "
            f"{datetime.now(UTC):%Y-%m-%d}, `python -m benchmarks.answering --asked {asked}`, one thread; "
            f"{os.cpu_count()} cores with a load of {os.getloadavg()[1]:.1f}; Python {sys.version.split()[0]}, "
            f"faiss-cpu {version('faiss-cpu')}, numpy {version('numpy')}, pyarrow {version('pyarrow')}.",
            kinds_table(found["kinds"], scan_ms=found["scan_ms"]),
            stages_table(found["kinds"]),
            first_table(started, asked=ASKED_FOR_MEMORY),
        ]
    )
    if write:
        put_between_markers(write, text, begin=BEGIN, end=END)
    else:
        typer.echo(text)


def _told(module: str, *arguments: str) -> Any:
    """What that module of this package says as JSON, in a process of its own."""
    command = [sys.executable, "-m", f"benchmarks.answering.{module}", *arguments]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, env={**os.environ, **ONE_THREAD})  # noqa: S603
    return json.loads(told.stdout)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(answering)
    run_command(lambda: app())
