"""Lists that are looked at in part, against NumPy."""

import math
import threading
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.indexes.base import best_first
from search.indexes.calibration import AIMS, calibrate, exact_neighbours
from search.indexes.catalogue import EXACT_UP_TO
from search.indexes.exact import ExactIndex
from search.indexes.ivf import ONE_LIST_UP_TO, IvfIndex, lists_for
from search.listing import CANDIDATES

COUNT, DIM, LISTS = 6_000, 32, 60


def clustered(count, seed, *, topics=200):
    """Unit rows around some topics, as trials lie, that half precision holds as they are."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(topics, DIM))
    rows = centres[random.integers(0, topics, count)] + 0.6 * random.normal(size=(count, DIM))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)


@pytest.fixture(scope="module")
def vectors():
    return clustered(COUNT, 1)


@pytest.fixture(scope="module")
def calibrated(vectors):
    index = IvfIndex.build(vectors, lists=LISTS)
    return index, calibrate(index, vectors)


@pytest.fixture(scope="module")
def index(calibrated, tmp_path_factory):
    """As a build has it: calibrated, saved and opened."""
    path = tmp_path_factory.mktemp("ivf") / "passages.index"
    calibrated[0].save(path)
    return IvfIndex.open(path)


def recall(index, vectors, rows, k, allowed=None):
    """Mean share of NumPy's top k that the index has too."""
    found = index.top_k(vectors[rows], k, allowed=allowed)
    true = ExactIndex(vectors).top_k(vectors[rows], k, allowed=allowed)
    return float(np.mean([np.isin(a, b).mean() for a, b in zip(true.rows, found.rows, strict=True)]))


def test_the_lists_grow_with_the_root_of_the_rows():
    counts = (0, ONE_LIST_UP_TO, ONE_LIST_UP_TO + 1, EXACT_UP_TO + 1, 182_867, 10**6)
    assert [lists_for(count) for count in counts] == [1, 1, 400, 894, 1711, 4000]


@given(
    count=st.integers(1, 60),
    lists=st.integers(2, 9),
    k=st.integers(1, 70),
    share=st.sampled_from([None, 0.0, 0.1, 0.5, 1.0]),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=40)
def test_before_it_is_calibrated_it_is_exact(count, lists, k, share, seed):
    vectors = clustered(count, seed, topics=3)
    vectors[::3] = vectors[0]  # equal ones too
    allowed = None if share is None else np.random.default_rng(seed).random(count) < share
    index = IvfIndex.build(vectors, lists=min(lists, count))
    found, true = (one.top_k(vectors[:4], k, allowed=allowed) for one in (index, ExactIndex(vectors)))
    assert found.rows.shape == true.rows.shape
    np.testing.assert_allclose(found.scores, true.scores, atol=1e-6)
    for query, rows, scores in zip(vectors, found.rows, found.scores, strict=False):
        assert len(set(rows.tolist())) == len(rows)
        np.testing.assert_allclose(vectors[rows] @ query, scores, atol=1e-6)


def test_it_is_calibrated_to_the_fewest_lists_that_reach_the_aims(calibrated, vectors):
    index, calibration = calibrated
    assert (calibration.lists, calibration.probes, calibration.sample) == (LISTS, index.probes, 512)
    assert 1 < index.probes < LISTS
    assert not index.compares_all
    assert AIMS == {10: 0.99, CANDIDATES: 0.97}
    assert all(calibration.index_recall[k] >= aim - 0.001 for k, aim in AIMS.items())

    probes, index.probes = index.probes, index.probes - 1
    rows = np.sort(np.random.default_rng(11).permutation(COUNT)[:512])
    exact = exact_neighbours(vectors, rows, CANDIDATES)
    missed = []
    for k, aim in AIMS.items():
        found = [near[near != row][:k] for near, row in zip(index.top_k(vectors[rows], k + 1).rows, rows, strict=True)]
        missed.append(np.mean([np.isin(true[:k], near).mean() for true, near in zip(exact, found, strict=True)]) < aim)
    index.probes = probes
    assert any(missed)


def test_what_was_calibrated_holds_for_other_rows_too(index, calibrated, vectors):
    rows = np.random.default_rng(99).integers(0, COUNT, 200)
    assert index.probes == calibrated[1].probes
    assert recall(index, vectors, rows, 10) >= 0.98
    assert recall(index, vectors, rows, CANDIDATES) >= 0.96


def test_the_neighbours_it_is_calibrated_by_are_those_of_numpy(vectors):
    rows = np.array([5, 17, 5_999])
    for k in (1, 40, 2 * COUNT):
        near = exact_neighbours(vectors, rows, k)
        true = ExactIndex(vectors).top_k(vectors[rows], COUNT).rows
        assert near.tolist() == [one[one != row][:k].tolist() for one, row in zip(true, rows, strict=True)]


@pytest.mark.parametrize("share", [0.5, 0.05, 0.005])
def test_a_filter_is_exact_and_costs_no_recall(index, vectors, share):
    allowed = np.random.default_rng(3).random(COUNT) < share
    rows = np.random.default_rng(4).integers(0, COUNT, 100)
    found = index.top_k(vectors[rows], CANDIDATES, allowed=allowed).rows
    assert found.shape == (100, min(CANDIDATES, allowed.sum()))
    assert allowed[found].all()
    assert recall(index, vectors, rows, CANDIDATES, allowed) >= (0.97 if share == 0.5 else 1.0)


