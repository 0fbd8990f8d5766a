import pytest

from search.legs import TRIAL_WEIGHTS, Leg, text_weights, with_exact, with_facets
from search.passage import Facet


def test_weights_add_up_to_one() -> None:
    assert sum(TRIAL_WEIGHTS.values()) == pytest.approx(1)
    for words in (0, 1, 4, 5, 20, 200):
        assert sum(text_weights(words).values()) == pytest.approx(1)


def test_a_few_words_are_looked_for_as_such_and_a_long_text_by_meaning() -> None:
    assert text_weights(3) == pytest.approx({Leg.WORDS: 0.4, Leg.PASSAGE: 0.3, Leg.TITLE: 0.3})
    assert text_weights(80) == pytest.approx({Leg.WORDS: 0.004, Leg.PASSAGE: 0.498, Leg.TITLE: 0.498})


def test_facets_that_are_asked_for_share_half_of_the_score_in_their_ratio() -> None:
    weights = with_facets(TRIAL_WEIGHTS, {Facet.CONDITION: 2, Facet.INTERVENTION: 1})
    assert weights[Leg.CONDITION] == pytest.approx(1 / 3)
    assert weights[Leg.INTERVENTION] == pytest.approx(1 / 6)
    assert weights[Leg.NEIGHBOURS] == pytest.approx(TRIAL_WEIGHTS[Leg.NEIGHBOURS] / 2)
    assert sum(weights.values()) == pytest.approx(1)
    assert with_facets(TRIAL_WEIGHTS, {}) == TRIAL_WEIGHTS


def test_rare_codes_take_their_share_of_every_leg() -> None:
    weights = with_exact(text_weights(3))
    assert weights == {
        Leg.WORDS: pytest.approx(0.28),
        Leg.PASSAGE: pytest.approx(0.21),
        Leg.TITLE: pytest.approx(0.21),
        Leg.EXACT: 0.3,
    }
