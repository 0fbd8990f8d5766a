from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.diversity import diversified
from search.errors import BadInput
from search.vectors import unit_rows

RELEVANCE = np.array([0.9, 0.85, 0.8, 0.4])
# 0 and 1 are nearly one trial, 2 is unlike both, 3 is unlike all.
LIKENESS = np.array([[1, 0.95, 0.3, 0.1], [0.95, 1, 0.3, 0.1], [0.3, 0.3, 1, 0.1], [0.1, 0.1, 0.1, 1]])


def test_without_diversity_the_order_is_that_of_relevance() -> None:
    assert diversified(RELEVANCE, LIKENESS, k=3, diversity=0).tolist() == [0, 1, 2]
    assert diversified(RELEVANCE[::-1], LIKENESS, k=9, diversity=0).tolist() == [3, 2, 1, 0]


def test_a_near_double_of_the_first_gives_way() -> None:
    # Second place, by hand at .5: 1 has .425 - .475 = -.05; 2 has .4 - .15 = .25; 3 has .2 - .05 = .15.
    # Third: 1 still -.05; 3 still .15.
    assert diversified(RELEVANCE, LIKENESS, k=4, diversity=0.5).tolist() == [0, 2, 3, 1]


def test_a_little_diversity_breaks_near_ties_only() -> None:
    # At .1: 1 has .765 - .095 = .67; 2 has .72 - .03 = .69; 3 has .36 - .01 = .35.
    assert diversified(RELEVANCE, LIKENESS, k=2, diversity=0.1).tolist() == [0, 2]
    # At .05: 1 has .8075 - .0475 = .76; 2 has .76 - .015 = .745.
    assert diversified(RELEVANCE, LIKENESS, k=2, diversity=0.05).tolist() == [0, 1]


def test_at_full_diversity_the_first_is_still_the_most_relevant_and_the_rest_the_least_like_it() -> None:
    assert diversified(RELEVANCE, LIKENESS, k=2, diversity=1).tolist() == [0, 3]


def test_equal_trials_keep_their_order_and_none_comes_twice() -> None:
    assert diversified(np.ones(4), np.ones((4, 4)), k=4, diversity=0.7).tolist() == [0, 1, 2, 3]


def test_nothing_to_choose_from_is_an_empty_list() -> None:
    assert diversified(np.empty(0), np.empty((0, 0)), k=5, diversity=0.5).tolist() == []


@pytest.mark.parametrize("diversity", [-0.1, 1.1, float("nan")])
def test_a_diversity_out_of_bounds_is_refused(diversity: float) -> None:
    with pytest.raises(BadInput, match="from 0 to 1"):
        diversified(RELEVANCE, LIKENESS, k=2, diversity=diversity)


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.floats(0.01, 1))
def test_each_choice_is_the_best_of_those_left(seed: int, count: int, diversity: float) -> None:
    random = np.random.default_rng(seed)
    relevance, rows = random.random(count), unit_rows(random.normal(size=(count, 3)))
    likeness = (rows @ rows.T).astype(float)
    places = diversified(relevance, likeness, k=count, diversity=diversity).tolist()
    assert sorted(places) == list(range(count))

    def marginal(place: int, before: list[int]) -> float:
        return (1 - diversity) * relevance[place] - diversity * max(likeness[place, other] for other in before)

    for number, (_, chosen) in enumerate(pairwise(places), start=1):
        before = places[:number]
        best = max(marginal(place, before) for place in range(count) if place not in before)
        assert marginal(chosen, before) == pytest.approx(best, abs=1e-9)
