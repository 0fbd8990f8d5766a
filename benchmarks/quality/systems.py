"""The baselines, by name: what else ranks trials, over the same trials and the same vectors as the engine."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import bm25s
import numpy as np
import pyarrow as pa
import Stemmer
from ir_measures import ScoredDoc
from numpy.typing import NDArray

from indexer.build import CACHE_FOLDER
from indexer.embedding_cache import EmbeddingCache
from search.artefact.layout import TRIALS_FILE
from search.artefact.lifecycle import current_build
from search.artefact.reading import open_current
from search.artefact.trial_table import read_trials
from search.encoders.base import Encoder
from search.encoders.catalogue import open_encoder
from search.evaluation import ranked_list
from search.listing import MAX_K
from search.passage import passage
from search.trial import Trial

Scores = NDArray[np.float32]
FIELDS: Mapping[str, Callable[[Trial], str]] = {
    "title": lambda trial: trial.brief_title,
    "conditions": lambda trial: " ".join(trial.conditions),
    "interventions": lambda trial: " ".join(intervention.name for intervention in trial.interventions),
    "summary": lambda trial: trial.brief_summary or "",
}


@dataclass(frozen=True, slots=True)
class Question:
    """A trial by its row, or a text."""

    row: int | None = None
    text: str = ""


class System(Protocol):
    """Anything that scores every trial for a question."""

    def scores(self, question: Question) -> Scores:
        """(n,) scores, higher is better."""
        ...


class Corpus:
    """The trials of the live build at `root`, with its vectors."""

    def __init__(self, root: Path) -> None:
        self._artefact = open_current(root)
        table = pa.ipc.open_file(pa.memory_map(str(current_build(root) / TRIALS_FILE))).read_all()
        self.trials = list(read_trials(table, ["conditions", "interventions", "brief_summary"]))
        self.rows = {trial.trial_id: row for row, trial in enumerate(self.trials)}
        self.titles = np.asarray(self._artefact.titles)
        # The engine's also hold the summary; these are the plain ones.
        with EmbeddingCache(root / CACHE_FOLDER, self._artefact.manifest.encoder.revision) as cache:
            self.passages = cache.vectors([passage(trial) for trial in self.trials])
        self._systems: dict[str, System] = {}

    @cached_property
    def _encoder(self) -> Encoder:
        return open_encoder(self._artefact.manifest.encoder.spec)

    def encoded(self, text: str) -> Scores:
        """(dim,) vector of a query text."""
        vector: Scores = self._encoder.encode_queries([text])[0]
        return vector

    def system(self, name: str) -> System:
        """The baseline called `name`, made once."""
        if name not in self._systems:
            self._systems[name] = BASELINES[name](self)
        return self._systems[name]


class Bm25:
    """bm25s with English stop words and stemmer; a field weighs as often as it is repeated, in trials and queries."""

    def __init__(self, corpus: Corpus, **weights: int) -> None:
        self._texts = [
            " ".join(text for field, times in weights.items() for text in [FIELDS[field](trial)] * times)
            for trial in corpus.trials
        ]
        self._stemmer = Stemmer.Stemmer("english")
        self._index = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
        tokens = bm25s.tokenize(self._texts, stopwords="en", stemmer=self._stemmer, show_progress=False)
        self._index.index(tokens, show_progress=False)

    def scores(self, question: Question) -> Scores:
        """(n,) BM25 scores."""
        text = question.text if question.row is None else self._texts[question.row]
        [words] = bm25s.tokenize(
            [text], stopwords="en", stemmer=self._stemmer, return_ids=False, show_progress=False, allow_empty=False
        )
        known = [word for word in words if word in self._index.vocab_dict]
        scores: Scores = self._index.get_scores(known) if known else np.zeros(len(self._texts), dtype=np.float32)
        return scores


class Dense:
    """Cosine of one vector a trial with that of the query trial, or of the text."""

    def __init__(self, corpus: Corpus, vectors: Scores) -> None:
        self._corpus, self._vectors = corpus, vectors

    def scores(self, question: Question) -> Scores:
        """(n,) cosines."""
        query = self._corpus.encoded(question.text) if question.row is None else self._vectors[question.row]
        cosines: Scores = self._vectors @ query
        return cosines


class ReciprocalRanks:
    """Sum of 1 / (rank + 20), rank from 0: how TrialGPT joins two lists (Jin et al. 2024; Cormack et al. 2009)."""

    K = 20

    def __init__(self, *legs: System) -> None:
        self._legs = legs

    def scores(self, question: Question) -> Scores:
        """(n,) sums."""
        lists = [_without_query(leg.scores(question), question) for leg in self._legs]
        ranks = [np.argsort(np.argsort(-scores, kind="stable"), kind="stable") for scores in lists]
        total: Scores = np.sum([1 / (rank + self.K) for rank in ranks], axis=0)
        return total


class HalfAndHalf:
    """.5 BM25, as a share of the query trial's own score (of the best, for a text), + .5 cosine."""

    def __init__(self, words: System, meaning: System) -> None:
        self._words, self._meaning = words, meaning

    def scores(self, question: Question) -> Scores:
        """(n,) sums."""
        words = self._words.scores(question)
        most = words.max() if question.row is None else words[question.row]
        return 0.5 * words / max(float(most), 1e-9) + 0.5 * self._meaning.scores(question)


BASELINES: Mapping[str, Callable[[Corpus], System]] = {
    "BM25 title": lambda corpus: Bm25(corpus, title=1),
    "BM25 title, conditions, interventions": lambda corpus: Bm25(corpus, title=1, conditions=1, interventions=1),
    "BM25 3x title, 2x conditions, interventions": lambda corpus: Bm25(corpus, title=3, conditions=2, interventions=1),
    "BM25 title, conditions, interventions, summary": lambda corpus: Bm25(
        corpus, title=1, conditions=1, interventions=1, summary=1
    ),
    "dense title": lambda corpus: Dense(corpus, corpus.titles),
    "dense passage": lambda corpus: Dense(corpus, corpus.passages),
    "RRF as TrialGPT": lambda corpus: ReciprocalRanks(
        corpus.system("BM25 3x title, 2x conditions, interventions"), corpus.system("dense passage")
    ),
    "convex .5 BM25 with summary + .5 passage": lambda corpus: HalfAndHalf(
        corpus.system("BM25 title, conditions, interventions, summary"), corpus.system("dense passage")
    ),
}


def baseline_run(
    corpus: Corpus,
    name: str,
    queries: Iterable[str],
    *,
    texts: Mapping[str, str] | None = None,
    among: Mapping[str, Collection[str]] | None = None,
) -> list[ScoredDoc]:
    """The best MAX_K trials for each of `queries` by the baseline `name`; as search.evaluation.engine_run asks."""
    system = corpus.system(name)
    run: list[ScoredDoc] = []
    for query_id in queries:
        question = Question(row=corpus.rows[query_id]) if texts is None else Question(text=texts[query_id])
        scores = _without_query(system.scores(question), question)
        rows = np.arange(len(scores)) if among is None else np.sort([corpus.rows[doc_id] for doc_id in among[query_id]])
        best = rows[np.argsort(-scores[rows], kind="stable")][:MAX_K]
        run += ranked_list(query_id, [corpus.trials[row].trial_id for row in best if row != question.row])
    return run


def _without_query(scores: Scores, question: Question) -> Scores:
    """`scores` with the query trial behind all others."""
    if question.row is None:
        return scores
    scores = scores.copy()
    scores[question.row] = -np.inf
    return scores
