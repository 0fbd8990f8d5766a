"""Answers "which trials are related?", by trial or by text."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from search.artefact.facet_terms import TERM_FACETS
from search.artefact.manifest import Manifest
from search.artefact.reading import Artefact, open_current
from search.encoders.base import Encoder
from search.encoders.catalogue import open_encoder
from search.errors import BadInput, UnusableEncoder
from search.filters import Filters, allowed_rows
from search.passage import Facet, tidy, title_text
from search.ranking import QueryVectors, cosines_by_part, weigh
from search.reasons import Shared, named_in_title, shared_terms
from search.trial import Trial
from search.vectors import Mask

MAX_K = 100
MAX_QUERY_LENGTH = 10_000
"""Characters of a free-text query; encoders read far fewer."""
CANDIDATES = 500
"""How many rows of the nearest passages are scored in full."""


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

    def similar(self, identifier: str, *, k: int = 10, filters: Filters | None = None) -> Hits:
        """The k trials most like the one that `identifier` names, itself left out; no encoder is needed.

        Raises UnknownTrial, BadInput.
        """
        row = self._artefact.identifiers.row(identifier)
        terms = self._artefact.terms
        query = QueryVectors(
            passage=self._artefact.passages.vectors(np.array([row])),
            title=self._artefact.titles[row : row + 1],
            terms={facet: terms.vectors[terms.lists[facet].of(row)] for facet in TERM_FACETS},
        )
        asked = {facet: terms.texts(terms.lists[facet].of(row)) for facet in TERM_FACETS}
        # Drop by row, never by rank: equal trials may come before the query itself.
        return self._rank(query, asked, k, self._allowed(filters, without=row))

    def search(self, text: str, *, k: int = 10, filters: Filters | None = None) -> Hits:
        """The k trials that a free text asks for.

        Raises BadInput, and UnusableEncoder where the text cannot be encoded.
        """
        text = tidy(text)
        if not text or len(text) > MAX_QUERY_LENGTH:
            raise BadInput(f"a query has 1 to {MAX_QUERY_LENGTH:,} characters; this one has {len(text):,}")
        vector = self._opened_encoder().encode_queries([text])
        query = QueryVectors(passage=vector, title=vector, terms=dict.fromkeys(TERM_FACETS, vector))
        return self._rank(query, {facet: [text] for facet in TERM_FACETS}, k, self._allowed(filters))

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

    def _allowed(self, filters: Filters | None, *, without: int | None = None) -> Mask:
        allowed = allowed_rows(filters or Filters(), self._artefact.trials)
        if allowed is None:
            allowed = np.ones(len(self._artefact.trials), dtype=np.bool_)
        if without is not None:
            allowed[without] = False
        return allowed

    def _rank(self, query: QueryVectors, asked: dict[Facet, list[str]], k: int, allowed: Mask) -> Hits:
        if not 1 <= k <= MAX_K:
            raise BadInput(f"k is {k}; it must be from 1 to {MAX_K}")
        rows = self._artefact.passages.top_k(query.passage, CANDIDATES, allowed=allowed).rows[0]
        parts = weigh(cosines_by_part(query, self._artefact, rows))
        scores = np.sum(list(parts.values()), axis=0)
        best = np.lexsort((rows, -scores))[:k]
        return Hits(
            hits=tuple(
                Hit(
                    rank=rank,
                    score=round(float(scores[at]), 4),
                    parts={part: round(float(values[at]), 4) for part, values in parts.items()},
                    shared=self._shared(query, asked, int(rows[at])),
                    trial=self._artefact.trials.trial(int(rows[at])),
                )
                for rank, at in enumerate(best, start=1)
            ),
            eligible=int(np.count_nonzero(allowed)),
        )

    def _shared(self, query: QueryVectors, asked: dict[Facet, list[str]], row: int) -> tuple[Shared, ...]:
        terms = self._artefact.terms
        found: list[Shared] = []
        for facet in TERM_FACETS:
            numbers = terms.lists[facet].of(row)
            if len(numbers):
                found += shared_terms(
                    facet, asked[facet], query.terms[facet], terms.texts(numbers), terms.vectors[numbers]
                )
            else:
                found += named_in_title(facet, asked[facet], title_text(self._artefact.trials.trial(row)))
        return tuple(found)
