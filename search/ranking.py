"""From evidence to one score whose parts add up to it.

Each leg says how much a trial looks like what is asked: the words they share (BM25), and how near their passages and
their titles are (cosine). Then the trials that come out best lend their own neighbourhood: what is also near them
rises, what only shares one loud word with the query falls (pseudo-relevance feedback; Rocchio 1971). Where a facet is
asked to count more, its terms are compared one by one. Weights and what else was tried are in docs/relevance.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.artefact.reading import Artefact
from search.evidence import UNLIKE_SHARE, Evidence, shares
from search.facet_match import facet_cosines
from search.legs import FACET_LEGS, TRIAL_WEIGHTS, Leg
from search.listing import CANDIDATES
from search.vectors import Mask, Rows, Scores, Vectors

NEIGHBOURS = 3
"""How many of the best trials lend their neighbourhood."""
TRUST = 20.0
"""A lender that scores 1 / TRUST less than another lends e times less: the second best may be no good."""
_OWN = {leg: weight for leg, weight in TRIAL_WEIGHTS.items() if leg is not Leg.NEIGHBOURS}


@dataclass(frozen=True, slots=True)
class Candidates:
    """Trials that get a full score, with what all legs need of them; m of them, in row order."""

    rows: Rows
    """(m,)"""
    passages: Vectors
    """(m, dim)"""
    titles: Vectors
    """(m, dim)"""


class Ranked:
    """Candidates with their scores, and how they come out."""

    def __init__(self, candidates: Candidates, parts: Mapping[Leg, Scores]) -> None:
        self.candidates = candidates
        self.parts = parts
        self.scores = _total(parts)
        self.best_first = best_first(candidates, self.scores)

    def score(self, place: int) -> float:
        """The score of the candidate at `place` as it is shown."""
        return round(sum(float(part[place]) for part in self.parts.values()), 4)


def rank(evidence: Evidence, artefact: Artefact, *, allowed: Mask | None = None, at_least: int = CANDIDATES) -> Ranked:
    """The allowed trials worth a full score, at least so many where there are."""
    pool = find_candidates(evidence, artefact, count=at_least)
    parts = score_parts(evidence, artefact, pool)
    # Lenders come from all trials, so that a filter takes trials off the list and never reorders it.
    scores = _total(parts)
    best = best_first(pool, scores)[:NEIGHBOURS]
    lenders, trust = only(pool, best), trust_in(scores[best])
    if allowed is not None:
        pool = find_candidates(evidence, artefact, count=at_least, allowed=allowed)
        parts = score_parts(evidence, artefact, pool)
    if Leg.NEIGHBOURS in evidence.weights and len(lenders.rows):
        parts[Leg.NEIGHBOURS] = evidence.weights[Leg.NEIGHBOURS] * lent_by(lenders, trust, pool)
    return Ranked(pool, parts)


def find_candidates(
    evidence: Evidence, artefact: Artefact, *, count: int = CANDIDATES, allowed: Mask | None = None
) -> Candidates:
    """The trials worth a full score: of the allowed ones the nearest passages, and those with most of the words.

    The trials asked with are left out: by row, never by rank, since equal trials may come before them.
    """
    # Between several that lie far apart more trials are about as good.
    count = 2 * count if len(evidence.examples) > 1 else count
    count = min(count + max(1, len(evidence.rows)), len(artefact.trials))  # more, for the trials left out
    near = artefact.passages.top_k(evidence.like.passage[np.newaxis], count, allowed=allowed).rows[0]
    found = [near, evidence.like.words.best(count, allowed=allowed)]
    if evidence.exact is not None:
        exact = evidence.exact if allowed is None else evidence.exact * allowed
        saying = np.flatnonzero(exact)
        found.append(saying[np.argsort(-exact[saying], kind="stable")][:count])
    rows: Rows = np.sort(np.concatenate(found))
    rows = rows[np.diff(rows, prepend=-1) > 0]  # np.unique takes five times as long
    for row in evidence.rows:
        rows = rows[rows != row]
    return Candidates(rows, artefact.passages.vectors(rows), np.asarray(artefact.titles[rows]))


def score_parts(evidence: Evidence, artefact: Artefact, candidates: Candidates) -> dict[Leg, Scores]:
    """Each leg's part of the candidates' scores, (m,), but for what neighbours lend."""
    legs: dict[Leg, Scores] = {
        Leg.WORDS: evidence.like.words.of(candidates.rows),
        Leg.PASSAGE: candidates.passages @ evidence.like.passage,
        Leg.TITLE: candidates.titles @ evidence.like.title,
    }
    if evidence.exact is not None:
        legs[Leg.EXACT] = evidence.exact[candidates.rows]
    for facet, leg in FACET_LEGS.items():
        if leg in evidence.weights:
            cosines = [
                share
                * facet_cosines(
                    one.terms[facet].vectors, one.title, artefact.terms, facet, candidates.rows, candidates.titles
                )
                for one, share in zip(evidence.examples, shares(evidence.examples, leg), strict=True)
            ]
            legs[leg] = np.sum(cosines, axis=0)
    parts = {leg: (evidence.weights[leg] * values).astype(np.float32) for leg, values in legs.items()}
    if evidence.unlike is not None:
        likeness = (
            _OWN[Leg.WORDS] * evidence.unlike.words.of(candidates.rows)
            + _OWN[Leg.PASSAGE] * (candidates.passages @ evidence.unlike.passage)
            + _OWN[Leg.TITLE] * (candidates.titles @ evidence.unlike.title)
        ) / sum(_OWN.values())
        # Words may go beyond what the trial itself has of them, and a cosine below 0; the bound holds all the same.
        parts[Leg.UNLIKE] = (-UNLIKE_SHARE * np.clip(likeness, 0, 1)).astype(np.float32)
    return parts


def lent_by(lenders: Candidates, trust: Scores, candidates: Candidates) -> Scores:
    """(m,) How near the candidates are to `lenders`, each of which counts by its share of `trust`.

    Passages and titles count in the ratio that they have in a question by trial.
    """
    passage, title = TRIAL_WEIGHTS[Leg.PASSAGE], TRIAL_WEIGHTS[Leg.TITLE]
    near = passage * (candidates.passages @ (trust @ lenders.passages)) + title * (
        candidates.titles @ (trust @ lenders.titles)
    )
    lent: Scores = (near / (passage + title)).astype(np.float32)
    return lent


def trust_in(scores: Scores) -> Scores:
    """(m,) What each of m lenders counts, by its score; the shares add up to 1."""
    weights = np.exp(TRUST * (scores - scores.max(initial=-np.inf)))
    shares: Scores = (weights / weights.sum()).astype(np.float32)
    return shares


def best_first(candidates: Candidates, scores: Scores) -> NDArray[np.intp]:
    """Places of the candidates, best first; of equal ones the lower row first."""
    return np.lexsort((candidates.rows, -scores))


def only(candidates: Candidates, places: NDArray[np.intp]) -> Candidates:
    """The candidates at `places`, in that order."""
    return Candidates(candidates.rows[places], candidates.passages[places], candidates.titles[places])


def _total(parts: Mapping[Leg, Scores]) -> Scores:
    total: Scores = np.sum(list(parts.values()), axis=0)
    return total
