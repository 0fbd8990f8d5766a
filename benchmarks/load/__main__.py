"""`python -m benchmarks.load`: asks the API over loopback, beside a bare endpoint, and asks it too much."""

import asyncio
import os
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import httpx
import numpy as np
import typer

from benchmarks.load import wrk
from benchmarks.load.overload import Overload, overload
from benchmarks.load.served import Served, served
from benchmarks.load.tables import Measured, load_table, memory_table, overload_table
from benchmarks.quality.tables import put_between_markers
from search.artefact.reading import open_current
from search.cli.app import run as run_command

BARE = [sys.executable, "-m", "benchmarks.load.bare"]
QUIET = {"TRIALKIN_LOG_REQUESTS": "false"}
CONNECTIONS = 4
SAMPLED = 2000
TIMES_CAPACITY = 4
BEGIN, END = "<!-- load: begin -->", "<!-- load: end -->"


def load(
    index: Annotated[Path, typer.Option(help="Folder of the index.", envvar="TRIALKIN_INDEX")] = Path("var/index"),
    seconds: Annotated[int, typer.Option(help="Of each run.", min=1)] = 10,
    overload_seconds: Annotated[int, typer.Option(help="Of the overload.", min=1)] = 60,
    write: Annotated[Path | None, typer.Option(help="Page to put the tables into; else they are printed.")] = None,
) -> None:
    """Requests a second, times, memory, and what happens at four times as much as can be answered."""
    if not wrk.is_here():
        typer.echo("nothing measured: wrk is not installed; install it with: apt-get install wrk", err=True)
        return
    questions = questions_of(index)
    measured = [_measured(index, questions, workers, seconds) for workers in (1, 2)]
    capacity = measured[0].rates["uncached"].per_second
    manifest, (_, busy, _) = open_current(index).manifest, os.getloadavg()
    text = "\n\n".join(
        [
            f"{manifest.counts.trials:,} trials, encoder {manifest.encoder.spec}; {os.cpu_count()} cores, which wrk "
            f"and whatever else runs share with the server (load average {busy:.1f}); {datetime.now(UTC):%Y-%m-%d}, "
            f"{seconds} s a run, {CONNECTIONS} connections.",
            load_table(measured),
            memory_table(measured),
            overload_table(_overloaded(index, questions, capacity, overload_seconds), capacity=capacity),
        ]
    )
    if write:
        put_between_markers(write, text, begin=BEGIN, end=END)
    else:
        typer.echo(text)


def _measured(index: Path, questions: Mapping[str, Sequence[str]], workers: int, seconds: int) -> Measured:
    def rate(server: Served, paths: Sequence[str]) -> wrk.Rate:
        for path in paths[: 10 * workers] * (
            20 if len(paths) == 1 else 1
        ):  # what is loaded on first use is, everywhere
            httpx.get(server.address + path, timeout=120)
        return wrk.asked(server.address, paths, connections=CONNECTIONS, seconds=seconds)

    with served(_serve(index), QUIET, workers=workers) as server:
        size = len(httpx.get(server.address + questions["cached"][0]).content)
        rates = {"cached": rate(server, questions["cached"])}
    with served(BARE, {"SIZE": str(size)}, workers=workers) as server:
        bare = rate(server, ["/"])
    with served(_serve(index), {**QUIET, "TRIALKIN_CACHE_MIB": "0"}, workers=workers) as server:
        rates |= {kind: rate(server, questions[kind]) for kind in ("uncached", "filtered")}
        memory = {"by trial": server.memory()}
        rates["free text"] = rate(server, questions["free text"])
        memory["by trial and by text"] = server.memory()
        return Measured(workers, size, bare, rates, memory)


def _overloaded(index: Path, questions: Mapping[str, Sequence[str]], capacity: float, seconds: int) -> Overload:
    # No question twice, or it would be answered from memory.
    paths = [f"{path}&weights=condition:{number}" for number in range(1, 20) for path in questions["uncached"]]
    probed = [*questions["cached"], "/health/ready", "/metrics"]
    with served(_serve(index), QUIET, workers=1) as server:
        for path in [*probed, *questions["uncached"][-50:]]:
            httpx.get(server.address + path, timeout=120)
        before = server.memory()[0].own
        rate = TIMES_CAPACITY * capacity
        seen = asyncio.run(overload(server.port, paths, per_second=rate, seconds=seconds, probed=probed))
        begun = time.perf_counter()
        seen.status_after = httpx.get(server.address + questions["filtered"][0], timeout=60).status_code
        seen.ms_after = (time.perf_counter() - begun) * 1e3
        seen.own_mib = before, server.memory()[0].own
        seen.is_alive = server.process.poll() is None
    return seen


def _serve(index: Path) -> list[str]:
    return [str(Path(sys.executable).with_name("trialkin")), "serve", "--index", str(index)]


def questions_of(index: Path) -> dict[str, list[str]]:
    """Kind -> paths to ask, of trials at random: the same ones in every run on one build."""
    trials = open_current(index).trials
    rows = np.random.default_rng(0).permutation(len(trials))[:SAMPLED].tolist()
    ids = trials.trial_ids(rows)
    titles = [trials.trial(row).brief_title for row in rows]
    similar = [f"/similar/{trial_id}?k=10" for trial_id in ids]
    return {
        "cached": similar[:1],
        "uncached": similar,
        "filtered": [f"{path}&status=completed&start_from=2010" for path in similar],
        "free text": [f"/search?k=10&q={quote(title)}" for title in titles],
    }


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(load)
    run_command(lambda: app())
