"""BM25 over the words of a trial, its fields weighted by repetition.

The matrix of term scores is stored word by word, as bm25s does it (Lù 2024, arXiv:2407.03618): a column is one word's
score in every trial, so that a query of weighted words is a weighted sum of columns. Beside the scores stands how often
each word comes in each trial. Scores depend on all trials together (how many there are, how long they are, how many
have a word), counts on one trial alone: with them a new index takes over what has not changed, word for word, and only
the arithmetic is done anew.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any, Self

import numpy as np
import orjson
import Stemmer
from numpy.typing import NDArray

from search.trial import Trial
from search.vectors import Rows

# Measured on the tuning labels (docs/relevance.md); flat around these values.
K1, B = 1.5, 0.75
TITLE_REPEATS, OTHER_REPEATS = 3, 2

LEXICAL_FIELDS = ("conditions", "interventions", "keywords", "official_title", "brief_summary")
"""What `words_of_trial` reads beside the title."""

_WORD = re.compile(r"\w\w+")
# Lucene's for English.
_STOP_WORDS = frozenset(
    (  # noqa: SIM905 - a text is easier to read than 33 strings
        "a an and are as at be but by for if in into is it no not of on or such that the their then there these they "
        "this to was will with"
    ).split()
)
# Names that bm25s gives its files; format 1 was written by it.
_SCORES_FILE = "data.csc.index.npy"
_ROWS_FILE = "indices.csc.index.npy"
_STARTS_FILE = "indptr.csc.index.npy"
_WORDS_FILE = "vocab.index.json"
_NUMBER_FILE = "params.index.json"
_COUNTS_FILE = "counts.npy"


def words_of(text: str) -> list[str]:
    """The stems of the words that count, in order: lower case, two letters or digits at least, no stop words."""
    stemmer = Stemmer.Stemmer("english")  # not to be shared between threads
    stems: list[str] = stemmer.stemWords([word for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS])
    return stems


def words_of_trial(trial: Trial) -> list[str]:
    """The words of all fields, each as often as its field weighs: as document and as query alike."""
    others = [
        *trial.conditions,
        *(intervention.name for intervention in trial.interventions),
        *trial.keywords,
        trial.official_title or "",
        trial.brief_summary or "",
    ]
    return words_of(trial.brief_title) * TITLE_REPEATS + words_of("\n".join(others)) * OTHER_REPEATS


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


class LexicalIndex:
    """Word scores of every trial, memory-mapped once saved."""

    def __init__(self, postings: Postings, scores: NDArray[np.float32], columns: Mapping[str, int]) -> None:
        self.postings = postings
        self._scores = scores
        self._columns = columns
        self._rarities: dict[str, float] = {}

    @classmethod
    def build(cls, documents: Iterable[Sequence[str]]) -> Self:
        """An index of the words of each document, in row order."""
        return cls.of(Postings.of(documents))

    @classmethod
    def of(cls, postings: Postings) -> Self:
        """An index of `postings`."""
        return cls(postings, postings.scores(), {word: column for column, word in enumerate(postings.words)})

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The index that `save` wrote, memory-mapped."""
        columns: dict[str, int] = orjson.loads((folder / _WORDS_FILE).read_bytes())
        rows = _mapped(folder / _ROWS_FILE)
        # Format 1 has no counts, and so nothing can be taken over from it.
        has_counts = (folder / _COUNTS_FILE).exists()
        postings = Postings(
            words=list(columns),
            starts=_mapped(folder / _STARTS_FILE),
            rows=rows,
            counts=_mapped(folder / _COUNTS_FILE) if has_counts else np.empty(0, np.int32),
            number=orjson.loads((folder / _NUMBER_FILE).read_bytes())["num_docs"],
        )
        return cls(postings, _mapped(folder / _SCORES_FILE), columns)

    def save(self, folder: Path) -> None:
        """Write the index into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / _SCORES_FILE, self._scores)
        np.save(folder / _ROWS_FILE, self.postings.rows)
        np.save(folder / _STARTS_FILE, self.postings.starts)
        np.save(folder / _COUNTS_FILE, self.postings.counts)
        (folder / _WORDS_FILE).write_bytes(orjson.dumps(self._columns))
        (folder / _NUMBER_FILE).write_bytes(orjson.dumps({"num_docs": self.postings.number}))

    def __len__(self) -> int:
        """How many documents."""
        return self.postings.number

    def rarity(self, word: str) -> float:
        """Inverse document frequency of `word`, ln(1 + (n - df + .5) / (df + .5)) as Lucene has it."""
        known = self._rarities.get(word)
        if known is not None:
            return known
        column = self._columns.get(word)
        starts = self.postings.starts
        frequency = 0 if column is None else int(starts[column + 1] - starts[column])
        rarity = math.log(1 + (len(self) - frequency + 0.5) / (frequency + 0.5))
        if column is not None:  # so that no more is kept than there are words
            self._rarities[word] = rarity
        return rarity

    def rows(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The documents that have all of `words`, in row order."""
        wanted = dict.fromkeys(words)
        columns = [self._columns[word] for word in wanted if word in self._columns]
        if not columns or len(columns) < len(wanted):
            return np.empty(0, np.int64)
        starts = self.postings.starts
        spans = [self.postings.rows[starts[column] : starts[column + 1]] for column in columns]
        rows = reduce(np.intersect1d, sorted(spans, key=len))
        return np.asarray(rows, np.int64)

    def scores(self, words: Iterable[str]) -> NDArray[np.float32]:
        """(n,) BM25 score of every document; a word counts as often as it comes."""
        starts, rows = self.postings.starts, self.postings.rows
        scores = np.zeros(len(self), dtype=np.float32)
        for word, times in Counter(words).items():
            column = self._columns.get(word)
            if column is not None:
                span = slice(starts[column], starts[column + 1])
                scores[rows[span]] += times * self._scores[span]
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


def _mapped(path: Path) -> Any:
    # A plain view of the mapped file: np.memmap's own indexing costs more than summing a column.
    return np.asarray(np.load(path, mmap_mode="r"))
