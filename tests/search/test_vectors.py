import numpy as np
import pytest

from search.vectors import unit_rows


def test_rows_get_length_one_and_keep_their_direction():
    vectors = unit_rows(np.array([[3.0, 4.0], [0.0, -2.0]]))
    assert vectors.dtype == np.float32
    assert vectors.tolist() == pytest.approx(np.array([[0.6, 0.8], [0.0, -1.0]]))


def test_a_zero_row_stays_zero():
    assert unit_rows(np.zeros((2, 3), dtype=np.float32)).tolist() == [[0, 0, 0], [0, 0, 0]]


def test_no_rows_are_no_rows():
    assert unit_rows(np.empty((0, 5))).shape == (0, 5)
