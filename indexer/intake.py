"""Reads a source into a spool on disk, and says which of its rows to keep, in what order.

Records that the build before has are not read again: they are known by their digests, and their trials are rows of it.
"""

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from indexer.parse import UnusableRecord, parse_study
from indexer.previous import Previous
from indexer.sources.base import DIGEST_BYTES, Source, digest_of_study
from search.artefact.trial_table import SCHEMA, to_batch
from search.errors import TooManyUnusableRecords, UnusableSource
from search.progress import Progress
from search.trial import Trial
from search.vectors import Rows

MAX_UNUSABLE_SHARE = 0.05
DUPLICATE = "older or repeated record of a trial"
# Rows held in memory at a time; a trial with its summary is about 2 kB.
BATCH_ROWS = 5_000
_NO_DIGEST = bytes(DIGEST_BYTES)


@dataclass(frozen=True, slots=True)
class Intake:
    """What a source gave: its trials, in the order of their ids, each from the spool or from the build before."""

    read: int
    skipped: dict[str, int]
    """Records left out, by reason."""
    first_places: dict[str, str]
    """Where the first record of each reason stands."""
    data_date: str | None
    """The newest update date found, as registered."""
    spool: Path
    spooled: Rows
    """(n,) The spool row of each trial, or -1."""
    taken_over: Rows
    """(n,) The row that it has in the build before, or -1."""
    digests: NDArray[np.uint8]
    """(n, DIGEST_BYTES) Of the records; zeros where there is none."""

    def batches(self, previous: pa.Table | None) -> Iterator[pa.RecordBatch]:
        """The trials in the order of their ids, in bounded memory; `previous` has those of the build before."""
        with pa.memory_map(str(self.spool)) as file:
            spool = pa.ipc.open_file(file)
            for start in range(0, len(self.spooled), BATCH_ROWS):
                spooled = self.spooled[start : start + BATCH_ROWS]
                taken_over = self.taken_over[start : start + BATCH_ROWS]
                read = _take(spool, spooled[spooled >= 0])
                if previous is None or read.num_rows == len(spooled):
                    yield read
                else:
                    yield _woven(pa.Table.from_batches([read], SCHEMA), previous, taken_over)


def take_in(source: Source, spool: Path, progress: Progress, previous: Previous | None = None) -> Intake:
    """Parse the records of `source` into `spool`, but for those that `previous` has.

    Of several records of one trial one is kept: the registry's own goes before ICTRP's copy, which says less; then the
    newest is taken, then the last. Raises UnusableSource where there is nothing to index, TooManyUnusableRecords above
    MAX_UNUSABLE_SHARE.
    """
    known = previous.rows_by_digest() if previous else {}
    trial_ids, updates = (previous.trial_ids(), previous.updates()) if previous else ([], [])
    read = 0
    skipped: Counter[str] = Counter()
    first_places: dict[str, str] = {}
    # id -> by the registry itself, update date, number among the usable records
    newest: dict[str, tuple[bool, str, int]] = {}
    origins = array("q")  # of each usable record: its row in the build before, or, from -1 downwards, in the spool
    digests = bytearray()
    in_spool = 0

    def skip(reason: str, place: str) -> None:
        skipped[reason] += 1
        first_places.setdefault(reason, place)

    def usable() -> Iterator[Trial]:
        nonlocal read, in_spool
        position = 0
        for record in source.records(known):
            read += 1
            if read % 1_000 == 0:
                advance(source.position - position)
                position = source.position
            digest = record.digest or digest_of_study(record.study) or _NO_DIGEST
            row = known.get(digest)
            trial = None
            if row is None:
                try:
                    if record.problem:
                        raise UnusableRecord(record.problem)
                    trial = parse_study(record.study)
                except UnusableRecord as reason:
                    skip(str(reason), record.place)
                    continue
                trial_id, updated = trial.trial_id, trial.last_update_date
                in_spool += 1
                origins.append(-in_spool)
            else:
                trial_id, updated = trial_ids[row], updates[row]
                origins.append(row)
            digests.extend(digest)
            claim = (not record.secondhand, updated or "", len(origins) - 1)
            if trial_id in newest:
                skip(DUPLICATE, record.place)
            newest[trial_id] = max(claim, newest.get(trial_id, claim))
            if trial:
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
    kept = np.array([newest[trial_id][2] for trial_id in sorted(newest)], dtype=np.int64)
    origin = np.frombuffer(origins, dtype=np.int64)[kept]
    return Intake(
        read=read,
        skipped=dict(skipped),
        first_places=first_places,
        data_date=max((date for _, date, _ in newest.values()), default="") or None,
        spool=spool,
        spooled=np.where(origin < 0, -1 - origin, -1),
        taken_over=np.where(origin < 0, -1, origin),
        digests=np.frombuffer(digests, dtype=np.uint8).reshape(-1, DIGEST_BYTES)[kept],
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
    if not len(rows):
        return pa.RecordBatch.from_pylist([], schema=SCHEMA)
    batches = rows // BATCH_ROWS
    parts, places = [], []
    for number in np.unique(batches):
        here = np.flatnonzero(batches == number)
        parts.append(spool.get_batch(int(number)).take(pa.array(rows[here] % BATCH_ROWS)))
        places.append(here)
    order = np.argsort(np.concatenate(places))
    return pa.Table.from_batches(parts).combine_chunks().to_batches()[0].take(pa.array(order))


def _woven(read: pa.Table, previous: pa.Table, taken_over: Rows) -> pa.RecordBatch:
    """Rows of `previous` where `taken_over` names one, and in between those of `read`, one after the other.

    By slices, because whole runs of rows are copied many times faster than one by one.
    """
    is_read = taken_over < 0
    sources = np.where(is_read, np.cumsum(is_read) - 1, taken_over)
    breaks = np.flatnonzero((np.diff(sources) != 1) | (np.diff(is_read) != 0)) + 1
    starts, ends = np.concatenate(([0], breaks)), np.concatenate((breaks, [len(sources)]))
    slices = [
        (read if is_read[start] else previous).slice(sources[start], end - start)
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
    (batch,) = pa.concat_tables(slices).combine_chunks().to_batches()
    return batch
