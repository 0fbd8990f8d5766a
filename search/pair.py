"""Two trials side by side, facet by facet."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.artefact.facet_terms import TERM_FACETS
from search.artefact.reading import Artefact
from search.bands import Band
from search.facet_match import facet_cosines
from search.passage import Facet
from search.reasons import Reason, Terms, reasons_by_terms
from search.trial import Trial


@dataclass(frozen=True, slots=True)
class FacetPair:
    """What two trials say of one facet; `similarity` is None where one of them says nothing of it.

    A term of one that is neither the other's own nor near anything the other says is only the one's.
    """

    facet: Facet
    similarity: float | None
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two trials; score, band and reasons are those of the second where one asks what is similar to the first."""

    first: Trial
    second: Trial
    score: float
    band: Band | None
    reasons: tuple[Reason, ...]
    facets: tuple[FacetPair, ...]


def facet_pairs(artefact: Artefact, first: int, second: int) -> tuple[FacetPair, ...]:
    """How two rows of `artefact` meet in each facet that has terms."""
    return tuple(_facet_pair(artefact, facet, first, second) for facet in TERM_FACETS)


def _facet_pair(artefact: Artefact, facet: Facet, first: int, second: int) -> FacetPair:
    ours, theirs = (_terms(artefact, facet, row) for row in (first, second))
    similarity = None
    if ours.texts and theirs.texts:
        rows = np.array([second])
        titles = np.asarray(artefact.titles[rows])
        cosine = facet_cosines(ours.vectors, titles[0], artefact.terms, facet, rows, titles)[0]
        similarity = round(min(float(cosine), 1.0), 4)
    return FacetPair(
        facet=facet,
        similarity=similarity,
        only_first=_only(artefact, facet, ours, theirs, second),
        only_second=_only(artefact, facet, theirs, ours, first),
    )


def _only(artefact: Artefact, facet: Facet, own: Terms, others: Terms, other_row: int) -> tuple[str, ...]:
    """The terms of `own` that the trial at `other_row` has nothing of, neither among `others` nor in its title."""
    title = artefact.trials.trial(other_row).brief_title
    said = {text.casefold() for text in others.texts}
    return tuple(
        text
        for text, vector in zip(own.texts, own.vectors, strict=True)
        if text.casefold() not in said
        and not reasons_by_terms(facet, Terms((text,), vector[np.newaxis]), others, title, artefact.lexical.rarity)
    )


def _terms(artefact: Artefact, facet: Facet, row: int) -> Terms:
    numbers = artefact.terms.lists[facet].of(row)
    texts: Sequence[str] = artefact.terms.texts(numbers)
    return Terms(texts, artefact.terms.vectors[numbers])
