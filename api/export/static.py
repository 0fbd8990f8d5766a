"""Writes the export: the related trials of every trial of a build, in files that any host can serve."""

import hashlib
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from api.export.page import page_files
from api.export.shard_file import is_whole, shard_path, write_atomically, written_by
from api.export.sharding import sharding_of
from api.export.workers import write_shards
from api.widget_routes import VERSIONED, widget_files
from search.answer import build_info
from search.artefact.lifecycle import current_build
from search.artefact.reading import open_build
from search.batch import AT_ONCE, Batch
from search.engine import SearchEngine
from search.errors import UnusableTarget
from search.progress import Progress

FORMAT = 1
INDEX_FILE = "index.json"
"""What the widget's `src` names: the build, and which file holds which trial."""
ALIASES_FILE = "aliases.json"
"""Ids by which the API knows a trial too -> its primary id; asked for where an id is in no file."""
MANIFEST_FILE = "manifest.json"
"""Every file with its checksum; written last."""
_SAMPLE = 16
_MARGIN = 1.2
"""Of free room over what a sample says is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What an export did."""

    folder: str
    build_id: str
    k: int
    trials: int
    files: int
    kept: int
    """Files of related trials that were there already, whole and of the same build."""
    bytes: int
    largest: int
    """Bytes of the largest file of related trials."""
    seconds: float


def export_static(root: Path, folder: Path, *, k: int, jobs: int, progress: Progress) -> ExportReport:
    """Write the live build's related trials, `k` of each, into `folder` by `jobs` processes; goes on where one stopped.

    Raises NoIndex or CorruptBuild, and UnusableTarget where `folder` holds anything but this same export, or where
    there is too little room.
    """
    started = time.monotonic()
    build_folder = current_build(root)
    artefact = open_build(build_folder)
    trial_ids = artefact.trials.trial_ids(range(len(artefact.trials)))
    sharding = sharding_of(trial_ids)
    shards = sharding.shards(trial_ids)
    build = build_info(artefact.manifest).model_dump(mode="json")
    aliases = {alias: trial_ids[row].upper() for alias, row in artefact.identifiers.aliases().items()}
    index = {
        "format": FORMAT,
        "trialkin": version("trialkin"),
        "k": k,
        "build": build,
        "aliases": len(aliases),
        "prefix": sharding.prefix,
        "split": sharding.split,
    }
    _begin(folder, orjson.dumps(index, option=orjson.OPT_APPEND_NEWLINE))

    left = {}
    with progress.stage("checking", len(shards), "files") as advance:
        for name, inside in shards.items():
            if not is_whole(shard_path(folder, name), build, inside):
                left[name] = inside
            advance(1)
    _check_room(folder, Batch(SearchEngine(artefact)), [trial_id for inside in left.values() for trial_id in inside], k)
    writing = write_shards(build_folder, folder, tasks_of(left), k=k, jobs=jobs)
    with closing(writing), progress.stage("exporting", sum(map(len, left.values())), "trials") as advance:
        for done in writing:
            advance(done)

    write_atomically(folder / ALIASES_FILE, orjson.dumps(aliases))
    for name, content in page_files(index, trial_ids[len(trial_ids) // 2]).items():
        write_atomically(folder / name, content)
    for name, file in widget_files().items():
        write_atomically(folder / "widget" / name, file.content)
        if name == "related-trials.js":
            write_atomically(folder / "widget" / VERSIONED, file.content)
    files = _digests(folder, progress)
    total = sum(file["bytes"] for file in files.values())
    counts = {"trials": len(trial_ids), "files": len(files), "bytes": total}
    manifest = {**index, "counts": counts, "files": files}
    write_atomically(folder / MANIFEST_FILE, orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    return ExportReport(
        folder=str(folder),
        build_id=artefact.manifest.build_id,
        k=k,
        trials=len(trial_ids),
        files=len(shards),
        kept=len(shards) - len(left),
        bytes=total,
        largest=max(files[shard_path(Path(), name).as_posix()]["bytes"] for name in shards),
        seconds=time.monotonic() - started,
    )


def _begin(folder: Path, index: bytes) -> None:
    """Make `folder` this export's, or see that it is already."""
    path = folder / INDEX_FILE
    folder.mkdir(parents=True, exist_ok=True)
    if all(path.name.startswith(".") for path in folder.iterdir()):  # a .git is none of our business
        write_atomically(path, index)
        return
    if not path.is_file():
        raise UnusableTarget(f"{folder} holds something else than an export; name a new or an empty folder")
    if path.read_bytes() != index:
        was, now = _told(path.read_bytes()), _told(index)
        told = f"of {was}, laid out otherwise than today" if was == now else f"of {was}, and this one would be of {now}"
        raise UnusableTarget(f"{folder} holds an export {told}; name another folder, or remove that")


def _told(index: bytes) -> str:
    try:
        told = orjson.loads(index)
        return f"build {told['build']['build_id']} with k {told['k']}, made by Trialkin {told['trialkin']}"
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return "an unknown kind"


def _check_room(folder: Path, batch: Batch, trial_ids: list[str], k: int) -> None:
    """Raise UnusableTarget where what is left to write would not fit, by a sample of it."""
    sample = trial_ids[:: max(1, len(trial_ids) // _SAMPLE)][:_SAMPLE]
    if not sample:
        return
    needed = int(len(written_by(batch, {}, sample, k=k)) / len(sample) * len(trial_ids) * _MARGIN)
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise UnusableTarget(
            f"the export needs some {needed / 1e9:,.1f} GB at {folder}, where {free / 1e9:,.1f} GB are free; make "
            "room, name a folder elsewhere, or lower --k"
        )


def tasks_of(shards: Mapping[str, list[str]]) -> Iterator[dict[str, list[str]]]:
    """`shards`, some at a time, so that a task is about as much as is asked at once."""
    task: dict[str, list[str]] = {}
    trials = 0
    for name, inside in shards.items():
        if task and trials + len(inside) > AT_ONCE:
            yield task
            task, trials = {}, 0
        task[name] = inside
        trials += len(inside)
    if task:
        yield task


def _digests(folder: Path, progress: Progress) -> dict[str, dict[str, Any]]:
    """Every file's size and SHA-256, by its path in `folder`."""
    ours = [*folder.glob("*"), *(path for name in ("similar", "widget") for path in (folder / name).rglob("*"))]
    paths = [path for path in sorted(ours) if path.is_file() and not path.name.startswith(".")]
    paths = [path for path in paths if path != folder / MANIFEST_FILE]
    digests = {}
    with progress.stage("checksums", len(paths), "files") as advance:
        for path in paths:
            content = path.read_bytes()
            digests[path.relative_to(folder).as_posix()] = {
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            advance(1)
    return digests
