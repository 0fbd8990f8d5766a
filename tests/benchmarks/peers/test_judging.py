"""Recall and relevance of answers, by hand-worked examples and by NumPy."""

import numpy as np
import pytest
from ir_measures import Qrel

from benchmarks.peers.judging import by_cosine, by_engine, recall, relevance

IDS = ["a", "b", "c", "d"]
# Cosines with a: b 1, c .8, d 0.
VECTORS = np.array([[1, 0], [1, 0], [0.8, 0.6], [0, 1]], dtype=np.float32)
STARTED = np.array([20200101, 20210101, 20220101, 20230101])


def test_exact_answers_leave_the_trial_out_and_keep_to_the_filter():
    exact = by_cosine(IDS, VECTORS, STARTED)
    assert exact("a", None, 2) == ({"b", "c"}, 2)
    assert exact("a", 20220101, 2) == ({"c", "d"}, 2)
    assert exact("a", 20230101, 2) == ({"d"}, 1)
    assert exact("d", 20230101, 2) == (set(), 0)


def test_equal_trials_may_stand_for_one_another():
    right, most = by_cosine(IDS, VECTORS, STARTED)("c", None, 1)
    assert (right, most) == ({"a", "b"}, 1)


def test_recall_is_the_mean_share_of_the_exact_answers():
    exact = by_cosine(IDS, VECTORS, STARTED)
    assert recall({"a": ["b", "d"], "d": ["c", "b"]}, exact, day=None, k=2) == pytest.approx(0.75)
    assert recall({"c": ["b"], "a": []}, exact, day=None, k=1) == pytest.approx(0.5)


def test_a_trial_that_the_filter_leaves_nothing_for_does_not_count():
    exact = by_cosine(IDS, VECTORS, STARTED)
    assert recall({"a": ["d"], "d": []}, exact, day=20230101, k=2) == 1.0


def test_relevance_counts_a_query_without_answers_as_nought():
    labels = [Qrel("a", "b", 1), Qrel("d", "c", 1)]
    assert relevance({"a": ["b", "c"], "d": []}, labels) == pytest.approx(0.5)
    assert relevance({"a": ["c", "b"], "d": ["c"]}, labels) == pytest.approx((1 / np.log2(3) + 1) / 2)


def test_the_engine_over_an_exact_scan_answers_as_the_engine_on_a_flat_index(seeds_root):
    exact = by_engine(seeds_root)
    found, most = exact("NCT06853522", 20200101, 5)
    assert most == 5
    assert "NCT06853522" not in found
