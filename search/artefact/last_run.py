"""What the last rebuild of an index did, written by it and read by whoever asks."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ValidationError

from search.artefact.layout import last_run_file
from search.errors import BuildRefused


class Outcome(StrEnum):
    """How a rebuild ended; one that was killed is unfinished for good."""

    UNFINISHED = "unfinished"
    PUBLISHED = "published"
    REFUSED = "refused"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class LastRun(BaseModel):
    """One rebuild."""

    started_at: datetime.datetime
    source: str
    outcome: Outcome = Outcome.UNFINISHED
    finished_at: datetime.datetime | None = None
    build_id: str | None = None
    """Of the build that was published."""
    message: str | None = None
    """Why nothing was published."""


def read_last_run(root: Path) -> LastRun | None:
    """What the last rebuild did, where there was one that could write it down."""
    try:
        return LastRun.model_validate_json(last_run_file(root).read_bytes())
    except (OSError, ValidationError):
        return None


@contextmanager
def recorded_run(root: Path, source: str) -> Iterator[LastRun]:
    """Writes down that a rebuild runs, and in the end how it went. Use under the lock of the index.

    Nobody's rebuild fails because it could not be written down: a full disk has better ways to say so.
    """
    run = LastRun(started_at=_now(), source=source)
    _write(root, run)
    try:
        yield run
        run.outcome = Outcome.PUBLISHED
    except BaseException as error:
        run.outcome = _outcome_of(error)
        run.message = str(error) or None
        raise
    finally:
        run.finished_at = _now()
        _write(root, run)


def _outcome_of(error: BaseException) -> Outcome:
    if isinstance(error, BuildRefused):
        return Outcome.REFUSED
    return Outcome.FAILED if isinstance(error, Exception) else Outcome.INTERRUPTED


def _write(root: Path, run: LastRun) -> None:
    with suppress(OSError):
        beside = last_run_file(root).with_suffix(".new")
        beside.write_text(run.model_dump_json(indent=2) + "\n")
        beside.replace(last_run_file(root))


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
