"""What differs between two builds: trials that came, went and changed, and whose related list is another."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel

from search.artefact.layout import TRIALS_FILE, build_folder
from search.artefact.lifecycle import current_build, list_builds
from search.artefact.manifest import check_files, read_manifest
from search.artefact.reading import open_build
from search.artefact.trial_table import open_trials
from search.engine import SearchEngine
from search.errors import BadInput

FIRST = 10
"""Places of a related list that are compared."""
_ROWS_A_LOOK = 5_000


class TrialName(BaseModel):
    """A trial that one of the builds has."""

    id: str
    title: str


class ChangedTrial(TrialName):
    """A trial that both have, otherwise."""

    fields: list[str]


class ChangedList(TrialName):
    """A trial whose first related trials are others, or in another order."""

    came: list[str]
    went: list[str]


class Difference(BaseModel):
    """From one build to another."""

    old: str
    new: str
    trials: tuple[int, int]
    """How many each has."""
    came: list[TrialName]
    went: list[TrialName]
    changed: list[ChangedTrial]
    asked: int
    """Trials that both have and whose related lists were compared."""
    lists: list[ChangedList]


def two_builds(root: Path, old: str | None, new: str | None) -> tuple[str, str]:
    """The builds to compare: `new` is the live one and `old` the one before `new`, unless they are named.

    Raises NoIndex, CorruptBuild, and BadInput where there is no such build.
    """
    live = current_build(root).name
    known = list_builds(root)
    for build_id in (old, new):
        if build_id is not None and build_id not in known:
            raise BadInput(f"no build {build_id!r} under {root}; there are: {', '.join(known)}")
    new = new or live
    before = [build_id for build_id in known if build_id < new]
    if old is None and not before:
        raise BadInput(f"there is no build before {new} under {root} to compare with")
    return old or before[-1], new


def difference(root: Path, old: str, new: str, *, sample: int | None) -> Difference:
    """From `old` to `new`; related lists of `sample` trials, or of all with None. Raises CorruptBuild."""
    before, after = _Trials(build_folder(root, old)), _Trials(build_folder(root, new))
    _, old_rows, new_rows = np.intersect1d(before.ids, after.ids, assume_unique=True, return_indices=True)
    if sample is not None and sample < len(new_rows):
        chosen = sorted(random.Random(sample).sample(range(len(new_rows)), sample))
    else:
        chosen = list(range(len(new_rows)))
    return Difference(
        old=old,
        new=new,
        trials=(len(before.ids), len(after.ids)),
        came=after.names(np.setdiff1d(np.arange(len(after.ids)), new_rows)),
        went=before.names(np.setdiff1d(np.arange(len(before.ids)), old_rows)),
        changed=list(_changed(before, after, old_rows, new_rows)),
        asked=len(chosen),
        lists=list(_changed_lists(root, old, new, after.names(new_rows[chosen]))),
    )


class _Trials:
    """The trials of one build, read without anything else of it."""

    def __init__(self, folder: Path) -> None:
        check_files(folder, read_manifest(folder))
        self._table = open_trials(folder / TRIALS_FILE)
        self.ids: NDArray[np.str_] = np.array(self._table["trial_id"].to_pylist(), dtype=np.str_)

    @property
    def columns(self) -> list[str]:
        names: list[str] = self._table.column_names
        return names

    def take(self, rows: Sequence[int] | NDArray[Any], columns: list[str]) -> pa.Table:
        return self._table.select(columns).take(pa.array(rows, pa.int64())).combine_chunks()

    def names(self, rows: NDArray[Any]) -> list[TrialName]:
        found = self.take(rows, ["trial_id", "brief_title"]).to_pylist()
        return [TrialName(id=row["trial_id"], title=row["brief_title"]) for row in found]


def _changed(before: _Trials, after: _Trials, old_rows: NDArray[Any], new_rows: NDArray[Any]) -> Iterator[ChangedTrial]:
    """Those of the pairs of rows that differ, halved until what differs is one row: nearly all are equal."""
    columns = [name for name in after.columns if name in before.columns]
    for start in range(0, len(old_rows), _ROWS_A_LOOK):
        span = slice(start, start + _ROWS_A_LOOK)
        old, new = before.take(old_rows[span], columns), after.take(new_rows[span], columns)
        for row in _unequal(old, new, 0):
            fields = [name for name in columns if not old[name].slice(row, 1).equals(new[name].slice(row, 1))]
            (name,) = after.names(new_rows[span][row : row + 1])
            yield ChangedTrial(id=name.id, title=name.title, fields=fields)


def _unequal(old: pa.Table, new: pa.Table, start: int) -> Iterator[int]:
    if old.equals(new):
        return
    if len(old) == 1:
        yield start
        return
    half = len(old) // 2
    yield from _unequal(old.slice(0, half), new.slice(0, half), start)
    yield from _unequal(old.slice(half), new.slice(half), start + half)


def _changed_lists(root: Path, old: str, new: str, trials: Sequence[TrialName]) -> Iterator[ChangedList]:
    if not trials:
        return
    engines = [SearchEngine(open_build(build_folder(root, build_id))) for build_id in (old, new)]
    for trial in trials:
        before, after = ([hit.trial.trial_id for hit in e.similar(trial.id, k=FIRST).hits] for e in engines)
        if before != after:
            yield ChangedList(
                **trial.model_dump(),
                came=[trial_id for trial_id in after if trial_id not in before],
                went=[trial_id for trial_id in before if trial_id not in after],
            )
