"""The words that many documents have, document by document.

A word's scores in all documents stand together in its column, which is where to sum them. To look up what a few
documents have of it, the column of a frequent word would have to be searched for each; here it stands with the
document. Rare words are left out: their columns are soon summed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from search.postings import Postings
from search.vectors import Rows, Scores

COMMON = 32
"""A word is common where more than one document in so many has it."""
_STARTS_FILE = "common_starts.npy"
_PLACES_FILE = "common_places.npy"
_SCORES_FILE = "common_scores.npy"


@dataclass(frozen=True, slots=True)
class CommonWords:
    """Of every document its common words: those of row r are at `starts[r]:starts[r + 1]`."""

    columns: NDArray[np.int64]
    """(common words,) Which words of the postings they are, in order."""
    starts: NDArray[np.int64]
    """(n + 1,)"""
    places: NDArray[np.unsignedinteger]
    """Which of `columns`, in the narrowest type that holds them."""
    scores: NDArray[np.float32]
    """Of the word in the document."""

    @classmethod
    def of(cls, postings: Postings, scores: NDArray[np.float32]) -> Self:
        """The common words of `postings`, whose scores are `scores`."""
        columns = _common(postings)
        spans = [slice(postings.starts[column], postings.starts[column + 1]) for column in columns.tolist()]
        lengths = np.zeros(postings.number, np.int64)
        for span in spans:
            lengths[postings.rows[span]] += 1  # a column has a row once
        starts = np.concatenate(([0], np.cumsum(lengths)))
        places = np.empty(starts[-1], np.min_scalar_type(len(columns)))
        by_document = np.empty(starts[-1], np.float32)
        free = starts[:-1].copy()
        for place, span in enumerate(spans):
            rows = postings.rows[span]
            places[free[rows]] = place
            by_document[free[rows]] = scores[span]
            free[rows] += 1
        return cls(columns, starts, places, by_document)

    @classmethod
    def open(cls, folder: Path, postings: Postings, mapped: Callable[[Path], Any]) -> Self:
        """Those that `save` wrote into `folder`; without any word where the build is older than they."""
        if not (folder / _STARTS_FILE).exists():
            nothing = np.broadcast_to(np.int64(0), postings.number + 1)
            return cls(np.empty(0, np.int64), nothing, np.empty(0, np.uint8), np.empty(0, np.float32))
        files = (mapped(folder / name) for name in (_STARTS_FILE, _PLACES_FILE, _SCORES_FILE))
        return cls(_common(postings), *files)

    def save(self, folder: Path) -> None:
        """Write them into `folder`."""
        np.save(folder / _STARTS_FILE, self.starts)
        np.save(folder / _PLACES_FILE, self.places)
        np.save(folder / _SCORES_FILE, self.scores)

    def sums(self, rows: Rows, weights: NDArray[np.float32]) -> Scores:
        """(len(rows),) The sum of each one's common words, which count as `weights` (common words,) say."""
        sums = np.zeros(len(rows), np.float32)
        starts = self.starts[rows]
        lengths = self.starts[rows + 1] - starts
        if len(present := np.flatnonzero(lengths)):
            ends = np.cumsum(lengths)
            firsts = ends - lengths
            flat = np.repeat(starts - firsts, lengths)
            flat += np.arange(ends[-1])
            # Taken, not indexed: a third of the time.
            values = weights.take(self.places.take(flat)) * self.scores.take(flat)
            sums[present] = np.add.reduceat(values, firsts[present])
        return sums


def _common(postings: Postings) -> NDArray[np.int64]:
    return np.flatnonzero(np.diff(postings.starts) > postings.number // COMMON)
