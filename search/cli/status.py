"""`trialkin status`."""

from typing import TYPE_CHECKING

import typer

from search.cli.app import EXIT_FAILED
from search.cli.options import DEFAULT_INDEX_FOLDER, IndexOption, JsonOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from search.artefact.last_run import LastRun
    from search.artefact.status import BuildState, IndexState


def status(json: JsonOption = False, index: IndexOption = DEFAULT_INDEX_FOLDER) -> None:
    """What is live, how old its data is, which builds there are, and what the last rebuild did.

    Ends with 1 where no build is live that could be served.
    """
    import datetime

    from search.artefact.status import index_state

    state = index_state(index, today=datetime.datetime.now(datetime.UTC).date())
    if json:
        typer.echo(state.model_dump_json(indent=2))
    else:
        for label, value in _lines(state):
            typer.echo(f"{label:<9} {value}")
    if state.fault:
        raise typer.Exit(EXIT_FAILED)


def _lines(state: "IndexState") -> "Iterator[tuple[str, str]]":
    yield "live", state.live or "nothing"
    if state.fault:
        yield "fault", state.fault
    if state.live and not state.fault:
        yield "data", _age(state)
        served = next(build for build in state.builds if build.live)
        yield "index", f"{served.index}, {served.calibration or 'exact'}"
    label = "builds"
    for build in reversed(state.builds):
        yield label, _build(build)
        label = ""
    if state.kept_aside:
        yield "refused", f"{state.kept_aside.build_id}, kept in {state.kept_aside.folder}: {state.kept_aside.reason}"
    if state.last_run:
        yield "last run", _run(state.last_run, running=state.changed_by is not None)
    yield "now", f"process {state.changed_by} is changing the index" if state.changed_by else "nothing is changing it"


def _age(state: "IndexState") -> str:
    if state.data_date is None:
        return "of unknown age: no record has an update date"
    days = state.data_age_days or 0
    return f"updated up to {state.data_date}, {days:,} day{'' if days == 1 else 's'} ago"


def _build(build: "BuildState") -> str:
    mark = "live  " if build.live else "      "
    if build.trials is None or build.created_at is None or build.bytes is None:
        return f"{mark}{build.build_id}  not whole"
    whole = "" if build.fault is None else "  not whole"
    return (
        f"{mark}{build.build_id}  {build.created_at:%Y-%m-%d %H:%M} UTC  {build.trials:>9,} trials  "
        f"{build.bytes / 1e6:>8,.1f} MB  {build.source}{whole}"
    )


def _run(run: "LastRun", *, running: bool) -> str:
    if run.finished_at is None:
        how = "is running" if running else "was killed; the next one goes on where it was"
        return f"of {run.source}, begun {run.started_at:%Y-%m-%d %H:%M} UTC, {how}"
    seconds = (run.finished_at - run.started_at).total_seconds()
    what = f"{run.outcome} {run.build_id}" if run.build_id else f"{run.outcome}"
    why = f": {run.message}" if run.message else ""
    return f"of {run.source}, ended {run.finished_at:%Y-%m-%d %H:%M} UTC after {seconds:,.1f} s, {what}{why}"
