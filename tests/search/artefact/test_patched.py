"""Vectors in two files are read and searched as if they stood in one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.artefact.patched import PatchedIndex, PatchedVectors, base_and_places, own_file, places_file
from search.indexes.catalogue import INDEXES, index_class

DIM = 8


def grid_vectors(count, random):
    """Unit rows of four halves each: all cosines are exact multiples of a quarter, so equal scores are truly equal."""
    vectors = np.zeros((count, DIM), dtype=np.float32)
    for row in vectors:
        row[random.choice(DIM, 4, replace=False)] = random.choice([-0.5, 0.5], 4)
    return vectors


def cut(vectors, random):
    """`vectors` as a base, of which some places are unused, vectors of its own, and the place of each row."""
    is_own = random.random(len(vectors)) < 0.4
    base, places = [], np.empty(len(vectors), dtype=np.int32)
    for row in np.flatnonzero(~is_own):
        base += list(grid_vectors(random.integers(0, 3), random))
        places[row] = len(base)
        base.append(vectors[row])
    places[is_own] = len(base) + np.arange(is_own.sum())
    return np.array(base, dtype=np.float32).reshape(-1, DIM), vectors[is_own], places


@pytest.mark.parametrize("name", INDEXES)
@given(
    count=st.integers(1, 40),
    k=st.integers(1, 45),
    share=st.sampled_from([None, 0.0, 0.3, 1.0]),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=60)
def test_the_nearest_are_those_of_one_whole_index(name, count, k, share, seed):
    random = np.random.default_rng(seed)
    vectors, queries = grid_vectors(count, random), grid_vectors(3, random)
    base, own, places = cut(vectors, random)
    allowed = None if share is None else random.random(count) < share
    kind = index_class(name)

    patched = PatchedIndex(kind.build(base), kind.build(own), places)

    found, wanted = patched.top_k(queries, k, allowed=allowed), kind.build(vectors).top_k(queries, k, allowed=allowed)
    assert len(patched) == count
    assert found.rows.tolist() == wanted.rows.tolist()
    assert found.scores.tolist() == wanted.scores.tolist()
    rows = random.integers(0, count, 7)
    assert (patched.vectors(rows) == vectors[rows]).all()


@given(count=st.integers(1, 20), seed=st.integers(0, 2**32 - 1))
def test_rows_are_read_as_of_one_array(count, seed):
    random = np.random.default_rng(seed)
    vectors = grid_vectors(count, random)
    patched = PatchedVectors(*cut(vectors, random))

    assert patched.shape == (len(patched), DIM) == vectors.shape
    assert np.array_equal(np.asarray(patched), vectors)
    assert np.array_equal(patched[count // 2], vectors[count // 2])
    assert np.array_equal(patched[1:5], vectors[1:5])
    rows = random.integers(0, count, 5).astype(np.int32)
    assert np.array_equal(patched[rows], vectors[rows])


def test_the_places_of_a_whole_array_are_its_rows():
    size, places = base_and_places(np.zeros((3, DIM), dtype=np.float32))
    assert (size, places.tolist()) == (3, [0, 1, 2])


def test_the_files_beside_a_base_are_named_after_it():
    assert (own_file("passages.index"), places_file("passages.index")) == ("passages.own.index", "passages.places.npy")
    assert (own_file("titles.npy"), places_file("titles.npy")) == ("titles.own.npy", "titles.places.npy")
