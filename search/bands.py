"""What a score means, in a word.

The bounds come from the Cochrane labels in the pool of 40,000 trials (docs/relevance.md has the table). Of the trials
among the first fifty, two in five of the strong ones stood in the same review as the query, one in seven of the
moderate ones, and one in seventeen of the weak ones. The labels are pessimistic, so each is a lower bound. They hold
for the encoder and the weights that they were measured with, and for questions by trial; elsewhere no band is given.
"""

from enum import StrEnum

from search.encoders.sentence_transformer import BUNDLED_WEIGHTS_SHA256


class Band(StrEnum):
    """How closely related, best first."""

    STRONG = "strong"
    MODERATE = "moderate"
    WEAK = "weak"


LOWEST_SCORE = {Band.STRONG: 0.67, Band.MODERATE: 0.52, Band.WEAK: float("-inf")}
CALIBRATED_REVISION = f"sha256:{BUNDLED_WEIGHTS_SHA256}"
"""The encoder that the bounds were measured with."""


def band_of(score: float) -> Band:
    """The band of a score from a question by trial, of balanced evidence."""
    return next(band for band in Band if score >= LOWEST_SCORE[band])
