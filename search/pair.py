"""Two trials side by side, facet by facet."""

from dataclasses import dataclass

import numpy as np

from search.artefact.facet_terms import TERM_FACETS
from search.artefact.reading import Artefact
from search.bands import Band
from search.facet_match import facet_cosines
from search.passage import Facet
from search.reasons import Reason, Terms, Weigh, reasons_by_terms, weighing
from search.term_reader import TermReader
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
    """Two trials; score, band and all below are of the second where one asks what is similar to the first."""

    first: Trial
    second: Trial
    score: float
    band: Band | None
    probability: float | None
    reasons: tuple[Reason, ...]
    facets: tuple[FacetPair, ...]


def facet_pairs(artefact: Artefact, first: int, second: int) -> tuple[FacetPair, ...]:
    """How two rows of `artefact` meet in each facet that has terms."""
    trials = {row: artefact.trials.trial(row) for row in (first, second)}
    reader = TermReader(artefact)
    terms = {row: reader.terms(row, trial) for row, trial in trials.items()}
    pairs = []
    for facet in TERM_FACETS:
        ours, theirs = terms[first][facet], terms[second][facet]
        similarity = None
        if ours.texts and theirs.texts:
            rows = np.array([second])
            titles = np.asarray(artefact.titles[rows])
            cosine = facet_cosines(ours.vectors, titles[0], artefact.terms, facet, rows, titles)[0]
            similarity = round(min(float(cosine), 1.0), 4)
        weigh = weighing(artefact.lexical.rarity)
        only_first = _only(facet, ours, theirs, trials[second].brief_title, weigh)
        only_second = _only(facet, theirs, ours, trials[first].brief_title, weigh)
        pairs.append(FacetPair(facet, similarity, only_first, only_second))
    return tuple(pairs)


def _only(facet: Facet, own: Terms, others: Terms, title: str, weigh: Weigh) -> tuple[str, ...]:
    """The terms of `own` that the other trial has nothing of, neither among `others` nor in its `title`."""
    said = {text.casefold() for text in others.texts}
    return tuple(
        text
        for text, vector, reading in zip(own.texts, own.vectors, own.read(), strict=True)
        if text.casefold() not in said
        and not reasons_by_terms(facet, Terms((text,), vector[np.newaxis], (reading,)), others, title, weigh)
    )
