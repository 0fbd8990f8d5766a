"""One body for every index, against NumPy. A new index is tested as soon as the catalogue names it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.indexes.catalogue import INDEXES, index_class

pytestmark = pytest.mark.parametrize("name", INDEXES)

DIM = 8


def grid_vectors(count, seed):
    """Unit rows of four halves each: all cosines are exact multiples of a quarter, so equal scores are truly equal."""
    random = np.random.default_rng(seed)
    vectors = np.zeros((count, DIM), dtype=np.float32)
    for row in vectors:
        row[random.choice(DIM, 4, replace=False)] = random.choice([-0.5, 0.5], 4)
    return vectors


def round_vectors(count, seed, dim=DIM):
    """Rows of about length 1 that half precision holds as they are: an index may keep no more than that."""
    vectors = np.random.default_rng(seed).normal(size=(count, dim))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)


def truth(vectors, query, k, allowed=None):
    """The k best rows and their cosines: score down, then row up, in double precision."""
    cosines = [float(vector.astype(float) @ query.astype(float)) for vector in vectors]
    rows = [row for row in range(len(vectors)) if allowed is None or allowed[row]]
    best = sorted(rows, key=lambda row: (-cosines[row], row))[:k]
    return best, [cosines[row] for row in best]


def assert_true(found, vectors, queries, k, allowed=None):
    assert found.rows.dtype == np.int64
    assert found.scores.dtype == np.float32
    for query, rows, scores in zip(queries, found.rows, found.scores, strict=True):
        best, cosines = truth(vectors, query, k, allowed)
        assert rows.tolist() == best
        assert scores.tolist() == pytest.approx(cosines, abs=1e-6)


@given(
    count=st.integers(0, 40),
    asked=st.sampled_from([1, 3, 25]),  # FAISS turns to another kernel at 20 queries
    k=st.integers(1, 45),
    share=st.sampled_from([None, 0.0, 0.1, 0.5, 1.0]),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=150)
def test_top_k_with_ties_and_filters_is_that_of_numpy(name, count, asked, k, share, seed):
    vectors, queries = grid_vectors(count, seed), grid_vectors(asked, seed + 1)
    allowed = None if share is None else np.random.default_rng(seed).random(count) < share
    found = index_class(name).build(vectors).top_k(queries, k, allowed=allowed)
    assert found.rows.shape == found.scores.shape == (asked, min(k, count if allowed is None else allowed.sum()))
    assert_true(found, vectors, queries, k, allowed)


@pytest.mark.parametrize("asked", [1, 30])
@pytest.mark.parametrize("k", [1, 7, 300])
def test_top_k_of_vectors_like_real_ones_is_that_of_numpy(name, k, asked):
    vectors, queries = round_vectors(300, seed=1, dim=96), round_vectors(asked, seed=2, dim=96)
    assert_true(index_class(name).build(vectors).top_k(queries, k), vectors, queries, k)


def test_k_above_the_number_of_rows_gives_every_row_once(name):
    vectors = grid_vectors(5, seed=3)
    found = index_class(name).build(vectors).top_k(vectors[:1], 100)
    assert sorted(found.rows[0]) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_of_equal_rows_the_lower_come_first(name, k):
    vectors = np.repeat(grid_vectors(1, seed=4), 5, axis=0)
    found = index_class(name).build(vectors).top_k(vectors[3:4], k)
    assert found.rows.tolist() == [[0, 1, 2, 3, 4][:k]]
    assert found.scores.tolist() == [[1.0] * k]


def test_the_lower_of_equal_rows_stays_where_a_better_one_comes_later(name):
    low, high = [0.5, 0.5, 0.5, -0.5], [0.5, 0.5, 0.5, 0.5]
    vectors = np.array([low, low, low, high, low], dtype=np.float32)
    found = index_class(name).build(vectors).top_k(np.array([high], dtype=np.float32), 2)
    assert found.rows.tolist() == [[3, 0]]
    assert found.scores.tolist() == [[1.0, 0.5]]


def test_duplicates_of_real_vectors_come_in_row_order_at_any_cut(name):
    distinct = round_vectors(30, seed=5, dim=384)
    vectors = distinct[np.random.default_rng(6).permutation(np.repeat(np.arange(30), 4))]
    index = index_class(name).build(vectors)
    for k in range(1, 20):
        for row, found in enumerate(index.top_k(vectors[:4], k).rows):
            copies = np.flatnonzero((vectors == vectors[row]).all(axis=1))
            assert found[:4].tolist() == copies[:k].tolist()


def test_an_empty_index_finds_nothing(name):
    index = index_class(name).build(np.empty((0, DIM), dtype=np.float32))
    found = index.top_k(grid_vectors(2, seed=7), 3)
    assert len(index) == 0
    assert found.rows.shape == found.scores.shape == (2, 0)
    assert index.vectors(np.empty(0, dtype=np.int64)).shape == (0, DIM)


def test_all_zero_vectors_score_zero_in_row_order(name):
    index = index_class(name).build(np.zeros((6, DIM), dtype=np.float32))
    found = index.top_k(grid_vectors(1, seed=8), 4)
    assert found.rows.tolist() == [[0, 1, 2, 3]]
    assert found.scores.tolist() == [[0, 0, 0, 0]]


def test_an_all_zero_query_scores_zero_in_row_order(name):
    found = index_class(name).build(grid_vectors(6, seed=9)).top_k(np.zeros((1, DIM), dtype=np.float32), 4)
    assert found.rows.tolist() == [[0, 1, 2, 3]]
    assert found.scores.tolist() == [[0, 0, 0, 0]]


def test_a_mask_that_allows_nothing_gives_nothing(name):
    found = (
        index_class(name)
        .build(grid_vectors(9, seed=10))
        .top_k(grid_vectors(2, seed=11), 3, allowed=np.zeros(9, dtype=np.bool_))
    )
    assert found.rows.shape == found.scores.shape == (2, 0)


def test_a_mask_that_allows_only_the_worst_rows_gives_them(name):
    vectors = round_vectors(200, seed=12)
    worst = truth(vectors, vectors[0], 200)[0][-3:]
    allowed = np.zeros(200, dtype=np.bool_)
    allowed[worst] = True
    found = index_class(name).build(vectors).top_k(vectors[:1], 10, allowed=allowed)
    assert found.rows.tolist() == [worst]


def test_asking_changes_neither_mask_nor_vectors(name):
    vectors, allowed = grid_vectors(9, seed=13), np.arange(9) % 2 == 0
    kept, mask = vectors.copy(), allowed.copy()
    index_class(name).build(vectors).top_k(vectors[:2], 3, allowed=allowed)
    assert (vectors == kept).all()
    assert (allowed == mask).all()


@pytest.mark.parametrize("count", [0, 1, 50])
def test_what_was_saved_opens_as_it_was(name, count, tmp_path):
    vectors, queries = grid_vectors(count, seed=14), grid_vectors(3, seed=15)
    built = index_class(name).build(vectors)
    built.save(tmp_path / "passages.index")
    opened = index_class(name).open(tmp_path / "passages.index")

    assert [path.name for path in tmp_path.iterdir()] == ["passages.index"]
    assert len(opened) == count
    assert (opened.vectors(np.arange(count)) == vectors).all()
    assert_true(opened.top_k(queries, 7), vectors, queries, 7)
    allowed = np.arange(count) % 3 == 0
    assert_true(opened.top_k(queries, 7, allowed=allowed), vectors, queries, 7, allowed)


def test_the_same_vectors_give_the_same_file(name, tmp_path):
    for file in ("a", "b"):
        index_class(name).build(grid_vectors(20, seed=16)).save(tmp_path / file)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_vectors_come_back_in_the_order_asked_for_and_are_a_copy(name):
    vectors = round_vectors(10, seed=17)
    index = index_class(name).build(vectors.copy())
    given_back = index.vectors(np.array([7, 2, 2]))
    assert (given_back == vectors[[7, 2, 2]]).all()
    given_back[:] = 0
    assert (index.vectors(np.array([7, 2])) == vectors[[7, 2]]).all()
