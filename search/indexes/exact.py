"""Exact search in NumPy: the truth."""

from pathlib import Path
from typing import Self

import numpy as np

from search.indexes.base import TopK, best_first
from search.vectors import Mask, Rows, Vectors


class ExactIndex:
    """One matrix product and a full sort; written to be obviously right rather than fast."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    @classmethod
    def build(cls, vectors: Vectors) -> Self:
        """An index of `vectors` (n, dim)."""
        return cls(vectors)

    @classmethod
    def open(cls, path: Path) -> Self:
        """The index that `save` wrote, memory-mapped."""
        return cls(np.load(path, mmap_mode="r"))

    def save(self, path: Path) -> None:
        """Write the vectors as one .npy stream, whatever the file is called."""
        with path.open("wb") as stream:
            np.save(stream, self._vectors)

    @property
    def compares_all(self) -> bool:
        """True."""
        return True

    def __len__(self) -> int:
        """How many rows."""
        return len(self._vectors)

    def top_k(self, queries: Vectors, k: int, *, allowed: Mask | None = None) -> TopK:
        """The min(k, rows allowed) best rows for each query."""
        rows = np.arange(len(self)) if allowed is None else np.flatnonzero(allowed)
        scores = queries @ self._vectors[rows].T
        ranked = best_first(np.broadcast_to(rows, scores.shape), scores)
        return TopK(ranked.rows[:, :k], ranked.scores[:, :k])

    def vectors(self, rows: Rows) -> Vectors:
        """The stored vectors of `rows`."""
        return np.asarray(self._vectors[rows])
