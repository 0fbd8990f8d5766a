"""From evidence to one score whose parts add up to it.

Each leg says how much a trial looks like what is asked: the words they share (BM25), and how near their passages and
their titles are (cosine). Then the trials that come out best lend their own neighbourhood: what is also near them
rises, what only shares one loud word with the query falls (pseudo-relevance feedback; Rocchio 1971). Weights and what
else was tried are in docs/relevance.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from search.artefact.reading import Artefact
from search.vectors import Rows, Vectors

Scores = NDArray[np.float32]


class Leg(StrEnum):
    """The parts of a score."""

    WORDS = "words"
    PASSAGE = "passage"
    TITLE = "title"
    NEIGHBOURS = "neighbours"


TRIAL_WEIGHTS: Mapping[Leg, float] = {Leg.WORDS: 0.3, Leg.PASSAGE: 0.15, Leg.TITLE: 0.15, Leg.NEIGHBOURS: 0.4}
"""For a question by trial."""
NEIGHBOURS = 3
"""How many of the best trials lend their neighbourhood."""
CANDIDATES = 300
"""How many trials the passages bring forward, and how many the words."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a question before any trial is looked at in full."""

    passage: Vectors
    """(1, dim)"""
    title: Vectors
    """(1, dim)"""
    words: Scores
    """(n,) of every trial, 1 where it has the words as well as can be."""
    weights: Mapping[Leg, float]
    """What each leg counts; they add up to 1."""


def text_weights(distinct_words: int) -> Mapping[Leg, float]:
    """The weights for a free text: the longer it is, the less its single words are the point.

    A handful of words is looked for as such, in titles most of all; a patient's note of a hundred is asked by meaning.
    """
    literal = 0.5 * min(1, 4 / max(1, distinct_words))
    meaning = 1 - literal
    return {Leg.WORDS: literal, Leg.PASSAGE: meaning * meaning, Leg.TITLE: meaning * literal}


def candidates(evidence: Evidence, artefact: Artefact, allowed: NDArray[np.bool_]) -> Rows:
    """The allowed rows worth a full score: the nearest passages and those with most of the words, in row order."""
    near = artefact.passages.top_k(evidence.passage, CANDIDATES, allowed=allowed).rows[0]
    words = np.where(allowed, evidence.words, 0)
    count = min(CANDIDATES, len(words))
    wordy = np.argpartition(words, len(words) - count)[len(words) - count :]
    rows: Rows = np.union1d(near, wordy[words[wordy] > 0])
    return rows


def score_parts(evidence: Evidence, artefact: Artefact, rows: Rows, neighbours: Rows) -> dict[Leg, Scores]:
    """Each leg's part of the score of `rows`, (len(rows),); without `neighbours` the other legs carry their weight."""
    passages, titles = artefact.passages.vectors(rows), np.asarray(artefact.titles[rows])
    legs: dict[Leg, Scores] = {
        Leg.WORDS: evidence.words[rows],
        Leg.PASSAGE: passages @ evidence.passage[0],
        Leg.TITLE: titles @ evidence.title[0],
    }
    if len(neighbours):
        near = passages @ artefact.passages.vectors(neighbours).T + titles @ np.asarray(artefact.titles[neighbours]).T
        legs[Leg.NEIGHBOURS] = (near / 2).mean(axis=1)
    total = sum(evidence.weights[leg] for leg in legs)
    return {leg: (evidence.weights[leg] / total * values).astype(np.float32) for leg, values in legs.items()}


def best_rows(rows: Rows, parts: Mapping[Leg, Scores], k: int) -> tuple[Rows, NDArray[np.intp]]:
    """The k best of `rows`, best first (of equal ones the lower row first), and where in `rows` they stand."""
    scores = np.sum(list(parts.values()), axis=0)
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], order
