"""The state of an index, for whoever operates it."""

import datetime
from pathlib import Path

from pydantic import BaseModel

from search.artefact.last_run import LastRun, read_last_run
from search.artefact.layout import REASON_FILE, REFUSED_PREFIX, build_folder, builds_folder
from search.artefact.lifecycle import current_build, list_builds, live_build_id
from search.artefact.lock import lock_holder
from search.artefact.manifest import EncoderIdentity, Manifest, check_files, read_manifest
from search.dates import date_bounds
from search.errors import CorruptBuild, NoIndex
from search.indexes.base import Calibration


class BuildState(BaseModel):
    """One published build; what it holds is unknown where its files do not agree, and `fault` says how."""

    build_id: str
    live: bool
    created_at: datetime.datetime | None = None
    source: str | None = None
    data_date: str | None = None
    trials: int | None = None
    bytes: int | None = None
    encoder: EncoderIdentity | None = None
    index: str | None = None
    calibration: Calibration | None = None
    fault: str | None = None


class KeptAside(BaseModel):
    """The newest build that failed the checks before publishing."""

    build_id: str
    reason: str
    folder: Path


class IndexState(BaseModel):
    """What is live, which builds there are, and what rebuilds did and do."""

    live: str | None
    fault: str | None
    """Why the live build cannot be served."""
    data_date: str | None
    """The newest update date among the live build's records."""
    data_age_days: int | None
    builds: list[BuildState]
    """Oldest first."""
    kept_aside: KeptAside | None
    last_run: LastRun | None
    changed_by: str | None
    """The process that is changing the index now."""


def index_state(root: Path, *, today: datetime.date) -> IndexState:
    """The state of the index at `root`. Raises NoIndex where no rebuild has ever run."""
    last_run = read_last_run(root)
    live, fault = None, None
    try:
        live = live_build_id(root)
        current_build(root)
    except CorruptBuild as error:
        fault = str(error)
    except NoIndex as error:
        if last_run is None:
            raise
        fault = str(error)
    builds = [_build_state(root, build_id, live=build_id == live) for build_id in list_builds(root)]
    served = next((build for build in builds if build.live), None)
    data_date = served.data_date if served else None
    return IndexState(
        live=live,
        fault=fault or (served.fault if served else None),
        data_date=data_date,
        data_age_days=(today - date_bounds(data_date)[1]).days if data_date else None,
        builds=builds,
        kept_aside=_kept_aside(root),
        last_run=last_run,
        changed_by=lock_holder(root),
    )


def _build_state(root: Path, build_id: str, *, live: bool) -> BuildState:
    state = BuildState(build_id=build_id, live=live)
    folder = build_folder(root, build_id)
    try:
        manifest = read_manifest(folder)
        state = _described(manifest, build_id, live=live)
        check_files(folder, manifest)
    except CorruptBuild as error:
        state.fault = str(error)
    return state


def _described(manifest: Manifest, build_id: str, *, live: bool) -> BuildState:
    return BuildState(
        build_id=build_id,
        live=live,
        created_at=manifest.created_at,
        source=manifest.source.name,
        data_date=manifest.source.data_date,
        trials=manifest.counts.trials,
        bytes=sum(file.bytes for file in manifest.files.values()),
        encoder=manifest.encoder,
        index=manifest.index,
        calibration=manifest.calibration,
    )


def _kept_aside(root: Path) -> KeptAside | None:
    for folder in sorted(builds_folder(root).glob(f"{REFUSED_PREFIX}*"), reverse=True):
        try:
            reason = (folder / REASON_FILE).read_text(errors="replace").strip()
        except OSError:
            reason = "unknown"
        return KeptAside(build_id=folder.name.removeprefix(REFUSED_PREFIX), reason=reason, folder=folder)
    return None