def test_a_filter_far_from_the_question_is_searched_as_deeply(index, vectors):
    """Not the lists nearest to the question count but those where something is allowed."""
    lists = index.list_of(np.arange(COUNT))
    far = index.list_order(vectors[0])[LISTS // 2 :]
    allowed = np.isin(lists, far)
    assert recall(index, vectors, np.array([0]), 50, allowed) >= 0.97
    assert len(index.top_k(vectors[:1], 100_000, allowed=allowed).rows[0]) == allowed.sum()


@given(
    k=st.integers(1, COUNT + 10), share=st.sampled_from([None, 0.001, 0.02, 0.3, 0.9]), seed=st.integers(0, 2**32 - 1)
)
@settings(max_examples=60, deadline=None)
def test_it_always_gives_as_many_as_there_are(index, vectors, k, share, seed):
    random = np.random.default_rng(seed)
    allowed = None if share is None else random.random(COUNT) < share
    query = vectors[random.integers(0, COUNT, 1)]
    found = index.top_k(query, k, allowed=allowed)
    rows, scores = found.rows[0], found.scores[0]
    assert len(rows) == min(k, COUNT if allowed is None else allowed.sum())
    assert len(set(rows.tolist())) == len(rows)
    assert allowed is None or allowed[rows].all()
    np.testing.assert_allclose(scores, vectors[rows] @ query[0], atol=1e-6)
    ordered = best_first(found.rows, found.scores)
    assert ordered.rows.tolist() == found.rows.tolist()


def test_who_asks_for_more_has_more_looked_at(index, vectors):
    rows = np.random.default_rng(5).integers(0, COUNT, 50)
    assert recall(index, vectors, rows, 4 * CANDIDATES) >= 0.95
    assert sorted(index.top_k(vectors[:1], COUNT).rows[0].tolist()) == list(range(COUNT))


def test_equal_vectors_come_in_row_order_at_any_cut(vectors):
    doubled = vectors[np.random.default_rng(6).permutation(np.repeat(np.arange(2_000), 3))]
    index = IvfIndex.build(doubled, lists=20)
    index.probes = 4
    for row in range(5):
        copies = np.flatnonzero((doubled == doubled[row]).all(axis=1)).tolist()
        for k in range(1, 8):
            assert index.top_k(doubled[row : row + 1], k).rows[0][:3].tolist() == copies[:k]


def test_vectors_are_those_put_in_to_half_a_precision(index, tmp_path):
    vectors = np.random.default_rng(7).normal(size=(500, DIM)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    built = IvfIndex.build(vectors, lists=7)
    built.save(tmp_path / "index")
    rows = np.random.default_rng(8).integers(0, 500, 40)
    for one in (built, IvfIndex.open(tmp_path / "index")):
        assert (one.vectors(rows) == vectors[rows].astype(np.float16).astype(np.float32)).all()
    assert index.vectors(np.empty(0, np.int64)).shape == (0, DIM)


def test_lists_that_nothing_is_in_are_passed_over(tmp_path):
    vectors = clustered(2, 10)[np.arange(300) % 2]
    index = IvfIndex.build(vectors, lists=30)
    index.probes = 3
    index.save(tmp_path / "index")
    opened = IvfIndex.open(tmp_path / "index")
    assert (opened.vectors(np.arange(300)) == vectors).all()
    assert sorted(opened.top_k(vectors[:1], 300).rows[0].tolist()) == list(range(300))


def test_two_builds_of_the_same_vectors_are_the_same_file(vectors, tmp_path):
    for name in ("a", "b"):
        index = IvfIndex.build(vectors, lists=LISTS)
        calibrate(index, vectors)
        index.save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_index_of_one_list_has_nothing_to_calibrate(vectors):
    index = IvfIndex.build(vectors)
    assert (index.lists, index.compares_all) == (1, True)
    assert calibrate(index, vectors) is None
    assert recall(index, vectors, np.arange(20), CANDIDATES) == 1.0


def test_threads_may_ask_at_once_and_keep_their_setting(index, vectors):
    wanted = index.top_k(vectors[:40], 10).rows.tolist()
    found, settings_after = {}, []

    def ask(part):
        before = faiss.omp_get_max_threads()
        found[part] = [index.top_k(vectors[row : row + 1], 10).rows[0].tolist() for row in range(40)]
        settings_after.append(faiss.omp_get_max_threads() == before)

    threads = [threading.Thread(target=ask, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(found.values()) == [wanted] * 4
    assert settings_after == [True] * 4


def test_a_file_is_mapped_and_not_read(tmp_path):
    vectors = np.random.default_rng(9).normal(size=(40_000, 128)).astype(np.float32)
    index = IvfIndex.build(vectors, lists=16)
    index.probes = 1
    index.save(tmp_path / "index")
    size = (tmp_path / "index").stat().st_size
    before = _own_memory()
    opened = IvfIndex.open(tmp_path / "index")
    opened.top_k(vectors[:1], 10)
    opened.vectors(np.arange(0, 40_000, 400))
    assert _own_memory() - before < size / 4
    assert math.isclose(size, 40_000 * (2 * 128 + 16), rel_tol=0.02)


def _own_memory():
    """Bytes of this process that no file backs."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
