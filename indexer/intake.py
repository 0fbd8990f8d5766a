"""Reads a source into a spool on disk, and says which of its rows to keep, in what order."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from indexer.parse import UnusableRecord, parse_study
from indexer.sources.base import Source
from search.artefact.trial_table import SCHEMA, to_batch
from search.errors import TooManyUnusableRecords, UnusableSource
from search.progress import Progress
from search.trial import Trial
from search.vectors import Rows

MAX_UNUSABLE_SHARE = 0.05
DUPLICATE = "older or repeated record of a trial"
# Rows held in memory at a time; a trial with its summary is about 2 kB.
BATCH_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Intake:
    """What a source gave."""

    read: int
    skipped: dict[str, int]
    """Records left out, by reason."""
    first_places: dict[str, str]
    """Where the first record of each reason stands."""
    data_date: str | None
    """The newest update date found, as registered."""
    spool: Path
    keep: Rows
    """Spool rows of the trials, in the order of their ids."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The trials in the order of their ids, in bounded memory."""
        with pa.memory_map(str(self.spool)) as file:
            spool = pa.ipc.open_file(file)
            for start in range(0, len(self.keep), BATCH_ROWS):
                yield _take(spool, self.keep[start : start + BATCH_ROWS])


def take_in(source: Source, spool: Path, progress: Progress) -> Intake:
    """Parse every record of `source` into `spool`; of several records of one trial one is kept.

    The registry's own goes before ICTRP's copy, which says less; then the newest is taken, then the last.

    Raises UnusableSource where there is nothing to index, TooManyUnusableRecords above MAX_UNUSABLE_SHARE.
    """
    read = 0
    skipped: Counter[str] = Counter()
    first_places: dict[str, str] = {}
    newest: dict[str, tuple[bool, str, int]] = {}  # id -> by the registry itself, update date, spool row

    def skip(reason: str, place: str) -> None:
        skipped[reason] += 1
        first_places.setdefault(reason, place)

    def usable() -> Iterator[Trial]:
        nonlocal read
        position = 0
        row = 0
        for record in source.records():
            read += 1
            if read % 1_000 == 0:
                advance(source.position - position)
                position = source.position
            try:
                if record.problem:
                    raise UnusableRecord(record.problem)
                trial = parse_study(record.study)
            except UnusableRecord as reason:
                skip(str(reason), record.place)
                continue
            claim = (not record.secondhand, trial.last_update_date or "", row)
            if trial.trial_id in newest:
                skip(DUPLICATE, record.place)
            newest[trial.trial_id] = max(claim, newest.get(trial.trial_id, claim))
            row += 1
            yield trial
        advance(source.size - position)

    with (
        progress.stage("reading", source.size, "bytes") as advance,
        pa.OSFile(str(spool), "wb") as sink,
        pa.ipc.new_file(sink, SCHEMA) as writer,
    ):
        batch: list[Trial] = []
        for trial in usable():
            batch.append(trial)
            if len(batch) == BATCH_ROWS:
                writer.write_batch(to_batch(batch))
                batch.clear()
        if batch:
            writer.write_batch(to_batch(batch))
    _check(read, skipped, first_places, source.name)
    return Intake(
        read=read,
        skipped=dict(skipped),
        first_places=first_places,
        data_date=max((date for _, date, _ in newest.values()), default="") or None,
        spool=spool,
        keep=np.array([newest[trial_id][2] for trial_id in sorted(newest)], dtype=np.int64),
    )


def _check(read: int, skipped: Counter[str], first_places: dict[str, str], name: str) -> None:
    if read == 0:
        raise UnusableSource(f"{name} holds no study record, so nothing was published")
    unusable = skipped.total() - skipped[DUPLICATE]
    if unusable > MAX_UNUSABLE_SHARE * read:
        reasons = "; ".join(
            f"{reason}: {count:,} (first at {first_places[reason]})"
            for reason, count in skipped.most_common()
            if reason != DUPLICATE
        )
        raise TooManyUnusableRecords(
            f"{unusable:,} of {read:,} records in {name} cannot be used, more than {MAX_UNUSABLE_SHARE:.0%}, so "
            f"nothing was published ({reasons}); mend the source and run again"
        )


def _take(spool: pa.RecordBatchFileReader, rows: Rows) -> pa.RecordBatch:
    """The spool's `rows`, in that order. The spool's batches are all of BATCH_ROWS but the last."""
    batches = rows // BATCH_ROWS
    parts, places = [], []
    for number in np.unique(batches):
        here = np.flatnonzero(batches == number)
        parts.append(spool.get_batch(int(number)).take(pa.array(rows[here] % BATCH_ROWS)))
        places.append(here)
    order = np.argsort(np.concatenate(places))
    return pa.Table.from_batches(parts).combine_chunks().to_batches()[0].take(pa.array(order))
