import random
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from indexer.embedding_cache import EmbeddingCache
from search.errors import CorruptBuild
from search.vectors import Vectors

# More than SQLite takes parameters in one statement.
TEXTS = [f"text {number} ü" for number in range(2_000)]


def vectors_of(count: int, seed: int = 0) -> Vectors:
    return np.random.default_rng(seed).standard_normal((count, 8)).astype(np.float32)


def test_vectors_come_back_bit_by_bit_in_any_order_and_repeated(tmp_path: Path) -> None:
    kept = vectors_of(len(TEXTS))
    kept[0] = [0.0, -0.0, np.float32(1e-45), np.finfo(np.float32).max, 1 / 3, -1, 1, 2]
    with EmbeddingCache(tmp_path, "one") as cache:
        cache.add(TEXTS, kept)
    order = random.Random(0).choices(range(len(TEXTS)), k=3_000)

    with EmbeddingCache(tmp_path, "one") as cache:
        found = cache.vectors([TEXTS[row] for row in order])

    assert found.dtype == np.float32
    assert found.tobytes() == kept[order].tobytes()


def test_missing_are_those_never_added_in_their_order(tmp_path: Path) -> None:
    with EmbeddingCache(tmp_path, "one") as cache:
        assert cache.missing(TEXTS) == TEXTS
        cache.add(TEXTS[::2], vectors_of(1_000))
        assert cache.missing(TEXTS) == TEXTS[1::2]


def test_another_revision_knows_nothing_of_the_first(tmp_path: Path) -> None:
    with EmbeddingCache(tmp_path, "one") as one, EmbeddingCache(tmp_path, "two") as two:
        one.add(["a"], vectors_of(1, seed=1))
        assert two.missing(["a"]) == ["a"]
        two.add(["a"], vectors_of(1, seed=2))

        assert np.array_equal(one.vectors(["a"]), vectors_of(1, seed=1))
        assert np.array_equal(two.vectors(["a"]), vectors_of(1, seed=2))


def test_what_was_added_survives_a_process_that_never_closes(tmp_path: Path) -> None:
    left_open = EmbeddingCache(tmp_path, "one")
    left_open.add(["a"], vectors_of(1))

    with EmbeddingCache(tmp_path, "one") as cache:
        assert np.array_equal(cache.vectors(["a"]), vectors_of(1))
    left_open.__exit__()


def test_a_file_that_is_no_database_is_refused_with_what_to_remove(tmp_path: Path) -> None:
    with EmbeddingCache(tmp_path, "one") as cache:
        path = cache.path
    path.write_bytes(b"this is no database" * 100)

    with pytest.raises(CorruptBuild, match=rf"^{path} is no sound embedding cache \(.*\); remove it and build again$"):
        EmbeddingCache(tmp_path, "one")
    path.unlink()
    with EmbeddingCache(tmp_path, "one") as cache:
        assert cache.missing(["a"]) == ["a"]


def test_a_database_damaged_inside_is_refused_when_it_is_read(tmp_path: Path) -> None:
    with EmbeddingCache(tmp_path, "one") as cache:
        cache.add(TEXTS, vectors_of(len(TEXTS)))
        path = cache.path
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))

    with EmbeddingCache(tmp_path, "one") as cache:
        for read in (cache.missing, cache.vectors):
            with pytest.raises(CorruptBuild, match=rf"^{path} is no sound embedding cache"):
                read(TEXTS)


def test_vectors_of_several_lengths_are_refused(tmp_path: Path) -> None:
    with EmbeddingCache(tmp_path, "one") as cache:
        cache.add(["a", "b"], vectors_of(2))
        path = cache.path
    with sqlite3.connect(path) as database:
        database.execute("UPDATE embeddings SET vector = x'00000000' WHERE rowid = 1")
    database.close()

    with EmbeddingCache(tmp_path, "one") as cache, pytest.raises(CorruptBuild, match="vectors of several lengths"):
        cache.vectors(["a", "b"])


def test_a_cache_that_cannot_be_opened_is_an_error_that_names_it_and_does_not_ask_to_remove_it(tmp_path: Path) -> None:
    with EmbeddingCache(tmp_path, "one") as cache:
        path = cache.path
    path.unlink()
    path.mkdir()

    with pytest.raises(OSError, match="the embedding cache cannot be used") as error:
        EmbeddingCache(tmp_path, "one")
    assert error.value.filename == str(path)
