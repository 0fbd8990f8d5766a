"""Why a trial is among the hits, by all that was asked."""

from collections.abc import Mapping
from functools import cached_property

from search.artefact.facet_terms import TERM_FACETS
from search.artefact.reading import Artefact
from search.evidence import Evidence, Example, terms_of
from search.mesh import MeshInformation
from search.passage import Facet, passage
from search.reasons import (
    Reason,
    ReasonKind,
    reason_by_id,
    reason_by_mesh,
    reason_by_words,
    reasons_by_record,
    reasons_by_terms,
)
from search.trial import Trial


class Explainer:
    """Finds reasons in one build. Safe to share between threads."""

    def __init__(self, artefact: Artefact) -> None:
        self._artefact = artefact

    def reasons(self, evidence: Evidence, row: int, hit: Trial) -> tuple[Reason, ...]:
        """What the trial in `row` has in common with each trial and text asked with; of the same thing the surest."""
        if len(evidence.examples) == 1:
            return self._reasons(evidence.examples[0], row, hit)
        best: dict[tuple[ReasonKind, str], Reason] = {}
        for one in evidence.examples:
            for reason in self._reasons(one, row, hit):
                key = reason.kind, reason.hit_term
                best[key] = max(best.get(key, reason), reason, key=lambda other: other.likeness)
        kinds = list(ReasonKind)
        return tuple(sorted(best.values(), key=lambda reason: (kinds.index(reason.kind), -reason.likeness)))

    def _reasons(self, asked: Example, row: int, hit: Trial) -> tuple[Reason, ...]:
        rarity, query = self._artefact.lexical.rarity, asked.trial
        found: list[Reason] = []
        for facet in TERM_FACETS:
            title = hit.brief_title if query else ""  # a free text says more than one facet; no title need say it all
            terms = asked.terms[facet], terms_of(self._artefact, facet, row)
            by_terms = reasons_by_terms(facet, *terms, title, rarity, of_text=query is None)
            by_mesh = reason_by_mesh(facet, query, hit, self._mesh_information[facet]) if query else None
            if by_mesh and not any(reason.kind is by_mesh.kind for reason in by_terms):
                by_terms.append(by_mesh)
            found += by_terms
        if not found:
            text = passage(query) if query else asked.terms[Facet.TITLE].texts[0]
            found += reason_by_words(text, hit.brief_title, rarity)
        if query is None:
            return tuple(found)
        return (*reason_by_id(query, hit), *found, *reasons_by_record(query, hit))

    @cached_property
    def _mesh_information(self) -> Mapping[Facet, MeshInformation]:
        return {facet: MeshInformation(self._artefact.trials, facet) for facet in TERM_FACETS}
