"""Which questions are asked about a corpus: the same trials, texts and days each time."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ir_measures import Qrel
from numpy.typing import NDArray

from benchmarks.peers.corpus import Row
from benchmarks.peers.questions import Questions
from benchmarks.quality.labels import LABEL_SETS, scorable

SIMILAR, FILTERED, TEXTS = 300, 100, 200
SHARES = (0.5, 0.05, 0.005)
[LABELS] = [labels for labels in LABEL_SETS if labels.name == "cochrane_related"]


def questions_about(rows: Sequence[Row], labels: Sequence[Qrel]) -> Questions:
    """Questions about `rows`, at random but the same each time; the trials that `labels` ask for are among them."""
    order = np.random.default_rng(0).permutation(len(rows))
    ids = [rows[place].trial_id for place in order]
    started = np.array([row.started for row in rows])
    return Questions(
        similar=ids[:SIMILAR],
        filtered=ids[:FILTERED],
        texts=list(dict.fromkeys(rows[place].asked for place in order if rows[place].asked))[:TEXTS],
        days=[day_leaving(started, share) for share in SHARES],
        labelled=sorted({label.query_id for label in labels}),
    )


def labels_of(rows: Sequence[Row], data: Path) -> list[Qrel]:
    """The labels of `rows`: for trials among them, of trials among them."""
    return scorable(LABELS.qrels(data), {row.trial_id for row in rows}, by_text=False)


def day_leaving(started: NDArray[np.int64], share: float) -> int:
    """The day for which the share of `started` that is not before it comes nearest to `share`."""
    days, counts = np.unique(started, return_counts=True)
    left = np.cumsum(counts[::-1])[::-1] / len(started)
    return int(days[np.argmin(np.abs(left - share))])
