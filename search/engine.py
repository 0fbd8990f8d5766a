"""Answers "which trials are related?", by trial or by text."""

import re
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from search.artefact.facet_terms import TERM_FACETS
from search.artefact.manifest import Manifest
from search.artefact.reading import Artefact, open_current
from search.bands import CALIBRATED_REVISION, Band, band_of
from search.encoders.base import Encoder
from search.encoders.catalogue import open_encoder
from search.errors import BadInput, UnknownEncoder, UnknownTrial, UnusableEncoder
from search.filters import Filters, allowed_rows
from search.lexical import words_of, words_of_trial
from search.mesh import MeshInformation
from search.pair import Pair, facet_pairs
from search.passage import Facet, passage, tidy
from search.ranking import (
    NEIGHBOURS,
    TRIAL_WEIGHTS,
    Evidence,
    Leg,
    best_first,
    find_candidates,
    lent_by,
    only,
    score_parts,
    text_weights,
    with_facets,
)
from search.reasons import (
    Reason,
    Terms,
    reason_by_id,
    reason_by_mesh,
    reason_by_words,
    reasons_by_record,
    reasons_by_terms,
)
from search.trial import Trial
from search.vectors import Mask

MAX_K = 100
TINY = np.finfo(np.float32).tiny
MAX_QUERY_LENGTH = 10_000
"""Characters of a free-text query; encoders read far fewer."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One related trial; `parts` add up to `score`, up to rounding."""

    rank: int
    score: float
    band: Band | None
    """None where the bands were not measured: for a free text, for facets with weights, for another encoder."""
    parts: dict[str, float]
    reasons: tuple[Reason, ...]
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
        """The trial that a primary id, alias or secondary id names. Raises UnknownTrial, BadInput."""
        return self._artefact.trials.trial(self._artefact.identifiers.row(identifier))

    def similar(
        self,
        identifier: str,
        *,
        k: int = 10,
        filters: Filters | None = None,
        among: Collection[str] | None = None,
        weights: Mapping[Facet, float] | None = None,
    ) -> Hits:
        """The k trials most like the one that `identifier` names, itself left out; no encoder is needed.

        With `among`, only trials that these identifiers name are ranked; those the build lacks are passed over. With
        `weights`, the facets named count more, in the ratio of their numbers. Raises UnknownTrial, BadInput.
        """
        row = self._artefact.identifiers.row(identifier)
        trial = self._artefact.trials.trial(row)
        words = self._artefact.lexical.scores(words_of_trial(trial))
        evidence = Evidence(
            trial=trial,
            passage=self._artefact.passages.vectors(np.array([row]))[0],
            title=np.asarray(self._artefact.titles[row]),
            terms={facet: self._terms(facet, row) for facet in TERM_FACETS},
            # The trial's own score is the most that its words can give.
            words=words / max(words[row], TINY),
            weights=with_facets(TRIAL_WEIGHTS, weights or {}),
        )
        return self._rank(evidence, k, self._allowed(filters, among), without=row)

    def search(
        self,
        text: str,
        *,
        k: int = 10,
        filters: Filters | None = None,
        among: Collection[str] | None = None,
        weights: Mapping[Facet, float] | None = None,
    ) -> Hits:
        """The k trials that a free text asks for; `among` and `weights` as in `similar`.

        Raises BadInput, and UnusableEncoder where the text cannot be encoded.
        """
        text = tidy(text)
        if len(text) > MAX_QUERY_LENGTH:
            raise BadInput(f"a query has at most {MAX_QUERY_LENGTH:,} characters; this one has {len(text):,}")
        if not re.search(r"\w", text):
            raise BadInput(f"nothing to look for in {text!r}; name a condition, an intervention or both")
        words = words_of(text)
        vector = self._opened_encoder().encode_queries([text])
        scores = self._artefact.lexical.scores(words)
        evidence = Evidence(
            trial=None,
            passage=vector[0],
            title=vector[0],
            # A text is of no one facet: it is held against each.
            terms=dict.fromkeys(Facet, Terms((text,), vector)),
            words=scores / max(scores.max(), TINY),
            weights=with_facets(text_weights(len(set(words))), weights or {}),
        )
        return self._rank(evidence, k, self._allowed(filters, among))

    def compare(self, identifier: str, other: str) -> Pair:
        """Two trials side by side. Raises UnknownTrial, BadInput (also where both name one trial)."""
        first, second = (self._artefact.identifiers.row(name) for name in (identifier, other))
        if first == second:
            raise BadInput(f"{identifier} and {other} are one trial; name two to compare")
        trial_ids = self._artefact.trials.trial_ids([first, second])
        (hit,) = self.similar(trial_ids[0], k=1, among=[trial_ids[1]]).hits
        return Pair(
            first=self._artefact.trials.trial(first),
            second=hit.trial,
            score=hit.score,
            band=hit.band,
            reasons=hit.reasons,
            facets=facet_pairs(self._artefact, first, second),
        )

    def _opened_encoder(self) -> Encoder:
        with self._encoder_lock:
            self._encoder = self._encoder or self._open_matching_encoder()
            return self._encoder

    def _open_matching_encoder(self) -> Encoder:
        built_with = self.manifest.encoder
        try:
            encoder = self._open_encoder(built_with.spec)
        except UnknownEncoder as error:
            raise UnusableEncoder(
                f"the index was built with the encoder {built_with.spec}, which is not here; put it there, or build "
                "again with: trialkin rebuild-index"
            ) from error
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

    def _rank(self, evidence: Evidence, k: int, allowed: Mask | None, *, without: int | None = None) -> Hits:
        if not 1 <= k <= MAX_K:
            raise BadInput(f"k is {k}; it must be from 1 to {MAX_K}")
        pool = lenders = find_candidates(evidence, self._artefact, without=without)
        parts = score_parts(evidence, self._artefact, pool)
        if Leg.NEIGHBOURS in evidence.weights:
            # Lenders come from all trials, so that a filter takes trials off the list and never reorders it.
            lenders = only(pool, best_first(pool, parts, NEIGHBOURS))
        eligible = len(self._artefact.trials) if allowed is None else int(np.count_nonzero(allowed))
        if without is not None:
            eligible -= 1 if allowed is None else int(allowed[without])
        if allowed is not None:
            pool = find_candidates(evidence, self._artefact, allowed=allowed, without=without)
            parts = score_parts(evidence, self._artefact, pool)
        if Leg.NEIGHBOURS in evidence.weights and len(lenders.rows):
            parts[Leg.NEIGHBOURS] = lent_by(lenders, pool, evidence.weights[Leg.NEIGHBOURS])
        return Hits(
            hits=tuple(
                self._hit(
                    rank, int(pool.rows[place]), {leg: float(part[place]) for leg, part in parts.items()}, evidence
                )
                for rank, place in enumerate(best_first(pool, parts, k), start=1)
            ),
            eligible=eligible,
        )

    def _hit(self, rank: int, row: int, parts: Mapping[Leg, float], evidence: Evidence) -> Hit:
        trial = self._artefact.trials.trial(row)
        score = round(sum(parts.values()), 4)
        measured = evidence.weights == TRIAL_WEIGHTS and self.manifest.encoder.revision == CALIBRATED_REVISION
        return Hit(
            rank=rank,
            score=score,
            band=band_of(score) if measured else None,
            parts={leg.value: round(part, 4) for leg, part in parts.items()},
            reasons=self._reasons(evidence, row, trial),
            trial=trial,
        )

    def _reasons(self, evidence: Evidence, row: int, hit: Trial) -> tuple[Reason, ...]:
        rarity, query = self._artefact.lexical.rarity, evidence.trial
        found: list[Reason] = []
        for facet in TERM_FACETS:
            title = hit.brief_title if query else ""  # a free text says more than one facet; no title need say it all
            terms = evidence.terms[facet], self._terms(facet, row)
            by_terms = reasons_by_terms(facet, *terms, title, rarity, of_text=query is None)
            by_mesh = reason_by_mesh(facet, query, hit, self._mesh_information[facet]) if query else None
            if by_mesh and not any(reason.kind is by_mesh.kind for reason in by_terms):
                by_terms.append(by_mesh)
            found += by_terms
        if not found:
            asked = passage(query) if query else evidence.terms[Facet.TITLE].texts[0]
            found += reason_by_words(asked, hit.brief_title, rarity)
        if query is None:
            return tuple(found)
        return (*reason_by_id(query, hit), *found, *reasons_by_record(query, hit))

    @cached_property
    def _mesh_information(self) -> Mapping[Facet, MeshInformation]:
        return {facet: MeshInformation(self._artefact.trials, facet) for facet in TERM_FACETS}

    def _terms(self, facet: Facet, row: int) -> Terms:
        terms = self._artefact.terms
        numbers = terms.lists[facet].of(row)
        return Terms(terms.texts(numbers), terms.vectors[numbers])
