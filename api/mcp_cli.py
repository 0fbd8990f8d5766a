"""`trialkin mcp`."""

import logging
import signal
import sys
from typing import Annotated

import typer

from search.cli.options import DEFAULT_INDEX_FOLDER, IndexOption


def mcp(
    http: Annotated[
        bool, typer.Option("--http", help="Listen for streamable HTTP at /mcp, instead of standard input.")
    ] = False,
    host: Annotated[
        str, typer.Option(help="With --http: address to listen on; 0.0.0.0 is every interface.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="With --http: port to listen on; 0 is any free one.", min=0, max=65535)
    ] = 8001,
    index: IndexOption = DEFAULT_INDEX_FOLDER,
) -> None:
    """Let assistants ask, by tools of the Model Context Protocol: similar and search, get and compare trials.

    An assistant starts it and speaks with it over standard input and output; with --http it is a server that several
    can ask. A build that is published while it runs answers from then on. What is asked is not logged.

    Example: trialkin mcp --http --port 8001
    """
    import anyio

    from api.engine_slot import EngineSlot
    from api.mcp_server import HTTP_PATH, mcp_server, serve_stdio
    from api.settings import read_settings

    # Whoever stops a server means it: exit 0, where Python would die of the signal.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    server = mcp_server(EngineSlot(None, read_settings(None, {}, index=index)))
    try:
        if not http:
            anyio.run(serve_stdio, server)
            return
        import uvicorn

        from api.server import listening_socket

        # Every call stands for itself, so any worker behind any balancer can answer it.
        app = server.streamable_http_app(
            streamable_http_path=HTTP_PATH, stateless_http=True, json_response=True, host=host
        )
        with listening_socket(host, port) as listening:
            shown = f"[{host}]" if ":" in host else host
            address = f"http://{shown}:{listening.getsockname()[1]}{HTTP_PATH}"
            typer.echo(f"serving assistants at {address}; stop with Ctrl-C", err=True)
            config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=10)
            uvicorn.Server(config).run(sockets=[listening])
    except KeyboardInterrupt:
        sys.exit(0)
