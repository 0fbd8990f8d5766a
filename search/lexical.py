"""BM25 over the words of a trial, its fields weighted by repetition.

bm25s (Lù 2024, arXiv:2407.03618) builds and stores the matrix of term scores; a column is one word's score in every
trial, so that a query of weighted words is a weighted sum of columns.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import reduce
from pathlib import Path
from typing import Self

import bm25s
import numpy as np
import Stemmer
from bm25s.stopwords import STOPWORDS_EN
from numpy.typing import NDArray

from search.trial import Trial

# Measured on the tuning labels (docs/relevance.md); flat around these values.
K1, B = 1.5, 0.75
TITLE_REPEATS, OTHER_REPEATS = 3, 2

LEXICAL_FIELDS = ("conditions", "interventions", "keywords", "official_title", "brief_summary")
"""What `words_of_trial` reads beside the title."""

_WORD = re.compile(r"\w\w+")
_STOP_WORDS = frozenset(STOPWORDS_EN)


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


class LexicalIndex:
    """Word scores of every trial, memory-mapped once saved."""

    def __init__(self, matrix: bm25s.BM25) -> None:
        self._matrix = matrix
        self._rarities: dict[str, float] = {}

    @classmethod
    def build(cls, documents: Iterable[Sequence[str]]) -> Self:
        """An index of the words of each document, in row order."""
        vocabulary: dict[str, int] = {}
        numbers = [[vocabulary.setdefault(word, len(vocabulary)) for word in words] for words in documents]
        # bm25s wants a word, even where no document has one.
        vocabulary.setdefault("", len(vocabulary))
        matrix = bm25s.BM25(k1=K1, b=B, method="lucene")
        with np.errstate(invalid="ignore"):  # where no document has a word, their mean length is 0
            matrix.index((numbers, vocabulary), create_empty_token=False, show_progress=False)
        return cls(matrix)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The index that `save` wrote, memory-mapped."""
        matrix = bm25s.BM25.load(folder, mmap=True, show_progress=False)
        # Plain views of the mapped files: np.memmap's own indexing costs more than summing a column.
        matrix.scores |= {name: np.asarray(matrix.scores[name]) for name in ("data", "indices", "indptr")}
        return cls(matrix)

    def save(self, folder: Path) -> None:
        """Write the index into `folder`."""
        self._matrix.save(folder, show_progress=False)

    def __len__(self) -> int:
        """How many documents."""
        return int(self._matrix.scores["num_docs"])

    def rarity(self, word: str) -> float:
        """Inverse document frequency of `word`, ln(1 + (n - df + .5) / (df + .5)) as Lucene has it."""
        known = self._rarities.get(word)
        if known is not None:
            return known
        column = self._matrix.vocab_dict.get(word)
        starts = self._matrix.scores["indptr"]
        frequency = 0 if column is None else int(starts[column + 1] - starts[column])
        rarity = math.log(1 + (len(self) - frequency + 0.5) / (frequency + 0.5))
        if column is not None:  # so that no more is kept than there are words
            self._rarities[word] = rarity
        return rarity

    def rows(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The documents that have all of `words`, in row order."""
        columns = [self._matrix.vocab_dict.get(word) for word in dict.fromkeys(words)]
        if None in columns or not columns:
            return np.empty(0, np.int64)
        parts = self._matrix.scores
        spans = [
            np.asarray(parts["indices"][parts["indptr"][column] : parts["indptr"][column + 1]]) for column in columns
        ]
        rows = reduce(np.intersect1d, sorted(spans, key=len))
        return np.asarray(rows, np.int64)

    def scores(self, words: Iterable[str]) -> NDArray[np.float32]:
        """(n,) BM25 score of every document; a word counts as often as it comes."""
        parts = self._matrix.scores
        scores = np.zeros(len(self), dtype=np.float32)
        for word, times in Counter(words).items():
            column = self._matrix.vocab_dict.get(word)
            if column is not None:
                span = slice(parts["indptr"][column], parts["indptr"][column + 1])
                scores[parts["indices"][span]] += times * parts["data"][span]
        return scores
