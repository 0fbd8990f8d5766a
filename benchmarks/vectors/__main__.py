"""`python -m benchmarks.vectors`: recall, processor time and size of the vector index by lists, beside a flat scan."""

import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")  # before NumPy and FAISS are loaded

import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.machine import machine
from benchmarks.quality.tables import put_between_markers
from benchmarks.vectors.measuring import exact_top, measured, median_ms
from search.artefact.reading import Artefact, open_current
from search.cli.app import run as run_command
from search.indexes.calibration import calibrate
from search.indexes.faiss import FaissIndex
from search.indexes.ivf import IvfIndex, lists_for
from search.listing import CANDIDATES
from search.vectors import Vectors

BEGIN, END = "<!-- vectors: begin -->", "<!-- vectors: end -->"
SIZES = (12_500, 25_000, 50_000, 100_000)
PROBES = (16, 32, 64, 256)
SHARES = (0.5, 0.05, 0.005)
GATHERED = 600
_SEED = 5


def vectors(
    index: Annotated[Path, typer.Option(help="Folder of the index.", envvar="TRIALKIN_INDEX")] = Path("var/index"),
    asked: Annotated[int, typer.Option(help="Questions of each kind.", min=1)] = 200,
    write: Annotated[Path | None, typer.Option(help="Page to put the tables into; else they are printed.")] = None,
) -> None:
    """The passage vectors of the live build, searched flat and by lists."""
    artefact = open_current(index)
    every = artefact.passages.vectors(np.arange(len(artefact.trials)))
    with tempfile.TemporaryDirectory() as folder:
        text = "\n\n".join(_tables(artefact, every, Path(folder), asked))
    if write:
        put_between_markers(write, text, begin=BEGIN, end=END)
    else:
        typer.echo(text)


def _tables(artefact: Artefact, every: Vectors, folder: Path, asked: int) -> list[str]:
    random = np.random.default_rng(_SEED)
    rows = random.permutation(len(every))[:asked]
    flat, lists, told = _both(every, folder, lists=lists_for(len(every)) if len(every) > SIZES[2] else 64)
    calibrated = lists.probes
    exact = exact_top(every, every[rows])
    titles = np.asarray(artefact.titles[rows])
    exact_of_titles = exact_top(every, titles)

    by_probes = [
        f"| of {lists.lists:,} lists | index recall@10 | @{CANDIDATES} | by a title: @10 | @{CANDIDATES} | CPU-ms |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for probes in sorted({*(probes for probes in PROBES if probes < lists.lists), calibrated}):
        lists.probes = probes
        found, of_titles = measured(lists, every[rows], exact), measured(lists, titles, exact_of_titles)
        shares = [one.recall[k] for one in (found, of_titles) for k in (10, CANDIDATES)]
        mark = " (calibrated)" if probes == calibrated else ""
        by_probes.append(f"| {probes}{mark} | {' | '.join(f'{share:.3f}' for share in shares)} | {found.ms:.2f} |")
    lists.probes = calibrated
    found = measured(flat, every[rows], exact)
    by_probes.append(f"| flat, single precision | 1 | 1 | 1 | 1 | {found.ms:.2f} |")

    by_share = [
        f"| allowed at random | index recall@{CANDIDATES} | fewest returned | CPU-ms | flat: CPU-ms |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    for share in SHARES:
        allowed = random.random(len(every)) < share
        exact = exact_top(every, every[rows], allowed=allowed)
        found, scanned = (measured(one, every[rows], exact, allowed=allowed) for one in (lists, flat))
        by_share.append(
            f"| {share:.1%} | {found.recall[CANDIDATES]:.3f} | {found.fewest} | {found.ms:.2f} | {scanned.ms:.2f} |"
        )

    some = [random.permutation(len(every))[:GATHERED] for _ in range(asked)]
    gathered = [median_ms(lambda place, one=one: one.vectors(some[place]), range(asked)) for one in (lists, flat)]  # type: ignore[misc]
    by_size = ["| vectors | flat: CPU-ms | lists: CPU-ms | ratio |", "| ---: | ---: | ---: | ---: |"]
    for size in (size for size in SIZES if size < len(every)):
        part = every[np.sort(random.permutation(len(every))[:size])]
        one, other, _ = _both(part, folder, lists=round(4 * size**0.5))
        asking = part[random.permutation(size)[:asked]]
        near = exact_top(part, asking)
        scanned, found = measured(one, asking, near), measured(other, asking, near)
        by_size.append(f"| {size:,} | {scanned.ms:.2f} | {found.ms:.2f} | {scanned.ms / found.ms:.1f} |")
    return [
        f"{len(every):,} vectors of {every.shape[1]} dimensions, encoder {artefact.manifest.encoder.spec}; "
        f"{datetime.now(UTC):%Y-%m-%d}, `python -m benchmarks.vectors --asked {asked}`, one thread; "
        f"{machine()}; faiss-cpu {version('faiss-cpu')}, numpy {version('numpy')}. {told}",
        "\n".join(by_probes),
        "\n".join(by_share),
        "\n".join(by_size),
        f"The vectors of {GATHERED} rows are read out of the lists in {gathered[0]:.2f} ms, out of the flat file in "
        f"{gathered[1]:.2f} ms.",
    ]


def _both(every: Vectors, folder: Path, *, lists: int) -> tuple[FaissIndex, IvfIndex, str]:
    """`every` vector in a flat index and in one of lists, as a server opens them; and what the latter took."""
    FaissIndex.build(every).save(folder / "flat")
    begun = time.process_time()
    built = IvfIndex.build(every, lists=lists)
    cut = time.process_time()
    calibration = calibrate(built, every)
    done = time.process_time()
    built.save(folder / "lists")
    mb = [(folder / name).stat().st_size / 1e6 for name in ("lists", "flat")]
    told = (
        f"Cut into lists in {cut - begun:.1f} s of processor, calibrated in {done - cut:.1f} s: {calibration}. "
        f"{mb[0]:,.0f} MB instead of {mb[1]:,.0f} MB."
    )
    return FaissIndex.open(folder / "flat"), IvfIndex.open(folder / "lists"), told


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(vectors)
    run_command(lambda: app())
