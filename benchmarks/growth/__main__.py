"""`python -m benchmarks.growth`: builds and asks indexes of several sizes, one after the other, and can be stopped.

What a size gave is kept in the folder --work, so that a run that was stopped goes on with the size that is missing.
"""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import orjson
import typer

from benchmarks.building.limits import bytes_a_second
from benchmarks.growth.encoder import Spread, save_spread
from benchmarks.growth.records import GrownSource
from benchmarks.growth.tables import growth_table, limits_table, save_plot
from benchmarks.quality.indexes import copy_embeddings
from benchmarks.quality.tables import put_between_markers
from indexer.build import CACHE_FOLDER
from indexer.sources.files import open_source
from search.artefact.reading import Artefact, open_current
from search.cli.app import run as run_command
from search.cli.options import DEFAULT_INDEX_FOLDER, IndexOption
from search.errors import BadInput

BEGIN, END = "<!-- growth: begin -->", "<!-- growth: end -->"
PLOT = "growth.svg"
SEED = 1
SPREAD_OF = 1000
ASKED = 300


def growth(
    source: Annotated[Path, typer.Argument(help="The study records that INDEX was built from.")] = Path(
        "../shared/data/studies.ndjson.gz"
    ),
    sizes: Annotated[str, typer.Option(help="How many trials, by commas.")] = "10000,50000,182867,600000,1000000",
    work: Annotated[Path, typer.Option(help="Folder for embeddings, indexes and results.")] = Path("var/growth"),
    keep: Annotated[bool, typer.Option("--keep", help="Leave the indexes where they are.")] = False,
    write: Annotated[Path | None, typer.Option(help="Page to put the tables into; else they are printed.")] = None,
    index: IndexOption = DEFAULT_INDEX_FOLDER,
) -> None:
    """Build time, disk, memory and times to answer, by number of trials."""
    artefact = open_current(index)
    there = artefact.manifest.counts.trials
    if artefact.manifest.counts.skipped:
        raise BadInput(f"{index} left out records of its source, so they cannot be counted out; take another source")
    work.mkdir(parents=True, exist_ok=True)
    _prepare(work, artefact, index / CACHE_FOLDER, source, sizes=[int(size) for size in sizes.split(",")])
    results = []
    for size in sorted(int(size) for size in sizes.split(",")):
        path, root = work / f"{size}.json", work / f"index-{size}"
        if not path.exists():
            _say(f"{size:,} trials: building")
            root.mkdir(exist_ok=True)
            if not (root / CACHE_FOLDER).exists():
                (work / "grown").mkdir(exist_ok=True)
                (root / CACHE_FOLDER).symlink_to((work / "grown").resolve(), target_is_directory=True)
            revision = artefact.manifest.encoder.revision
            built = _child(
                "build",
                *("--source", source, "--there", there, "--size", size, "--root", root),
                *("--real", work / CACHE_FOLDER, "--revision", revision, "--spread", work / "spread.npz"),
            )
            _say(f"{size:,} trials: asking")
            asked = _child("ask", "--root", root, "--asked", work / "asked.json")
            path.write_bytes(orjson.dumps({"build": built, "ask": asked}, option=orjson.OPT_INDENT_2))
            if not keep:
                shutil.rmtree(root)
        results.append(orjson.loads(path.read_bytes()))
    rate = bytes_a_second()
    packages = ("faiss-cpu", "numpy", "pyarrow")
    text = "\n\n".join(
        [
            f"Measured on {datetime.now(UTC):%Y-%m-%d} with `python -m benchmarks.growth`: {there:,} real trials, "
            f"the rest grown from them; encoder {artefact.manifest.encoder.spec}; {ASKED} trials asked, k = 10, "
            f"milliseconds of one processor; {os.cpu_count()} cores; "
            f"{', '.join(f'{name} {version(name)}' for name in packages)}.",
            growth_table(results),
            f"One thread reads {rate / 1e9:.1f} GB of memory a second.",
            limits_table(results, dim=artefact.manifest.encoder.dim, bytes_a_second=rate),
            *([f"![The curves of the table on logarithmic axes]({PLOT})"] if write else []),
        ]
    )
    if write:
        put_between_markers(write, text, begin=BEGIN, end=END)
        save_plot(results, write.parent / PLOT)
    else:
        typer.echo(text)


def _prepare(work: Path, artefact: Artefact, embeddings: Path, source: Path, *, sizes: list[int]) -> None:
    """What every size needs: the vectors of real texts, how they lie, and which trials are asked for."""
    copy_embeddings(embeddings, work)
    if not (work / "spread.npz").exists():
        save_spread(Spread.of(artefact.passages, sampled=SPREAD_OF, seed=SEED), work / "spread.npz")
    if not (work / "asked.json").exists():
        smallest = GrownSource(open_source(str(source)), artefact.manifest.counts.trials, min(sizes))
        ids = [record.study["protocolSection"]["identificationModule"]["nctId"] for record in smallest.records()]
        chosen = np.random.default_rng(SEED).permutation(len(ids))[:ASKED]
        (work / "asked.json").write_bytes(orjson.dumps([ids[place] for place in chosen]))


def _child(module: str, *arguments: object) -> Any:
    """What a process of its own measured."""
    command = [sys.executable, "-m", f"benchmarks.growth.{module}", *map(str, arguments)]
    return orjson.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)  # noqa: S603


def _say(line: str) -> None:
    typer.echo(line, err=True)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(growth)
    run_command(lambda: app())
