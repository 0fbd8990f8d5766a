"""`trialkin serve`."""

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; 0.0.0.0 is every interface.  [default: 127.0.0.1]")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 0 is any free one.  [default: 8000]", min=0, max=65535)
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(help="Processes that answer; they share the mapped index.  [default: 1]", min=1, max=64),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(envvar="TRIALKIN_CONFIG", help="TOML file with settings.", metavar="FILE")
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Say which settings are in effect and whether the index can be served; serve nothing."
        ),
    ] = False,
    index: Annotated[
        Path | None,
        typer.Option(help="Folder of the index.  [env var: TRIALKIN_INDEX]  [default: var/index]", metavar="DIR"),
    ] = None,
) -> None:
    """Serve the API, the pages and the widget. The API's documentation is at /docs.

    A build that is published while it runs is served from then on. What is asked is not logged. Stop it with Ctrl-C.
    A setting is taken from the command line, else from the environment (TRIALKIN_…), else from the file;
    docs/operations.md lists them all.

    Example: trialkin serve --port 8080
    """
    from api.settings import read_settings, unknown_variables

    # Whoever stops a service means it: exit 0, where Python would die of the signal.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    settings = read_settings(config, os.environ, host=host, port=port, workers=workers, index=index)
    for warning in unknown_variables(os.environ):
        typer.echo(f"warning: {warning}", err=True)
    try:
        if check:
            from api.check import report

            typer.echo(report(settings))
        else:
            from api.server import run

            run(settings)
    except KeyboardInterrupt:
        sys.exit(0)
