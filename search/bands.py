"""What a score means: how often a trial of that score stood in the same review as the query, and that in a word.

The curve is fitted on the Cochrane labels, to the first fifty trials of each query in the pool of 40,000
(`python -m benchmarks.quality.calibration`; docs/relevance.md has the figures). A review includes few of the related
trials, so being related is likelier than being in one; in a larger corpus more such trials come between. The curve
holds for the encoder and the weights that it was measured with, and for questions by trial; elsewhere there is none.
"""

import math
from enum import StrEnum

from search.encoders.sentence_transformer import BUNDLED_WEIGHTS_SHA256


class Band(StrEnum):
    """How closely related, best first."""

    STRONG = "strong"
    MODERATE = "moderate"
    WEAK = "weak"


SLOPE, INTERCEPT = 9.09, -7.09
"""The log-odds of standing in the same review are SLOPE score + INTERCEPT (logistic regression; Platt 1999)."""
LOWEST_PROBABILITY = {Band.STRONG: 0.25, Band.MODERATE: 0.08, Band.WEAK: 0.0}
CALIBRATED_REVISION = f"sha256:{BUNDLED_WEIGHTS_SHA256}"
"""The encoder that the curve was fitted with."""


def probability_of(score: float) -> float:
    """How often a trial of that score, from a question by trial of balanced evidence, stood in the query's review."""
    return round(1 / (1 + math.exp(-(SLOPE * score + INTERCEPT))), 4)


def band_of(score: float) -> Band:
    """The band of such a score."""
    return next(band for band in Band if is_at_least(band, score))


def is_at_least(band: Band, score: float) -> bool:
    """Whether such a score is of `band` or a better one."""
    return probability_of(score) >= LOWEST_PROBABILITY[band]
