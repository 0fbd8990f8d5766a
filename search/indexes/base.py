"""What every index offers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import numpy as np

from search.vectors import Mask, Rows, Vectors


@dataclass(frozen=True, slots=True)
class TopK:
    """Rows and cosine scores, each (n_queries, m), best first; of equal scores the lower row first."""

    rows: Rows
    scores: Vectors


@dataclass(frozen=True, slots=True)
class Calibration:
    """To what an approximate index was set, and how much of the exact answers it then found."""

    lists: int
    probes: int
    """Lists that are looked at."""
    sample: int
    """Rows whose neighbours were asked for."""
    index_recall: dict[int, float]
    """k -> share of the exact top k that the index returned, the row itself left out."""

    def __str__(self) -> str:
        found = " and ".join(f"{share:.2%} of the first {k}" for k, share in self.index_recall.items())
        return f"{self.probes:,} of {self.lists:,} lists looked at; finds {found} ({self.sample:,} trials asked)"


class Nearest(Protocol):
    """Unit vectors in row order, and the k nearest of them."""

    @property
    def compares_all(self) -> bool:
        """Whether each question is held against every vector."""
        ...

    def __len__(self) -> int:
        """How many rows."""
        ...

    def top_k(self, queries: Vectors, k: int, *, allowed: Mask | None = None) -> TopK:
        """The min(k, rows allowed) best rows for each of `queries` (n_queries, dim); `allowed` is (n,)."""
        ...

    def vectors(self, rows: Rows) -> Vectors:
        """The stored vectors of `rows`, (len(rows), dim)."""
        ...


class VectorIndex(Nearest, Protocol):
    """One that is kept in a file."""

    @classmethod
    def build(cls, vectors: Vectors) -> Self:
        """An index of `vectors` (n, dim)."""
        ...

    @classmethod
    def open(cls, path: Path) -> Self:
        """The index that `save` wrote, memory-mapped."""
        ...

    def save(self, path: Path) -> None:
        """Write the index to one file."""
        ...


def best_first(rows: Rows, scores: Vectors) -> TopK:
    """Each query's rows and scores in order: score down, then row up."""
    order = np.lexsort((rows, -scores), axis=1)
    return TopK(np.take_along_axis(rows, order, axis=1), np.take_along_axis(scores, order, axis=1))
