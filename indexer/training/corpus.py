"""The trials an encoder is trained on, and the slice of them that is kept apart to see whether it learns."""

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from indexer.intake import take_in
from indexer.sources.base import Source
from search.artefact.trial_table import read_trials
from search.errors import UnusableSource
from search.lexical import LEXICAL_FIELDS
from search.progress import Progress
from search.trial import Trial

FEWEST_TRIALS = 100
"""An encoder of fewer learns nothing but them."""
MOST_HELD_OUT = 1_000
HELD_OUT_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Corpus:
    """Parsed trials, in the order of their ids."""

    name: str
    """Of the source."""
    data_date: str | None
    """The newest update date found, as registered."""
    digest: str
    """Of all that is learned from: the same trials with the same texts have the same."""
    trained: Sequence[Trial]
    held_out: Sequence[Trial]


def read_corpus(source: Source, *, seed: int, progress: Progress) -> Corpus:
    """The trials of `source`, a tenth of them (at most MOST_HELD_OUT) held out.

    Which are, hangs on the seed and their ids alone, so that a record added moves few others. Raises what `take_in`
    raises, and UnusableSource where there are fewer than FEWEST_TRIALS.
    """
    with tempfile.TemporaryDirectory() as folder:
        intake = take_in(source, Path(folder) / "trials.arrow", progress)
        trials = [
            trial
            for batch in intake.batches(None)
            for trial in read_trials(pa.Table.from_batches([batch]), LEXICAL_FIELDS)
        ]
    if len(trials) < FEWEST_TRIALS:
        raise UnusableSource(
            f"{source.name} holds {len(trials):,} trials, and an encoder is trained on {FEWEST_TRIALS:,} at least; "
            "name more records"
        )
    drawn = sorted(range(len(trials)), key=lambda row: _draw(seed, trials[row].trial_id))
    held_out = set(drawn[: min(MOST_HELD_OUT, int(HELD_OUT_SHARE * len(trials)))])
    return Corpus(
        name=source.name,
        data_date=intake.data_date,
        digest=_digest(trials),
        trained=[trial for row, trial in enumerate(trials) if row not in held_out],
        held_out=[trials[row] for row in sorted(held_out)],
    )


def _draw(seed: int, trial_id: str) -> bytes:
    return hashlib.sha256(f"{seed} {trial_id}".encode()).digest()


def _digest(trials: Sequence[Trial]) -> str:
    digest = hashlib.sha256()
    for trial in trials:
        digest.update(f"{trial!r}\n".encode())
    return digest.hexdigest()
