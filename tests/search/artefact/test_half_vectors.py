import numpy as np

from search.artefact.half_vectors import HalfVectors
from search.artefact.patched import PatchedVectors

HALVES = np.random.default_rng(1).normal(size=(20, 6)).astype(np.float16)
SINGLE = HALVES.astype(np.float32)


def test_half_vectors_are_read_as_an_array_of_single_precision():
    vectors = HalfVectors(HALVES)
    rows = np.array([3, 0, 3], dtype=np.int32)
    assert (len(vectors), vectors.shape) == (20, (20, 6))
    for key in (5, slice(2, 9), slice(None), rows, np.empty(0, np.int64)):
        assert vectors[key].dtype == np.float32
        assert np.array_equal(vectors[key], SINGLE[key])
    assert np.array_equal(np.asarray(vectors), SINGLE)
    assert np.array_equal(HALVES, SINGLE)  # reading changed nothing


def test_they_can_be_patched():
    places = np.array([19, 21, 0, 20], dtype=np.int32)
    patched = PatchedVectors(HalfVectors(HALVES), HalfVectors(HALVES[:2]), places)
    assert np.array_equal(np.asarray(patched), SINGLE[[19, 1, 0, 0]])
    assert np.array_equal(patched[2], SINGLE[0])
