import numpy as np
import pytest

from search.vectors import from_half, mean_vectors, unit_rows


def test_rows_get_length_one_and_keep_their_direction():
    vectors = unit_rows(np.array([[3.0, 4.0], [0.0, -2.0]]))
    assert vectors.dtype == np.float32
    assert vectors.tolist() == pytest.approx(np.array([[0.6, 0.8], [0.0, -1.0]]))


def test_a_zero_row_stays_zero():
    assert unit_rows(np.zeros((2, 3), dtype=np.float32)).tolist() == [[0, 0, 0], [0, 0, 0]]


def test_no_rows_are_no_rows():
    assert unit_rows(np.empty((0, 5))).shape == (0, 5)


def test_a_group_of_texts_has_the_mean_of_their_vectors_and_one_alone_its_own():
    known = {"a": [1.0, 0.0], "b": [0.0, 1.0], "c": [0.5, 0.0]}  # c is not of length 1, and stays so
    asked = []

    def vectors(texts):
        asked.extend(texts)
        return np.array([known[text] for text in texts], dtype=np.float32)

    found = mean_vectors([("a", "b"), ("c",), ("b", "b", "a")], vectors)
    assert asked == ["a", "b", "c", "b", "b", "a"]
    assert found.tolist() == [
        pytest.approx([0.5**0.5, 0.5**0.5]),
        [0.5, 0.0],
        pytest.approx([1 / 5**0.5, 2 / 5**0.5]),
    ]


def test_every_finite_half_is_the_same_in_single_precision():
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    halves = halves[np.isfinite(halves)].reshape(2, -1)
    single = from_half(halves)
    assert single.dtype == np.float32
    assert single.shape == halves.shape
    assert (single == halves.astype(np.float32)).all()
    assert (np.signbit(single) == np.signbit(halves)).all()
    assert (from_half(halves[:1, :7]) == single[:1, :7]).all()
