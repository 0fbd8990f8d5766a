"""Answers "which trials are related?", by trial or by text."""

import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from search.artefact.facet_terms import TERM_FACETS
from search.artefact.manifest import Manifest
from search.artefact.reading import Artefact, open_current
from search.encoders.base import Encoder
from search.encoders.catalogue import open_encoder
from search.errors import BadInput, UnknownTrial, UnusableEncoder
from search.filters import Filters, allowed_rows
from search.lexical import words_of, words_of_trial
from search.passage import Facet, tidy
from search.ranking import NEIGHBOURS, TRIAL_WEIGHTS, Evidence, Leg, best_rows, candidates, score_parts, text_weights
from search.reasons import NO_TERMS, Shared, Terms, shared_terms
from search.trial import Trial
from search.vectors import Mask

MAX_K = 100
Asked = Mapping[Facet, Terms] | Terms
"""What is asked for: a trial's terms by facet, or a text."""
TINY = np.finfo(np.float32).tiny
MAX_QUERY_LENGTH = 10_000
"""Characters of a free-text query; encoders read far fewer."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One related trial; `parts` add up to `score`, up to rounding."""

    rank: int
    score: float
    parts: dict[str, float]
    shared: tuple[Shared, ...]
    trial: Trial


@dataclass(frozen=True, slots=True)
class Hits:
    """The best hits, best first, and how many trials the filters left to choose from."""

    hits: tuple[Hit, ...]
    eligible: int


