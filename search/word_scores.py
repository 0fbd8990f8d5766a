"""What a question's words give each document, worked out no further than an answer needs.

A trial that is asked with has dozens of words, and the most frequent of them fill most of the postings while they tell
the least. So not every column is summed: the words left over are looked up for the documents that the others put
first. What is said of a document is its whole BM25 score; only which documents come first is judged by less.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from search.common_words import CommonWords
from search.vectors import Mask, Rows, Scores

MORE = 3
"""How many times as many documents as are wanted get their whole score, so that the words left over have a say."""
FEW = 2048
"""Of so many documents each gets its whole score in as little time."""
_SAMPLE = 4096
"""Documents to judge by how high the best are."""
_LARGEST_STEP = 17  # odd, lest it meets what comes in a rhythm


@dataclass(frozen=True, slots=True)
class WordScores:
    """The BM25 score of every document for some weighted words."""

    summed: Scores
    """(n,) Of the words whose columns were summed."""
    left: NDArray[np.float32]
    """(common words,) What each of the others counts, 0 for most."""
    common: CommonWords
    scale: float = 1.0

    @classmethod
    def mean(cls, several: Sequence[Self], shares: Sequence[float]) -> Self:
        """The scores of several questions in one build, each times its share; of one alone as they are."""
        if len(several) == 1:
            return several[0].times(shares[0])
        weights = [np.float32(one.scale * share) for one, share in zip(several, shares, strict=True)]
        return cls(
            summed=np.sum([weight * one.summed for weight, one in zip(weights, several, strict=True)], axis=0),
            left=np.sum([weight * one.left for weight, one in zip(weights, several, strict=True)], axis=0),
            common=several[0].common,
        )

    def times(self, factor: float) -> Self:
        """All of them, times `factor`."""
        return replace(self, scale=self.scale * factor)

    def of(self, rows: Rows) -> Scores:
        """(len(rows),) The whole score of each of `rows`."""
        scores = self.summed[rows]
        if self.left.any():
            scores = scores + self.common.sums(rows, self.left)
        scaled: Scores = scores * np.float32(self.scale)
        return scaled

    def best(self, count: int, *, allowed: Mask | None = None) -> Rows:
        """Of the documents that have any of the words, the `count` that score highest, or all where they are fewer.

        Exact where all words were summed, and where few are allowed. `allowed` is (n,).
        """
        rows = self._worth_a_look(count, allowed)
        scores = self.of(rows)
        having = np.flatnonzero(scores > 0)
        if len(having) > count:
            having = having[np.argpartition(scores[having], len(having) - count)[len(having) - count :]]
        return rows[having]

    def _worth_a_look(self, count: int, allowed: Mask | None) -> Rows:
        # A product, since np.where takes 20 times as long over a mask without order.
        summed = self.summed if allowed is None else self.summed * allowed
        if not self.left.any():
            return _highest(summed, count, at_least=count)
        if (len(summed) if allowed is None else np.count_nonzero(allowed)) > FEW:
            rows = _highest(summed, MORE * count, at_least=count)
            if len(rows) >= count:
                return rows
        # The words left over alone bring some forward.
        return np.arange(len(summed)) if allowed is None else np.flatnonzero(allowed)


def _highest(values: Scores, about: int, *, at_least: int) -> Rows:
    """Where the `about` highest of `values` are, none below another, at least so many; or all that are above 0.

    The border is taken from every so many of the values: to find it among all takes longer than to sum them.
    """
    step = min(_LARGEST_STEP, max(1, len(values) // _SAMPLE))
    sample = values[::step]
    sample = sample[sample > 0]
    place = max(1, about // step)
    if len(sample) > place:
        border = np.partition(sample, len(sample) - place)[len(sample) - place]
        rows = np.flatnonzero(values >= border)
        if len(rows) >= at_least:
            return rows
    return np.flatnonzero(values > 0)
