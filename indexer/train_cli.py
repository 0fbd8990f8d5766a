"""`trialkin train-encoder`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from indexer.harvest_cli import DEFAULT_STORE_FOLDER, StoreOption
from indexer.report import print_json, print_rows, resumable
from search.cli.options import DEFAULT_INDEX_FOLDER, IndexOption, JsonOption

if TYPE_CHECKING:
    from indexer.training.encoder import TrainingReport


def train_encoder(
    corpus: Annotated[
        list[str],
        typer.Argument(help="The study records to learn from: one or several sources, as rebuild-index takes them."),
    ],
    kind: Annotated[
        str,
        typer.Option(help="static: a vector a token, fast everywhere; transformer: an adapter of all-MiniLM-L6-v2."),
    ] = "static",
    out: Annotated[Path, typer.Option(help="Folder of the encoder: new, empty, or of one trained before.")] = Path(
        "var/encoder"
    ),
    epochs: Annotated[
        int | None, typer.Option(min=1, help="How often all records are gone through.", metavar="N")
    ] = None,
    dim: Annotated[int | None, typer.Option(min=8, max=1024, help="Length of a vector.", metavar="N")] = None,
    seed: Annotated[int, typer.Option(help="The same seed and records make the same encoder.", metavar="N")] = 0,
    json: JsonOption = False,
    index: IndexOption = DEFAULT_INDEX_FOLDER,
    store: StoreOption = DEFAULT_STORE_FOLDER,
) -> None:
    """Train an encoder of your own on what study records say, without labels.

    A run that was stopped goes on where it was. It learns from vectors of all-MiniLM-L6-v2: those that the index holds
    are not made again. The folder it makes is an encoder: give it to rebuild-index. A card in it says what it was made
    of. Needs: pip install 'trialkin[train]'

    Example: trialkin train-encoder studies.ndjson.gz --out ours, then: trialkin rebuild-index studies.ndjson.gz
    --encoder ours
    """
    from rich.console import Console

    from indexer.sources.together import open_sources
    from indexer.training.encoder import train_encoder as train
    from search.progress import progress_on

    with resumable():
        report = train(
            open_sources(corpus, store=store),
            kind=kind,
            folder=out,
            seed=seed,
            epochs=epochs,
            dim=dim,
            root=index,
            progress=progress_on(Console(stderr=True)),
            on_note=lambda note: typer.echo(note, err=True),
        )
    if json:
        print_json(report)
    else:
        print_rows(_rows(report))


def _rows(report: "TrainingReport") -> dict[str, str]:
    before, after = report.curve[0][1], report.curve[-1][1]
    return {
        "encoder": f"{report.folder}, {report.kind}, {report.dim} dimensions",
        "learned": f"from {report.trials:,} trials in {report.steps:,} steps",
        "finds": f"{report.held_out:,} other trials by their titles: nDCG@10 {before:.3f} before, {after:.3f} now",
        "size": f"{report.bytes / 1e6:,.1f} MB",
        "time": f"{report.seconds:,.1f} s",
    }
