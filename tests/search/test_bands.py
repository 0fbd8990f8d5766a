"""Scores, what they have meant on labels, and that in a word."""

import math

import pytest

from search.bands import Band, band_of, is_at_least, probability_of


def test_the_probability_is_the_logistic_curve_of_the_score() -> None:
    # Even odds where 9.09 score is 7.09; a tenth of a score multiplies the odds by e to the .909.
    assert probability_of(7.09 / 9.09) == 0.5
    odds = [probability_of(score) / (1 - probability_of(score)) for score in (0.7, 0.8)]
    assert odds[1] / odds[0] == pytest.approx(math.exp(0.909), rel=1e-2)
    assert (probability_of(-1.0), probability_of(1.0)) == (0.0, 0.8808)


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (1.0, Band.STRONG),
        (0.6592, Band.STRONG),  # (ln(.25 / .75) + 7.09) / 9.09 = .65911
        (0.6590, Band.MODERATE),
        (0.5113, Band.MODERATE),  # (ln(.08 / .92) + 7.09) / 9.09 = .51128
        (0.5112, Band.WEAK),
        (-1, Band.WEAK),
    ],
)
def test_a_band_begins_at_its_least_probability(score: float, band: Band) -> None:
    assert band_of(score) is band
    better = list(Band)[list(Band).index(band) :]
    assert [least for least in Band if is_at_least(least, score)] == better