class SearchEngine:
    """One opened build and the means to ask it. Safe to share between threads."""

    def __init__(self, artefact: Artefact, *, open_encoder: Callable[[str], Encoder] = open_encoder) -> None:
        self._artefact = artefact
        self._open_encoder = open_encoder
        self._encoder_lock = threading.Lock()
        self._encoder: Encoder | None = None

    @classmethod
    def open(cls, root: Path) -> "SearchEngine":
        """The engine on the live build at `root`. Raises NoIndex or CorruptBuild."""
        return cls(open_current(root))

    @property
    def manifest(self) -> Manifest:
        """What the build says of itself."""
        return self._artefact.manifest

    def trial(self, identifier: str) -> Trial:
        """The trial that an NCT id, alias or secondary id names. Raises UnknownTrial, BadInput."""
        return self._artefact.trials.trial(self._artefact.identifiers.row(identifier))

    def similar(
        self, identifier: str, *, k: int = 10, filters: Filters | None = None, among: Collection[str] | None = None
    ) -> Hits:
        """The k trials most like the one that `identifier` names, itself left out; no encoder is needed.

        With `among`, only trials that these identifiers name are ranked; those the build lacks are passed over.
        Raises UnknownTrial, BadInput.
        """
        row = self._artefact.identifiers.row(identifier)
        trial = self._artefact.trials.trial(row)
        words = self._artefact.lexical.scores(words_of_trial(trial))
        evidence = Evidence(
            passage=self._artefact.passages.vectors(np.array([row])),
            title=np.asarray(self._artefact.titles[row : row + 1]),
            # The trial's own score is the most that its words can give.
            words=words / max(words[row], TINY),
            weights=TRIAL_WEIGHTS,
        )
        asked = {facet: self._terms(facet, row) for facet in TERM_FACETS}
        # Drop by row, never by rank: equal trials may come before the query itself.
        return self._rank(evidence, asked, k, self._allowed(filters, among), without=row)

    def search(
        self, text: str, *, k: int = 10, filters: Filters | None = None, among: Collection[str] | None = None
    ) -> Hits:
        """The k trials that a free text asks for; `among` as in `similar`.

        Raises BadInput, and UnusableEncoder where the text cannot be encoded.
        """
        text = tidy(text)
        if not text or len(text) > MAX_QUERY_LENGTH:
            raise BadInput(f"a query has 1 to {MAX_QUERY_LENGTH:,} characters; this one has {len(text):,}")
        vector = self._opened_encoder().encode_queries([text])
        words = words_of(text)
        scores = self._artefact.lexical.scores(words)
        evidence = Evidence(
            passage=vector,
            title=vector,
            words=scores / max(scores.max(), TINY),
            weights=text_weights(len(set(words))),
        )
        return self._rank(evidence, Terms([text], vector), k, self._allowed(filters, among))

    def _opened_encoder(self) -> Encoder:
        with self._encoder_lock:
            self._encoder = self._encoder or self._open_matching_encoder()
            return self._encoder

    def _open_matching_encoder(self) -> Encoder:
        built_with = self.manifest.encoder
        encoder = self._open_encoder(built_with.spec)
        if encoder.revision != built_with.revision:
            raise UnusableEncoder(
                f"the index was built with {built_with.spec} of revision {built_with.revision}, here it is of revision "
                f"{encoder.revision}; install the former, or build again with: trialkin rebuild-index"
            )
        return encoder

    def _allowed(self, filters: Filters | None, among: Collection[str] | None) -> Mask | None:
        allowed = allowed_rows(filters or Filters(), self._artefact.trials)
        if among is None:
            return allowed
        named = np.zeros(len(self._artefact.trials), dtype=np.bool_)
        for identifier in among:
            with suppress(UnknownTrial):
                named[self._artefact.identifiers.row(identifier)] = True
        return named if allowed is None else named & allowed

    def _rank(
        self, evidence: Evidence, asked: Asked, k: int, allowed: Mask | None, *, without: int | None = None
    ) -> Hits:
        if not 1 <= k <= MAX_K:
            raise BadInput(f"k is {k}; it must be from 1 to {MAX_K}")
        others = np.ones(len(self._artefact.trials), dtype=np.bool_)
        if without is not None:
            others[without] = False
        # Neighbours come from all trials, so that a filter takes trials off the list and never reorders it.
        rows = candidates(evidence, self._artefact, others)
        neighbours = np.empty(0, dtype=np.int64)
        if Leg.NEIGHBOURS in evidence.weights:
            neighbours, _ = best_rows(rows, score_parts(evidence, self._artefact, rows, neighbours), NEIGHBOURS)
        if allowed is not None:
            others &= allowed
            rows = candidates(evidence, self._artefact, others)
        parts = score_parts(evidence, self._artefact, rows, neighbours)
        best, places = best_rows(rows, parts, k)
        return Hits(
            hits=tuple(
                self._hit(rank, row, {leg: float(values[place]) for leg, values in parts.items()}, asked)
                for rank, (row, place) in enumerate(zip(best.tolist(), places, strict=True), start=1)
            ),
            eligible=int(np.count_nonzero(others)),
        )

    def _hit(self, rank: int, row: int, parts: Mapping[Leg, float], asked: Asked) -> Hit:
        trial = self._artefact.trials.trial(row)
        return Hit(
            rank=rank,
            score=round(sum(parts.values()), 4),
            parts={leg.value: round(part, 4) for leg, part in parts.items()},
            shared=self._shared(asked, row, trial),
            trial=trial,
        )

    def _shared(self, asked: Asked, row: int, trial: Trial) -> tuple[Shared, ...]:
        rarity = self._artefact.lexical.rarity
        if isinstance(asked, Terms):
            # A text is of no one facet: it is held against the terms of each, and against the title where none is met.
            by_terms = [shared_terms(facet, asked, self._terms(facet, row), "", rarity) for facet in TERM_FACETS]
            found = list(chain(*by_terms)) or shared_terms(Facet.TITLE, asked, NO_TERMS, trial.brief_title, rarity)
        else:
            found = [
                shared
                for facet, terms in asked.items()
                for shared in shared_terms(facet, terms, self._terms(facet, row), trial.brief_title, rarity)
            ]
        return tuple(found)

    def _terms(self, facet: Facet, row: int) -> Terms:
        terms = self._artefact.terms
        numbers = terms.lists[facet].of(row)
        return Terms(terms.texts(numbers), terms.vectors[numbers])
