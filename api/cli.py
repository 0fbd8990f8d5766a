"""`trialkin serve`."""

import logging
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from search.cli.app import EXIT_FAILED
from search.cli.options import DEFAULT_INDEX_FOLDER, IndexOption


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every interface.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 for any free one.", min=0, max=65535)] = 8000,
    index: IndexOption = DEFAULT_INDEX_FOLDER,
) -> None:
    """Serve the API. Its documentation is at /docs.

    A build that is published while it runs is served from then on. Stop it with Ctrl-C. Questions are not logged.

    Example: trialkin serve --port 8080
    """
    # Whoever stops a service means it: exit 0, where Python would die of the signal.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        _serve(host, port, index)
    except KeyboardInterrupt:
        sys.exit(0)


def _serve(host: str, port: int, index: Path) -> None:
    import uvicorn

    from api.app import create_app
    from api.settings import Settings
    from search.errors import NoIndex

    log = logging.getLogger("api")  # which build is served, and which is refused
    log.setLevel(logging.INFO)
    log.addHandler(logging.StreamHandler())
    with _listener(host, port) as listener:
        app, holds = create_app(None, Settings(index=index)), "no trials yet"
        try:
            holds = f"{app.state.engine().manifest.counts.trials:,} trials"
        except NoIndex as error:
            typer.echo(f"{error}; until then every question is answered with 503", err=True)
        address = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
        typer.echo(f"serving {holds} at {address}, documentation at {address}/docs; stop with Ctrl-C", err=True)
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,  # it would hold what people search for
            timeout_graceful_shutdown=10,
        )
        uvicorn.Server(config).run(sockets=[listener])


def _listener(host: str, port: int) -> socket.socket:
    """A socket that listens; where it cannot, one line says why and the exit code is 1."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        # strerror of create_server repeats the address; os.strerror says it plainly.
        reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        typer.echo(
            f"error: cannot listen on port {port} of {host}: {reason}; choose others with --host and --port", err=True
        )
        raise typer.Exit(EXIT_FAILED) from None
