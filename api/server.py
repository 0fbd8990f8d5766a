"""The server: a socket that listens, and one process or several that answer on it."""

import os
import socket
import sys
import tempfile
from collections.abc import Callable
from functools import partial

import typer
import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from api import logs
from api.app import create_app
from api.metrics import SHARED
from api.protocol import protocol_class
from api.settings import Settings
from search.artefact.lifecycle import current_build
from search.artefact.manifest import check_files, read_manifest
from search.cli.app import EXIT_FAILED
from search.errors import NoIndex, TrialkinError

SECONDS_TO_FINISH = 10
"""For which answers under way are waited for when the server is stopped."""

SECONDS_TO_BE_SILENT = 20
"""For which a worker may give no sign of life before another takes its place; starting may take long."""


def run(settings: Settings) -> None:
    """Serve until stopped. Raises CorruptBuild where the live build cannot be served, and typer.Exit."""
    with listening_socket(settings.host, settings.port) as listener:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        address = f"http://{host}:{listener.getsockname()[1]}"
        logs.configure(settings)
        if settings.workers == 1:
            app = create_app(None, settings)
            _announce(address, lambda: app.state.engine().manifest.counts.trials)
            uvicorn.Server(_config(lambda: app, settings)).run(sockets=[listener])
        else:
            _announce(address, lambda: _counted(settings))
            with tempfile.TemporaryDirectory(prefix="trialkin-metrics-") as shared:
                os.environ.setdefault(SHARED, shared)
                supervisor = Multiprocess(_config(partial(worker, settings), settings), sockets=[listener])
                supervisor.run()
            if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
                raise typer.Exit(EXIT_FAILED)


def worker(settings: Settings) -> FastAPI:
    """The application of one of several processes, its build opened."""
    logs.configure(settings)
    app = create_app(None, settings)
    try:
        app.state.engine()
    except NoIndex:
        pass  # said by the parent; it is opened once it is there
    except TrialkinError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(STARTUP_FAILURE)  # the parent ends too, where it would start this one again
    return app


def _config(make_app: Callable[[], FastAPI], settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        make_app,
        factory=True,
        workers=settings.workers,
        http=protocol_class(settings.body_seconds),
        h11_max_incomplete_event_size=settings.max_url + settings.max_headers,
        log_config=None,
        log_level="warning",
        access_log=False,  # it would hold what people search for
        proxy_headers=False,  # the application sees to them, by the settings
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
        timeout_worker_healthcheck=SECONDS_TO_BE_SILENT,
    )


def _announce(address: str, trials: Callable[[], int]) -> None:
    try:
        holds = f"{trials():,} trials"
    except NoIndex as error:
        holds = "no trials yet"
        typer.echo(f"{error}; until then every question is answered with 503", err=True)
    typer.echo(f"serving {holds} at {address}, documentation at {address}/docs; stop with Ctrl-C", err=True)


def _counted(settings: Settings) -> int:
    """How many trials the live build says it has; opening it is left to the workers."""
    folder = current_build(settings.index)
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    return manifest.counts.trials


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that listens; where it cannot, one line says why and the exit code is 1."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family)
        # Connections inherit it. asyncio leaves it to sockets that name their protocol, and this one does not: without
        # it the head of an answer waits 40 ms for its body to be acknowledged.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        # strerror of create_server repeats the address; os.strerror says it plainly.
        reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        typer.echo(
            f"error: cannot listen on port {port} of {host}: {reason}; choose others with --host and --port", err=True
        )
        raise typer.Exit(EXIT_FAILED) from None
