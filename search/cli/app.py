"""Puts `trialkin` together from the commands that each room registers as entry points."""

import io
import os
import sys
from collections.abc import Callable
from importlib.metadata import entry_points, version
from typing import Annotated, NoReturn

import typer

from search.errors import BadInput, TrialkinError

COMMANDS_GROUP = "trialkin.commands"
EXIT_FAILED, EXIT_MISUSED, EXIT_INTERRUPTED = 1, 2, 130


def main() -> NoReturn:
    """Run `trialkin`."""
    run(lambda: _app()())


def run(app: Callable[[], object]) -> NoReturn:
    """Run `app` and exit: 0 done, 1 failed, 2 misused, 130 interrupted.

    A deliberate error prints one line. A reader that closes the pipe early (head) ends it quietly. What nothing has
    loaded yet is set: NumPy multiplies matrices in one thread, since those of a question are small, and threads that
    wait for each other take several times as long, and several times the processor. Arrow asks the system for memory:
    its own pool gives little of it back, 110 MiB of a server's process on 182,867 trials.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a character still gets the answer
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except BadInput as error:
        _fail(str(error), EXIT_MISUSED)
    except TrialkinError as error:
        _fail(str(error), EXIT_FAILED)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        _fail(f"{error.strerror or error}{where}", EXIT_FAILED)
    sys.exit(0)


def _app() -> typer.Typer:
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="markdown",  # folds paragraphs to the terminal
        pretty_exceptions_enable=False,
        epilog="Begin with: trialkin rebuild-index, then: trialkin similar NCT06853522",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_trialkin)
    for entry_point in entry_points(group=COMMANDS_GROUP):
        app.command(entry_point.name)(entry_point.load())
    return app


def _trialkin(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and stop.", callback=lambda on: _version(on), is_eager=True),
    ] = False,
) -> None:
    """Find the clinical trials most like a given one, and why they are."""


def _version(asked: bool) -> None:
    if asked:
        typer.echo(version("trialkin"))
        raise typer.Exit


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"error: {message}", err=True)
    sys.exit(code)
