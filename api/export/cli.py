"""`trialkin export`."""

import dataclasses
import os
from pathlib import Path
from typing import Annotated

import typer

from search.cli.options import DEFAULT_INDEX_FOLDER, IndexOption, JsonOption


def export(
    static: Annotated[Path, typer.Option("--static", help="Folder to write into: new, empty, or of this same export.")],
    k: Annotated[
        int, typer.Option("--k", "-k", min=1, max=100, help="How many related trials of each.", metavar="N")
    ] = 10,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes; as many as there are processors.", metavar="N")
    ] = None,
    json: JsonOption = False,
    index: IndexOption = DEFAULT_INDEX_FOLDER,
) -> None:
    """Write every trial's related trials as files that any web host can serve, with the widget and a page to try it.

    An export that was stopped goes on where it was. Publish the folder, and give the widget its index.json as src.

    Example: trialkin export --static public --k 5
    """
    import orjson
    from rich.console import Console

    from api.export.static import export_static
    from search.progress import progress_on

    try:
        report = export_static(
            index,
            static,
            k=k,
            jobs=jobs or os.cpu_count() or 1,
            progress=progress_on(Console(stderr=True)),
        )
    except KeyboardInterrupt:
        typer.echo("interrupted; run the same command to go on where it stopped", err=True)
        raise
    if json:
        typer.echo(orjson.dumps(dataclasses.asdict(report), option=orjson.OPT_INDENT_2).decode())
        return
    for label, value in {
        "folder": report.folder,
        "build": report.build_id,
        "trials": f"{report.trials:,}, {report.k} related trials each",
        "files": f"{report.files:,} ({report.kept:,} were there), the largest of {report.largest / 1e3:,.0f} kB",
        "size": f"{report.bytes / 1e6:,.1f} MB",
        "time": f"{report.seconds:,.1f} s",
    }.items():
        typer.echo(f"{label:<7} {value}")
