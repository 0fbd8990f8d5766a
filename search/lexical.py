"""BM25 over the words of a trial, its fields weighted by repetition.

The matrix of term scores is stored word by word, as bm25s does it (Lù 2024, arXiv:2407.03618): a column is one word's
score in every trial, so that a query of weighted words is a weighted sum of columns. Beside the scores stands how often
each word comes in each trial. Scores depend on all trials together (how many there are, how long they are, how many
have a word), counts on one trial alone: with them a new index takes over what has not changed, word for word, and only
the arithmetic is done anew.
"""

import math
import re
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, Self

import numpy as np
import orjson
import Stemmer
from numpy.typing import NDArray

from search.common_words import COMMON, CommonWords
from search.postings import Postings
from search.trial import Trial
from search.word_scores import WordScores

TITLE_REPEATS, OTHER_REPEATS = 3, 2

LEXICAL_FIELDS = ("conditions", "interventions", "keywords", "official_title", "brief_summary")
"""What `words_of_trial` reads beside the title."""

FEW_WORDS = 12
"""So many are all summed: each is the point of a question as short as that."""
FEW_POSTINGS = 50_000
"""So many are summed in less time than it takes to choose among them."""
POSTINGS_SHARE = 1 / 3
"""Postings that are summed for each document of the build, where words are many."""

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
    stems: list[str] = _OF_THREAD.stemmer.stemWords(
        [word for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS]
    )
    return stems


class _Stemming(threading.local):
    """A stemmer is not to be shared between threads; kept, it knows again the words it has seen."""

    def __init__(self) -> None:
        self.stemmer = Stemmer.Stemmer("english")


_OF_THREAD = _Stemming()


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


class LexicalIndex:
    """Word scores of every trial, memory-mapped once saved."""

    def __init__(
        self, postings: Postings, scores: NDArray[np.float32], columns: Mapping[str, int], common: CommonWords
    ) -> None:
        self.postings = postings
        self._scores = scores
        self._common = common
        self._columns = columns
        self._rarities: dict[str, float] = {}

    @classmethod
    def build(cls, documents: Iterable[Sequence[str]]) -> Self:
        """An index of the words of each document, in row order."""
        return cls.of(Postings.of(documents))

    @classmethod
    def of(cls, postings: Postings) -> Self:
        """An index of `postings`."""
        scores = postings.scores()
        columns = {word: column for column, word in enumerate(postings.words)}
        return cls(postings, scores, columns, CommonWords.of(postings, scores))

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
        common = CommonWords.open(folder, postings, _mapped)
        return cls(postings, _mapped(folder / _SCORES_FILE), columns, common)

    def save(self, folder: Path) -> None:
        """Write the index into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / _SCORES_FILE, self._scores)
        np.save(folder / _ROWS_FILE, self.postings.rows)
        np.save(folder / _STARTS_FILE, self.postings.starts)
        np.save(folder / _COUNTS_FILE, self.postings.counts)
        self._common.save(folder)
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

    def scores(self, words: Iterable[str]) -> WordScores:
        """The BM25 score of every document; a word counts as often as it comes."""
        times = {self._columns[word]: count for word, count in Counter(words).items() if word in self._columns}
        columns = np.fromiter(times, np.int64, len(times))
        weights = np.fromiter(times.values(), np.float32, len(times))
        starts, ends = self.postings.starts[columns], self.postings.starts[columns + 1]
        is_summed = self._worth_summing(ends - starts, weights)
        summed = np.zeros(len(self), np.float32)
        for start, end, weight in zip(starts[is_summed], ends[is_summed], weights[is_summed], strict=True):
            # Rows as NumPy counts them: it would turn them into such a few at a time, in twice the time.
            rows = self.postings.rows[start:end].astype(np.intp)
            np.add.at(summed, rows, weight * self._scores[start:end])
        left = np.zeros(len(self._common.columns), np.float32)
        left[np.searchsorted(self._common.columns, columns[~is_summed])] = weights[~is_summed]
        return WordScores(summed, left, self._common)

    def _worth_summing(self, frequencies: NDArray[np.int64], weights: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which of the words: the rare ones, and of the common ones as many as a bounded number of postings allows."""
        most = max(FEW_POSTINGS, int(POSTINGS_SHARE * len(self)))
        is_summed = frequencies <= len(self) // COMMON
        if len(weights) <= FEW_WORDS or frequencies.sum() <= most or not len(self._common.columns):
            return np.ones_like(is_summed)
        room = most - int(frequencies[is_summed].sum())
        common = np.flatnonzero(~is_summed)
        # By what a word can add to a score, less where many share it: of five orders it found the most of the best.
        rarities = np.log(1 + (len(self) - frequencies[common] + 0.5) / (frequencies[common] + 0.5))
        for place in common[np.argsort(-weights[common] * rarities / np.sqrt(frequencies[common]))].tolist():
            if frequencies[place] <= room:
                is_summed[place] = True
                room -= int(frequencies[place])
        return is_summed


def _mapped(path: Path) -> Any:
    # A plain view of the mapped file: np.memmap's own indexing costs more than summing a column.
    return np.asarray(np.load(path, mmap_mode="r"))
