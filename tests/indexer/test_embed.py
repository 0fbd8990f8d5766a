from pathlib import Path

import numpy as np
import pytest

from indexer import embed
from indexer.embed import EmbeddingCount, embed_missing
from indexer.embedding_cache import EmbeddingCache
from search.encoders.hashing import HashingEncoder
from search.errors import UnusableEncoder
from search.progress import Progress
from search.vectors import Vectors
from tests.indexer.encoders import RememberingEncoder

TEXTS = [f"{'long ' * (number % 7)}text {number}" for number in range(50)]


def test_each_text_is_encoded_once_and_its_vector_kept_under_it(tmp_path: Path, quiet: Progress) -> None:
    encoder = RememberingEncoder()
    with EmbeddingCache(tmp_path, encoder.revision) as cache:
        assert embed_missing(TEXTS, encoder, cache, quiet) == EmbeddingCount(embedded=50, reused=0)

        assert sorted(encoder.encoded) == sorted(TEXTS)
        assert np.array_equal(cache.vectors(TEXTS), HashingEncoder().encode_documents(TEXTS))


def test_what_is_known_is_not_encoded_again(tmp_path: Path, quiet: Progress) -> None:
    with EmbeddingCache(tmp_path, "one") as cache:
        embed_missing(TEXTS[:30], RememberingEncoder(), cache, quiet)
        encoder = RememberingEncoder()

        assert embed_missing(TEXTS, encoder, cache, quiet) == EmbeddingCount(embedded=20, reused=30)
        assert sorted(encoder.encoded) == sorted(TEXTS[30:])
        assert embed_missing(TEXTS, encoder, cache, quiet) == EmbeddingCount(embedded=0, reused=50)
        assert len(encoder.encoded) == 20


def test_a_run_that_breaks_off_keeps_its_finished_chunks(
    tmp_path: Path, quiet: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embed, "CHUNK", 8)
    stopped = RememberingEncoder(limit=20)
    with pytest.raises(KeyboardInterrupt), EmbeddingCache(tmp_path, "one") as cache:
        embed_missing(TEXTS, stopped, cache, quiet)

    second = RememberingEncoder()
    with EmbeddingCache(tmp_path, "one") as cache:
        assert embed_missing(TEXTS, second, cache, quiet) == EmbeddingCount(
            embedded=50 - len(stopped.encoded), reused=len(stopped.encoded)
        )
        assert len(stopped.encoded) >= 10
        assert sorted([*stopped.encoded, *second.encoded]) == sorted(TEXTS)
        assert np.array_equal(cache.vectors(TEXTS), HashingEncoder().encode_documents(TEXTS))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_vectors_that_are_no_numbers_are_refused_and_not_kept(bad: float, tmp_path: Path, quiet: Progress) -> None:
    class BrokenEncoder(RememberingEncoder):
        def encode_documents(self, texts: list[str]) -> Vectors:  # type: ignore[override]
            vectors = super().encode_documents(texts)
            vectors[-1, 3] = bad
            return vectors

    with EmbeddingCache(tmp_path, "one") as cache:
        with pytest.raises(UnusableEncoder, match="'remembering' gives vectors that are no numbers"):
            embed_missing(TEXTS, BrokenEncoder(), cache, quiet)
        assert cache.missing(TEXTS) == TEXTS
