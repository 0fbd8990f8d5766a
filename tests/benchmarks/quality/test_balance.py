"""Sides that hits meet, counted by hand."""

import pytest

from benchmarks.quality.balance import measured_balance
from search.hits import Hit
from search.reasons import Reason, ReasonKind
from search.trial import Trial

BOTH = (ReasonKind.RELATED_CONDITION, ReasonKind.SAME_INTERVENTION)
ONE = (ReasonKind.SAME_CONDITION, ReasonKind.RELATED_CONDITION, ReasonKind.SAME_PHASE)
NEITHER = (ReasonKind.SAME_WORDS, ReasonKind.DIFFERENT_CONDITION)


def hits(*found):
    return [
        Hit(
            rank=rank,
            score=score,
            band=None,
            probability=None,
            parts={},
            reasons=tuple(Reason(kind, "term", "term", 1.0) for kind in kinds),
            trial=Trial(trial_id=f"NCT0000000{rank}", brief_title="A trial"),
        )
        for rank, (score, kinds) in enumerate(found, start=1)
    ]


def test_a_pair_is_upside_down_where_one_side_stands_above_both():
    upside_down = hits((0.9, BOTH), (0.8, ONE), (0.7, NEITHER), (0.6, BOTH), (0.5, BOTH))
    upright = hits((0.9, BOTH), (0.8, ONE))

    found = measured_balance([(upside_down, {"NCT00000001", "NCT00000002"}), (upright, set())])

    assert (found.queries, found.lists, found.pairs, found.upside_down) == (2, 1, 4, 2)
    assert found.gaps == pytest.approx((0.2, 0.3))
    assert found.hits == {0: 1, 1: 2, 2: 4}
    assert found.related == {0: 0, 1: 1 / 2, 2: 1 / 4}
