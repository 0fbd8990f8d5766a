import numpy as np
import pytest

from search.artefact.byte_vectors import ByteVectors, in_bytes
from search.artefact.patched import PatchedVectors
from search.vectors import unit_rows

VECTORS = unit_rows(np.random.default_rng(1).normal(size=(20, 384)))


def test_they_are_read_as_an_array_of_unit_vectors_in_single_precision():
    vectors = ByteVectors(in_bytes(VECTORS))
    whole = vectors[:]
    assert (len(vectors), vectors.shape) == (20, (20, 384))
    assert np.linalg.norm(whole, axis=1) == pytest.approx(np.ones(20), abs=1e-6)
    for key in (5, slice(2, 9), np.array([3, 0, 3], dtype=np.int32), np.empty(0, np.int64)):
        assert vectors[key].dtype == np.float32
        assert np.array_equal(vectors[key], whole[key])
    assert np.array_equal(np.asarray(vectors), whole)


def test_a_number_is_a_127th_of_the_largest_of_its_vector_and_a_scale():
    [stored] = in_bytes(np.array([[0.6, -0.8, 0.0, 0.003]], np.float32))
    assert stored["numbers"].tolist() == [95, -127, 0, 0]
    assert stored["scale"] == pytest.approx(1 / np.hypot(95, 127))


def test_cosines_are_those_of_what_was_put_in_to_some_ten_thousandths():
    read = ByteVectors(in_bytes(VECTORS))[:]
    assert np.sum(read * VECTORS, axis=1).min() > 0.9999
    assert np.abs(read @ read.T - VECTORS @ VECTORS.T).max() < 0.002


def test_what_comes_out_and_is_put_in_again_stays_the_same():
    stored = in_bytes(VECTORS)
    assert np.array_equal(in_bytes(ByteVectors(stored)[:]), stored)


def test_a_vector_of_zeros_stays_one():
    assert not ByteVectors(in_bytes(np.zeros((2, 8), np.float32)))[:].any()


def test_they_can_be_patched():
    stored = in_bytes(VECTORS)
    whole = ByteVectors(stored)[:]
    patched = PatchedVectors(ByteVectors(stored), ByteVectors(stored[:2]), np.array([19, 21, 0, 20], dtype=np.int32))
    assert np.array_equal(np.asarray(patched), whole[[19, 1, 0, 0]])
    assert np.array_equal(patched[2], whole[0])
