"""Which trials make a batch."""

import numpy as np

from indexer.training.neighbourhoods import Neighbourhoods, neighbourhood_groups


def test_groups_hold_what_is_near_and_every_row_at_most_once():
    rng = np.random.default_rng(1)
    middles = np.eye(4, dtype=np.float32).repeat(50, axis=0)
    vectors = middles + rng.normal(scale=0.01, size=middles.shape).astype(np.float32)
    groups = neighbourhood_groups(vectors, size=10, seed=2)
    assert groups.shape == (20, 10)
    assert sorted(groups.ravel()) == list(range(200))
    whole = sum(len(set(group // 50)) == 1 for group in groups)
    assert whole >= 14  # k-means may put two middles under one centre
    assert not np.array_equal(groups, neighbourhood_groups(vectors, size=10, seed=3))
    assert np.array_equal(groups, neighbourhood_groups(vectors, size=10, seed=2))


def test_a_batch_is_of_several_groups_and_an_epoch_of_other_ones():
    vectors = np.random.default_rng(1).normal(size=(50, 6)).astype(np.float32)
    planned = Neighbourhoods(vectors, size=4, together=3, seed=2)
    assert str(planned) == "3 neighbourhoods of 4 trials"
    groups = neighbourhood_groups(vectors, size=4, seed=7)
    assert planned.batches(5) == [groups[start : start + 3].ravel().tolist() for start in (0, 3, 6, 9)]
    assert planned.batches(6) != planned.batches(5)


def test_of_few_trials_the_groups_are_smaller_and_still_make_a_batch():
    planned = Neighbourhoods(np.eye(10, dtype=np.float32), size=128, together=4, seed=0)
    assert str(planned) == "4 neighbourhoods of 2 trials"
    (batch,) = planned.batches(0)
    assert len(set(batch)) == 8
