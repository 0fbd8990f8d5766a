"""How the long commands end: with a report, or interrupted."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import typer


@contextmanager
def resumable() -> Iterator[None]:
    """Has an interrupted command say that it may be run again."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("interrupted; run the same command to go on where it stopped", err=True)
        raise


def print_json(report: Any) -> None:
    """A dataclass as one document."""
    import orjson

    # pydantic's models know how they are written; orjson knows all else.
    document = orjson.dumps(report, default=lambda model: model.model_dump(mode="json"), option=orjson.OPT_INDENT_2)
    typer.echo(document.decode())


def print_rows(rows: Mapping[str, str]) -> None:
    """A line for each label."""
    for label, value in rows.items():
        typer.echo(f"{label:<9} {value}")


def skipped_rows(skipped: Mapping[str, int], first_places: Mapping[str, str]) -> dict[str, str]:
    """How many records were left out, and how many for each reason."""
    return {
        "skipped": f"{sum(skipped.values()):,}",
        **{f"  {reason}": f"{count:,} (first at {first_places[reason]})" for reason, count in skipped.items()},
    }
