"""An encoder that knows the vectors of real texts and turns them a little for copies of those texts.

A copy's vector is as far from the original's as real trials are from their nearest: its cosine is drawn from theirs.
It is turned in a direction drawn from a normal distribution of the covariance of real vectors, so that copies fill the
part of space that real trials fill.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexer.embedding_cache import EmbeddingCache
from search.errors import UnusableEncoder
from search.indexes.base import Nearest
from search.vectors import Vectors, unit_rows

_MARK = re.compile(r"Copy \d+ of ")


@dataclass(frozen=True, slots=True)
class Spread:
    """How real vectors lie."""

    cosines: Vectors
    """(m,) Of sampled trials with their nearest other."""
    factor: Vectors
    """(dim, dim) Whose product with itself is the covariance."""

    @classmethod
    def of(cls, passages: Nearest, *, sampled: int, seed: int) -> "Spread":
        """Of the vectors in an index."""
        rows = np.random.default_rng(seed).permutation(len(passages))[: 20 * sampled]
        vectors = passages.vectors(rows)
        nearest = np.concatenate([passages.top_k(vector[np.newaxis], 2).scores for vector in vectors[:sampled]])
        values, directions = np.linalg.eigh(np.cov(vectors, rowvar=False))
        factor = directions * np.sqrt(np.maximum(values, 0))
        return cls(np.minimum(nearest[:, 1], 1).astype(np.float32), factor.astype(np.float32))


class GrownEncoder:
    """Vectors of real texts out of a cache, and those of their copies."""

    spec = "grown"

    def __init__(self, cache: EmbeddingCache, revision: str, spread: Spread) -> None:
        self._cache = cache
        self._spread = spread
        self.revision = f"grown-1 {revision}"
        self.dim = len(spread.factor)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dim) unit vectors. Raises UnusableEncoder where a real text is not in the cache."""
        real = [_MARK.sub("", text, count=1) if _MARK.match(text) else text for text in texts]
        if missing := self._cache.missing(list(dict.fromkeys(real))):
            raise UnusableEncoder(
                f"{len(missing)} texts have no vector yet, such as {missing[0][:80]!r}; embed them first"
            )
        vectors = self._cache.vectors(real).copy()
        copies = [place for place, text in enumerate(texts) if text != real[place]]
        if copies:
            vectors[copies] = turned(vectors[copies], [texts[place] for place in copies], self._spread)
        return vectors

    encode_queries = encode_documents


def turned(vectors: Vectors, names: Sequence[str], spread: Spread) -> Vectors:
    """Each of `vectors` (n, dim) turned by an angle and in a direction that its name alone decides."""
    chances = [np.random.default_rng(list(hashlib.sha256(name.encode()).digest()[:8])) for name in names]
    cosines = np.array([chance.choice(spread.cosines) for chance in chances])[:, np.newaxis]
    aside = np.array([chance.standard_normal(vectors.shape[1]) for chance in chances]) @ spread.factor.T
    aside -= np.sum(aside * vectors, axis=1, keepdims=True) * vectors
    return unit_rows(cosines * vectors + np.sqrt(1 - cosines**2) * unit_rows(aside))


def save_spread(spread: Spread, path: Path) -> None:
    """Write it to one file."""
    np.savez(path, cosines=spread.cosines, factor=spread.factor)


def open_spread(path: Path) -> Spread:
    """What `save_spread` wrote."""
    with np.load(path) as kept:
        return Spread(kept["cosines"], kept["factor"])
