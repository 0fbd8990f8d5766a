"""Which documents have which words, how often, and what BM25 makes of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from search.vectors import Rows

# Measured on the tuning labels (docs/relevance.md); flat around these values.
K1, B = 1.5, 0.75


@dataclass(frozen=True, slots=True)
class Postings:
    """Which documents have which words how often: column by column, in each column by row."""

    words: Sequence[str]
    """Sorted, each in some document."""
    starts: NDArray[np.int64]
    """(words + 1,) Those of word w are at `starts[w]:starts[w + 1]`."""
    rows: NDArray[np.int32]
    counts: NDArray[np.int32]
    number: int
    """Of documents."""

    @classmethod
    def of(cls, documents: Iterable[Sequence[str]]) -> Self:
        """The postings of the words of each document, in row order."""
        numbers: dict[str, int] = {}
        columns, counts, lengths = [], [], []
        for document in documents:
            counted = Counter(document)
            lengths.append(len(counted))
            columns.append(np.array([numbers.setdefault(word, len(numbers)) for word in counted], dtype=np.int32))
            counts.append(np.fromiter(counted.values(), dtype=np.int32, count=len(counted)))
        words = sorted(numbers)
        sorted_place = np.empty(len(words), dtype=np.int32)
        sorted_place[[numbers[word] for word in words]] = np.arange(len(words))
        column = sorted_place[np.concatenate(columns)] if words else np.empty(0, np.int32)
        order = np.argsort(column, kind="stable")
        return cls(
            words=words,
            starts=_starts(column, len(words)),
            rows=np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)[order],
            counts=np.concatenate(counts)[order] if words else np.empty(0, np.int32),
            number=len(lengths),
        )

    def merged(self, mine: Rows, other: "Postings", others: Rows, number: int) -> "Postings":
        """Postings of `number` documents: this one's document d as row `mine[d]`, or left out where that is -1.

        Those of `other` likewise as `others`. Both keep the order of documents, and no two have one row.
        """
        words = sorted([*self.words, *sorted(set(other.words).difference(self.words))])
        places = {word: place for place, word in enumerate(words)}
        starts, rows, counts = self._moved(mine, places)
        more_starts, more_rows, more_counts = other._moved(others, places)
        columns = np.repeat(np.arange(len(words)), np.diff(more_starts))
        into = _insertion_points(rows, starts[columns], starts[columns + 1], more_rows)
        starts = starts + more_starts
        used = np.diff(starts) > 0
        return Postings(
            words=[word for word, is_used in zip(words, used.tolist(), strict=True) if is_used],
            starts=starts[np.concatenate(([True], used))],
            rows=np.insert(rows, into, more_rows),
            counts=np.insert(counts, into, more_counts),
            number=number,
        )

    def _moved(
        self, new_rows: Rows, places: Mapping[str, int]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
        """Starts, rows and counts with other numbers for documents (-1: left out) and for words."""
        rows = new_rows.astype(np.int32)[self.rows]
        kept = rows >= 0
        frequencies = np.diff(np.concatenate(([0], np.cumsum(kept)))[self.starts])
        moved = np.zeros(len(places), dtype=np.int64)
        moved[[places[word] for word in self.words]] = frequencies
        return np.concatenate(([0], np.cumsum(moved))), rows[kept], self.counts[kept]

    def scores(self) -> NDArray[np.float32]:
        """(postings,) BM25 of each word in each document: Robertson's formula with Lucene's idf."""
        lengths = np.bincount(self.rows, weights=self.counts, minlength=self.number)
        mean = lengths.mean() if self.number else 0
        slack = (K1 * (1 - B + B * lengths / (mean or 1))).astype(np.float32)
        frequencies = np.diff(self.starts)
        rarities = np.log(1 + (self.number - frequencies + 0.5) / (frequencies + 0.5)).astype(np.float32)
        counts = self.counts.astype(np.float32)
        scores: NDArray[np.float32] = np.repeat(rarities, frequencies) * counts / (counts + slack[self.rows])
        return scores


def _starts(columns: NDArray[np.integer], words: int) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(np.bincount(columns, minlength=words)))).astype(np.int64)


def _insertion_points(
    rows: NDArray[np.int32], starts: NDArray[np.int64], ends: NDArray[np.int64], wanted: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Where each of `wanted` belongs in its sorted span of `rows`: np.searchsorted, each in a span of its own."""
    low, high = starts.copy(), ends.copy()
    while np.any(open_spans := low < high):
        middle = (low + high) // 2
        is_below = np.zeros(len(wanted), dtype=np.bool_)
        is_below[open_spans] = rows[middle[open_spans]] < wanted[open_spans]
        low = np.where(open_spans & is_below, middle + 1, low)
        high = np.where(open_spans & ~is_below, middle, high)
    return low
