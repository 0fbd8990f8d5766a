"""From evidence to one score whose parts add up to it.

Each leg says how much a trial looks like what is asked: the words they share (BM25), and how near their passages and
their titles are (cosine). Then the trials that come out best lend their own neighbourhood: what is also near them
rises, what only shares one loud word with the query falls (pseudo-relevance feedback; Rocchio 1971). Where a facet is
asked to count more, its terms are compared one by one. Weights and what else was tried are in docs/relevance.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from search.artefact.reading import Artefact
from search.facet_match import facet_cosines
from search.passage import Facet
from search.reasons import Terms
from search.trial import Trial
from search.vectors import Mask, Rows, Vectors

Scores = NDArray[np.float32]


class Leg(StrEnum):
    """The parts of a score."""

    WORDS = "words"
    PASSAGE = "passage"
    TITLE = "title"
    NEIGHBOURS = "neighbours"
    CONDITION = "condition"
    INTERVENTION = "intervention"


FACET_LEGS: Mapping[Facet, Leg] = {Facet.CONDITION: Leg.CONDITION, Facet.INTERVENTION: Leg.INTERVENTION}
TRIAL_WEIGHTS: Mapping[Leg, float] = {Leg.WORDS: 0.3, Leg.PASSAGE: 0.15, Leg.TITLE: 0.15, Leg.NEIGHBOURS: 0.4}
"""For a question by trial."""
FACETS_SHARE = 0.5
"""Where facets are given weights, they carry this much of the score and the balanced evidence the rest."""
NEIGHBOURS = 3
"""How many of the best trials lend their neighbourhood."""
CANDIDATES = 300
"""How many trials the passages bring forward, and how many the words."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a question before any trial is looked at in full."""

    trial: Trial | None
    """The trial asked about; None where the question is a free text."""
    passage: Vectors
    """(dim,)"""
    title: Vectors
    """(dim,)"""
    terms: Mapping[Facet, Terms]
    """What is asked of each facet; of a free text the text itself."""
    words: Scores
    """(n,) of every trial, 1 where it has the words as well as can be."""
    weights: Mapping[Leg, float]
    """What each leg counts; they add up to 1."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Trials that get a full score, with what all legs need of them; m of them, in row order."""

    rows: Rows
    """(m,)"""
    passages: Vectors
    """(m, dim)"""
    titles: Vectors
    """(m, dim)"""


def text_weights(distinct_words: int) -> Mapping[Leg, float]:
    """The weights for a free text: the longer it is, the less its single words are the point.

    A handful of words is looked for as such, in titles most of all; a patient's note of a hundred is asked by meaning.
    """
    literal = 0.5 * min(1, 4 / max(1, distinct_words))
    meaning = 1 - literal
    return {Leg.WORDS: literal, Leg.PASSAGE: meaning * meaning, Leg.TITLE: meaning * literal}


def with_facets(weights: Mapping[Leg, float], facets: Mapping[Facet, float]) -> Mapping[Leg, float]:
    """`weights` with FACETS_SHARE of the score given to `facets`, in the ratio of their numbers."""
    total = sum(facets.values())
    if not total:
        return weights
    return {
        **{leg: weight * (1 - FACETS_SHARE) for leg, weight in weights.items()},
        **{FACET_LEGS[facet]: FACETS_SHARE * weight / total for facet, weight in facets.items() if weight},
    }


def find_candidates(
    evidence: Evidence, artefact: Artefact, *, allowed: Mask | None = None, without: int | None = None
) -> Candidates:
    """The trials worth a full score: of the allowed ones the nearest passages, and those with most of the words.

    The trial in row `without` is left out: by row, never by rank, since equal trials may come before it.
    """
    count = min(CANDIDATES + 1, len(artefact.trials))  # one more, for the trial left out
    near = artefact.passages.top_k(evidence.passage[np.newaxis], count, allowed=allowed).rows[0]
    words = evidence.words if allowed is None else np.where(allowed, evidence.words, 0)
    wordy = np.argpartition(words, len(words) - count)[len(words) - count :]
    rows: Rows = np.union1d(near, wordy[words[wordy] > 0])
    rows = rows[rows != without]
    return Candidates(rows, artefact.passages.vectors(rows), np.asarray(artefact.titles[rows]))


def score_parts(evidence: Evidence, artefact: Artefact, candidates: Candidates) -> dict[Leg, Scores]:
    """Each leg's part of the candidates' scores, (m,), but for what neighbours lend."""
    legs: dict[Leg, Scores] = {
        Leg.WORDS: evidence.words[candidates.rows],
        Leg.PASSAGE: candidates.passages @ evidence.passage,
        Leg.TITLE: candidates.titles @ evidence.title,
    }
    for facet, leg in FACET_LEGS.items():
        if leg in evidence.weights:
            legs[leg] = facet_cosines(
                evidence.terms[facet].vectors, evidence.title, artefact.terms, facet, candidates.rows, candidates.titles
            )
    return {leg: (evidence.weights[leg] * values).astype(np.float32) for leg, values in legs.items()}


def lent_by(lenders: Candidates, candidates: Candidates, weight: float) -> Scores:
    """The part of the candidates' scores, (m,), that comes from being near `lenders`."""
    near = candidates.passages @ lenders.passages.T + candidates.titles @ lenders.titles.T
    part: Scores = (weight / 2 * near.mean(axis=1)).astype(np.float32)
    return part


def best_first(candidates: Candidates, parts: Mapping[Leg, Scores], k: int) -> NDArray[np.intp]:
    """Places of the k best candidates, best first; of equal ones the lower row first."""
    scores = np.sum(list(parts.values()), axis=0)
    return np.lexsort((candidates.rows, -scores))[:k]


def only(candidates: Candidates, places: NDArray[np.intp]) -> Candidates:
    """The candidates at `places`, in that order."""
    return Candidates(candidates.rows[places], candidates.passages[places], candidates.titles[places])
