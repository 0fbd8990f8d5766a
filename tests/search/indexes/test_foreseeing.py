import numpy as np
import pytest

from search.indexes.exact import ExactIndex
from search.indexes.foreseeing import ForeseeingIndex


class Counted(ExactIndex):
    """Notes how often it is asked."""

    asked = 0

    def top_k(self, queries, k, *, allowed=None):
        self.asked += 1
        return super().top_k(queries, k, allowed=allowed)


@pytest.fixture
def vectors():
    vectors = np.random.default_rng(7).normal(size=(20_000, 32))  # more than two steps
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.01])
def test_what_was_foreseen_is_answered_as_the_index_would_without_asking_it(vectors, share):
    index = Counted(vectors)
    foreseeing = ForeseeingIndex(index)
    queries = vectors[[0, 8191, 8192, 19_999]]
    foreseeing.foresee(queries)
    allowed = None if share == 1 else np.random.default_rng(8).random(len(vectors)) < share
    for k in (1, 50):
        found = [foreseeing.top_k(query[np.newaxis], k, allowed=allowed) for query in queries]
        assert index.asked == 0
        truth = ExactIndex(vectors).top_k(queries, k, allowed=allowed)
        assert [one.rows[0].tolist() for one in found] == truth.rows.tolist()
        np.testing.assert_allclose([one.scores[0] for one in found], truth.scores, atol=1e-6)


def test_what_was_not_foreseen_is_left_to_the_index(vectors):
    index = Counted(vectors)
    foreseeing = ForeseeingIndex(index)
    foreseeing.foresee(vectors[:1])
    few = np.arange(len(vectors)) < 30
    for queries, k, given in [(vectors[1:2], 50, None), (vectors[:2], 50, None), (vectors[:1], 50, few)]:
        found = foreseeing.top_k(queries, k, allowed=given)
        assert found.rows.tolist() == ExactIndex(vectors).top_k(queries, k, allowed=given).rows.tolist()
    assert index.asked == 3
    foreseeing.foresee(vectors[1:2])  # what was foreseen before is forgotten
    foreseeing.top_k(vectors[:1], 50)
    assert index.asked == 4


def test_a_last_place_that_is_shared_is_left_to_the_index_too(vectors):
    index = Counted(np.concatenate([vectors, np.repeat(vectors[:1], 5, axis=0)]))
    foreseeing = ForeseeingIndex(index)
    foreseeing.foresee(vectors[:1])
    assert foreseeing.top_k(vectors[:1], 3).rows.tolist() == [[0, 20_000, 20_001]]
    assert index.asked == 1


def test_an_index_smaller_than_k_is_asked_as_it_is(vectors):
    foreseeing = ForeseeingIndex(ExactIndex(vectors[:4]))
    foreseeing.foresee(vectors[:1])
    assert sorted(foreseeing.top_k(vectors[:1], 9).rows[0].tolist()) == [0, 1, 2, 3]
    assert len(foreseeing) == 4
