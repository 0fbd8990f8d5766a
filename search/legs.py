"""The legs that a score stands on, and what each counts; where the weights come from is in docs/relevance.md."""

from collections.abc import Mapping
from enum import StrEnum

from search.passage import Facet


class Leg(StrEnum):
    """The parts of a score."""

    WORDS = "words"
    PASSAGE = "passage"
    TITLE = "title"
    NEIGHBOURS = "neighbours"
    CONDITION = "condition"
    INTERVENTION = "intervention"
    EXACT = "exact"
    """Rare codes that a text holds and a trial says to the letter."""
    UNLIKE = "unlike"
    """What likeness to the trials to be unlike takes off; below 0."""


FACET_LEGS: Mapping[Facet, Leg] = {Facet.CONDITION: Leg.CONDITION, Facet.INTERVENTION: Leg.INTERVENTION}
TRIAL_WEIGHTS: Mapping[Leg, float] = {Leg.WORDS: 0.25, Leg.PASSAGE: 0.35, Leg.TITLE: 0.1, Leg.NEIGHBOURS: 0.3}
"""For a question by trial."""
EXACT_SHARE = 0.3
"""What rare codes carry of the score for a text that has some: one trial in hundreds says them at all."""
FACETS_SHARE = 0.5
"""Where facets are given weights, they carry this much of the score and the balanced evidence the rest."""


def text_weights(distinct_words: int) -> Mapping[Leg, float]:
    """The weights for a free text: the longer it is, the less its single words are the point.

    A handful of words is looked for as such too; a patient's note of a hundred is asked by its meaning alone.
    """
    literal = 0.4 * min(1, 8 / max(1, distinct_words)) ** 2
    meaning = (1 - literal) / 2
    return {Leg.WORDS: literal, Leg.PASSAGE: meaning, Leg.TITLE: meaning}


def with_exact(weights: Mapping[Leg, float]) -> Mapping[Leg, float]:
    """`weights` with EXACT_SHARE of the score given to what is said to the letter."""
    return {**{leg: weight * (1 - EXACT_SHARE) for leg, weight in weights.items()}, Leg.EXACT: EXACT_SHARE}


def with_facets(weights: Mapping[Leg, float], facets: Mapping[Facet, float]) -> Mapping[Leg, float]:
    """`weights` with FACETS_SHARE of the score given to `facets`, in the ratio of their numbers."""
    total = sum(facets.values())
    if not total:
        return weights
    return {
        **{leg: weight * (1 - FACETS_SHARE) for leg, weight in weights.items()},
        **{FACET_LEGS[facet]: FACETS_SHARE * weight / total for facet, weight in facets.items() if weight},
    }
