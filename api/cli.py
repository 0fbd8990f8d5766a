"""`trialkin serve`."""

from typing import Annotated

import typer

from search.cli.options import DEFAULT_INDEX_FOLDER, IndexOption


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every interface.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    index: IndexOption = DEFAULT_INDEX_FOLDER,
) -> None:
    """Serve the API. Its documentation is at /docs."""
    import uvicorn

    from api.app import create_app
    from api.settings import Settings
    from search.engine import SearchEngine
    from search.errors import NoIndex

    engine = None
    try:
        engine = SearchEngine.open(index)
    except NoIndex as error:
        typer.echo(f"{error}; until then every question is answered with 503", err=True)
    else:
        typer.echo(f"serving {engine.manifest.counts.trials:,} trials at http://{host}:{port}, see /docs", err=True)
    uvicorn.run(create_app(engine, Settings(index=index)), host=host, port=port)
