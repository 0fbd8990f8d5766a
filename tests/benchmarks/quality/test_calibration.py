"""Curves from scores to probabilities, on scores drawn from a known curve."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from benchmarks.quality.calibration import (
    CURVES,
    Scored,
    cross_validated,
    curves_table,
    draw,
    reliability_table,
    scored_hits,
    slope_and_intercept,
)
from search.bands import INTERCEPT, SLOPE

SEED, SISTER, WHEY = "NCT06853522", "NCT01221428", "NCT06755021"


@pytest.fixture(scope="module")
def drawn():
    random = np.random.default_rng(0)
    scores = random.uniform(0.3, 0.95, 20_000)
    related = random.uniform(size=len(scores)) < 1 / (1 + np.exp(-(SLOPE * scores + INTERCEPT)))
    return Scored(scores, related, random.integers(40, size=len(scores)).astype(str))


def test_the_logistic_curve_finds_the_constants_that_the_scores_were_drawn_by(drawn):
    assert slope_and_intercept(drawn.scores, drawn.related) == pytest.approx((SLOPE, INTERCEPT), rel=0.05)


def test_a_curve_beats_one_share_for_all_on_groups_it_has_not_seen(drawn):
    losses = {name: log_loss(drawn.related, cross_validated(drawn, fit)) for name, fit in CURVES.items()}
    assert losses["logistic"] < losses["isotonic"] < losses["one share for all"]


def test_no_group_is_measured_by_a_curve_that_was_fitted_on_it():
    # Each group has a share of its own; the constant curve gives it that of the other folds.
    groups = np.repeat(["a", "b", "c"], [2, 4, 4])
    related = np.array([1, 1, 0, 0, 0, 1, 0, 0, 0, 0], dtype=bool)
    found = cross_validated(Scored(np.zeros(10), related, groups), CURVES["one share for all"], folds=3)
    assert found == pytest.approx(np.repeat([1 / 8, 2 / 6, 3 / 6], [2, 4, 4]))


def test_the_tables_say_what_was_found_between_two_scores():
    scored = Scored(np.array([0.1, 0.2, 0.82, 0.9]), np.array([False, True, True, True]), np.array(list("abab")))
    assert reliability_table(scored, np.array([0.1, 0.3, 0.5, 0.7])).splitlines()[2:] == [
        "| .80 and more | 2 | 100.0% | 60.0% | strong |",
        "| below .40 | 2 | 50.0% | 20.0% | weak |",
    ]
    # (.9 - 1)\u00b2 \u2026: Brier is the mean of the squares, log loss that of -ln of what was said of what came.
    halves = curves_table(scored, {"halves": np.full(4, 0.5)})
    assert halves.splitlines()[-1] == "| halves | 0.2500 | 0.6931 |"


def test_the_plot_is_the_same_svg_every_time(drawn, tmp_path):
    paths = [tmp_path / "one.svg", tmp_path / "two.svg"]
    for path in paths:
        draw({"logistic": (drawn, CURVES["logistic"](drawn.scores, drawn.related)(drawn.scores))}, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert b"</svg>" in paths[0].read_bytes()


def test_hits_are_related_where_a_label_says_so(seeds_engine, tmp_path):
    (tmp_path / "labels").mkdir()
    labels = f"{SEED} 0 {SISTER} 1\n{SEED} 0 {WHEY} 0\n{SISTER} 0 {SEED} 1\nNCT99999999 0 {SEED} 1\n"
    (tmp_path / "labels/cochrane_related.qrels").write_text(labels)

    found = scored_hits(seeds_engine, tmp_path)

    expected = [hit for query in (SISTER, SEED) for hit in seeds_engine.similar(query, k=50).hits]
    assert found.scores.tolist() == [hit.score for hit in expected]
    assert found.related.sum() == 2
    assert found.scores[found.related].tolist() == [
        hit.score for hit in expected if hit.trial.trial_id in (SEED, SISTER)
    ]
    assert len(set(found.groups)) == 1  # each is relevant to the other
