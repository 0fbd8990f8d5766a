"""Why a trial is among the hits, by all that was asked."""

from collections.abc import Mapping
from functools import cached_property, lru_cache

import numpy as np

from search.artefact.facet_terms import TERM_FACETS
from search.artefact.reading import Artefact
from search.evidence import Evidence, Example
from search.mesh import MeshInformation
from search.passage import Facet
from search.phrases import says, text_of
from search.reasons import (
    CONDITION_KINDS,
    Reason,
    ReasonKind,
    Terms,
    reason_by_difference,
    reason_by_id,
    reason_by_mesh,
    reason_by_words,
    reasons_by_terms,
    turned,
    weighing,
)
from search.record_reasons import reasons_by_record
from search.term_reader import TermReader
from search.trial import Trial


class Explainer:
    """Finds reasons in one build. Safe to share between threads."""

    def __init__(self, artefact: Artefact) -> None:
        self._artefact = artefact
        self._reader = TermReader(artefact)
        self._weigh = weighing(artefact.lexical.rarity)
        # One question is asked of each of its hits.
        self._query_terms = lru_cache(maxsize=16)(self._reader.terms)

    def prepare(self) -> None:
        """Find out now which interventions tell nothing and how much each heading tells."""
        self._reader.prepare()
        _ = self._mesh_information

    def reasons(self, evidence: Evidence, row: int, hit: Trial) -> tuple[Reason, ...]:
        """What the trial in `row` has in common with each trial and text asked with; of the same thing the surest."""
        if len(evidence.examples) == 1:
            return self._reasons(evidence.examples[0], row, hit)
        best: dict[tuple[ReasonKind, str], Reason] = {}
        for one in evidence.examples:
            for reason in self._reasons(one, row, hit):
                key = reason.kind, reason.hit_term
                best[key] = max(best.get(key, reason), reason, key=lambda other: other.likeness)
        if any(kind in CONDITION_KINDS for kind, _ in best):
            # Unlike one of several trials asked with, and like another.
            best = {key: reason for key, reason in best.items() if key[0] is not ReasonKind.DIFFERENT_CONDITION}
        kinds = list(ReasonKind)
        return tuple(sorted(best.values(), key=lambda reason: (kinds.index(reason.kind), -reason.likeness)))

    def _reasons(self, asked: Example, row: int, hit: Trial) -> tuple[Reason, ...]:
        if asked.trial is None or asked.row is None:
            return tuple(self._by_text(asked, row, hit))
        query = asked.trial
        found: list[Reason] = []
        ours, theirs = self._query_terms(asked.row, query), self._reader.terms(row, hit)
        for facet in TERM_FACETS:
            if ours[facet].texts:
                by_terms = reasons_by_terms(facet, ours[facet], theirs[facet], hit.brief_title, self._weigh)
            else:
                # A sparse record may name them in its title alone; there the hit's terms are looked for.
                by_title = reasons_by_terms(facet, theirs[facet], ours[facet], query.brief_title, self._weigh)
                by_terms = [turned(reason) for reason in by_title]
            by_mesh = reason_by_mesh(facet, query, hit, self._mesh_information[facet])
            if by_mesh and not any(reason.kind is by_mesh.kind for reason in by_terms):
                by_terms.append(by_mesh)
            found += by_terms
        if not found:
            found += reason_by_words(_said(query, ours), _said(hit, theirs), self._weigh)
        if not any(reason.kind in CONDITION_KINDS for reason in found):
            conditions = ours[Facet.CONDITION], theirs[Facet.CONDITION]
            found += reason_by_difference(*conditions, np.asarray(self._artefact.titles[row]))
        return (*reason_by_id(query, hit), *found, *reasons_by_record(query, hit))

    def _by_text(self, asked: Example, row: int, hit: Trial) -> list[Reason]:
        found: list[Reason] = []
        theirs = self._reader.terms(row, hit)
        for facet in TERM_FACETS:
            # A free text says more than one facet; no title need say it all.
            terms = asked.terms[facet], theirs[facet]
            found += reasons_by_terms(facet, *terms, "", self._weigh, of_text=True)
        found += [
            Reason(ReasonKind.SAME_WORDS, token, token, 1.0) for token in asked.tokens if says(text_of(hit), token)
        ]
        text = asked.terms[Facet.TITLE].texts[0]
        return found or reason_by_words(text, _said(hit, theirs), self._weigh)

    @cached_property
    def _mesh_information(self) -> Mapping[Facet, MeshInformation]:
        return {facet: MeshInformation(self._artefact.trials, facet) for facet in TERM_FACETS}


def _said(trial: Trial, terms: Mapping[Facet, Terms]) -> str:
    """The title and what the terms say, without control arms."""
    return "\n".join((trial.brief_title, *(reading for facet in TERM_FACETS for reading in terms[facet].read())))
