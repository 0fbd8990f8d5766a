"""Texts to vectors through the cache: each distinct text is encoded once, ever, by one encoder revision."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.embedding_cache import EmbeddingCache
from search.encoders.base import Encoder
from search.errors import UnusableEncoder
from search.progress import Progress

# What a kill can lose: a few seconds of encoding on a small machine.
CHUNK = 512


@dataclass(frozen=True, slots=True)
class EmbeddingCount:
    """Distinct texts encoded now, and those whose vectors were already known."""

    embedded: int
    reused: int


def embed_missing(texts: Sequence[str], encoder: Encoder, cache: EmbeddingCache, progress: Progress) -> EmbeddingCount:
    """Encode those of the distinct `texts` that the cache lacks.

    The encoder is not touched, and so its weights not loaded, where nothing is missing.
    """
    # Chunks of like length waste least on padding; in random order they give an honest time left from the start.
    missing = sorted(cache.missing(texts), key=len)
    chunks = [missing[start : start + CHUNK] for start in range(0, len(missing), CHUNK)]
    random.Random(0).shuffle(chunks)
    if chunks:
        with progress.stage("embedding", len(missing), "strings") as advance:
            for chunk in chunks:
                vectors = encoder.encode_documents(chunk)
                if not np.isfinite(vectors).all():
                    raise UnusableEncoder(
                        f"the encoder {encoder.spec!r} gives vectors that are no numbers; take another"
                    )
                cache.add(chunk, vectors)
                advance(len(chunk))
    return EmbeddingCount(embedded=len(missing), reused=len(texts) - len(missing))
