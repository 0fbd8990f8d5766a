"""`trialkin rebuild-index`, also installed as the plain command `rebuild-index`."""

from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from indexer.harvest_cli import DEFAULT_STORE_FOLDER, StoreOption
from indexer.report import print_json, print_rows, resumable, skipped_rows
from search.cli.app import run
from search.cli.options import DEFAULT_INDEX_FOLDER, IndexOption, JsonOption
from search.encoders.catalogue import DEFAULT_ENCODER

if TYPE_CHECKING:
    from indexer.build import BuildReport


def main() -> NoReturn:
    """Run `rebuild-index`."""
    app = typer.Typer(
        add_completion=False,
        rich_markup_mode="markdown",  # folds paragraphs to the terminal
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.command("rebuild-index")(rebuild_index)
    run(app)


def rebuild_index(
    source: Annotated[
        list[str] | None,
        typer.Argument(
            help="One or several: seeds (bundled), registry (harvested), - (standard input), or a file, zip or folder "
            "of API v2 study records, ClinicalTrials.gov's CSV download, AACT's pipe-delimited zip, or WHO ICTRP's "
            "export (XML, CSV).",
            show_default="seeds",
        ),
    ] = None,
    encoder: Annotated[
        str,
        typer.Option(
            help="all-MiniLM-L6-v2 or trialkin-static (bundled), hashing, a Hugging Face id with optional @revision, "
            "or a folder."
        ),
    ] = DEFAULT_ENCODER,
    force: Annotated[
        bool, typer.Option("--force", help="Publish a sound build though it differs much from the one before.")
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Make all anew, and take no trial over from the live build.")
    ] = False,
    wait: Annotated[
        float,
        typer.Option(min=0, help="How long to wait for another process that changes the index.", metavar="SECONDS"),
    ] = 0,
    json: JsonOption = False,
    index: IndexOption = DEFAULT_INDEX_FOLDER,
    store: StoreOption = DEFAULT_STORE_FOLDER,
) -> None:
    """Build the index from study records and make it live.

    Trials whose records are as they were are taken over from the live build. Texts embedded once are kept, so a build
    that was stopped goes on where it was. The new build is checked before it goes live: its files, its vectors, and
    that it has neither lost a tenth of the trials nor changed most answers. Until then the old one stays live.

    Example: trialkin rebuild-index studies.ndjson.gz --index /srv/trialkin
    """
    from rich.console import Console

    from indexer.build import rebuild_index as rebuild
    from indexer.sources.files import SEEDS
    from indexer.sources.together import open_sources
    from search.encoders.catalogue import open_encoder
    from search.progress import progress_on

    with resumable():
        report = rebuild(
            open_sources(source or [SEEDS], store=store),
            root=index,
            encoder=open_encoder(encoder),
            progress=progress_on(Console(stderr=True)),
            force=force,
            full=full,
            wait=wait,
            on_note=lambda message: typer.echo(message, err=True),
        )
    if json:
        print_json(report)
    else:
        print_rows(_rows(report))


def _rows(report: "BuildReport") -> dict[str, str]:
    return {
        "build": f"{report.build_id} is live",
        "read": f"{report.read:,} records",
        "indexed": f"{report.indexed:,} trials",
        **({"as before": f"{report.taken_over:,} of them"} if report.taken_over else {}),
        **skipped_rows(report.skipped, report.first_places),
        "embedded": f"{report.embedded:,} strings ({report.reused:,} reused)",
        "size": f"{report.bytes / 1e6:,.1f} MB",
        "time": f"{report.seconds:,.1f} s",
    }
