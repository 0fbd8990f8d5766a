"""Vectors of a build that takes over most of them from the one before.

An array of vectors then has three files: the base, which both builds have (one file with two names); the vectors that
this build has of its own; and the place of each row, counted through the base and on through the others. A base has
places that no row has any more. Where nothing was taken over, the base is all there is, in row order.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from search.artefact.byte_vectors import ByteVectors
from search.artefact.half_vectors import HalfVectors
from search.indexes.base import Nearest, TopK, best_first
from search.vectors import Mask, Rows, Vectors

# Unused places that are passed over before a search is repeated with more.
_SPARE = 32


def own_file(base: str) -> str:
    """The name of the file beside `base` that holds the build's own vectors."""
    path = PurePosixPath(base)
    return f"{path.stem}.own{path.suffix}"


def places_file(base: str) -> str:
    """The name of the file beside `base` that holds the place of each row."""
    return f"{PurePosixPath(base).stem}.places.npy"


@dataclass(frozen=True, slots=True, eq=False)
class PatchedVectors:
    """(n, dim) unit vectors out of two arrays; read like an array, by row, slice or rows."""

    base: Vectors | HalfVectors | ByteVectors
    own: Vectors | HalfVectors | ByteVectors
    places: NDArray[np.int32]
    """(n,)"""

    def __len__(self) -> int:
        """How many rows."""
        return len(self.places)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and length, (n, dim)."""
        return len(self.places), self.base.shape[1]

    def __getitem__(self, rows: int | slice | NDArray[np.integer]) -> Vectors:
        """The vectors of `rows`; of a single row (dim,)."""
        places = np.asarray(self.places[rows])
        if places.ndim == 0:
            return np.asarray(self[np.array([rows])][0])
        return _gathered(places, len(self.base), self.base.__getitem__, self.own.__getitem__)

    def __array__(self, dtype: object = None, copy: bool | None = None) -> Vectors:
        """All of them."""
        return self[:]


class PatchedIndex:
    """An index of which some rows were put in the place of others since its base was built."""

    def __init__(self, base: Nearest, own: Nearest, places: NDArray[np.int32]) -> None:
        """Both parts hold their vectors in row order."""
        self.base = base
        self.own = own
        self.places = places
        rows_of_places = np.full(len(base) + len(own), -1, dtype=np.int64)
        rows_of_places[places] = np.arange(len(places))
        self._parts = [(base, rows_of_places[: len(base)]), (own, rows_of_places[len(base) :])]

    @property
    def compares_all(self) -> bool:
        """Whether each question is held against every vector of the base."""
        return self.base.compares_all

    def __len__(self) -> int:
        """How many rows."""
        return len(self.places)

    def top_k(self, queries: Vectors, k: int, *, allowed: Mask | None = None) -> TopK:
        """The min(k, rows allowed) best rows for each query."""
        # Rows of a part are in the order of its places, so that of equal scores each part gives the lowest rows.
        if allowed is None:
            k = min(k, len(self))
            found = [_used_top_k(part, rows, queries, k) for part, rows in self._parts]
        else:
            found = [
                _as_rows(part.top_k(queries, k, allowed=(rows >= 0) & allowed[rows]), rows)
                for part, rows in self._parts
            ]
        ranked = best_first(
            np.concatenate([top.rows for top in found], axis=1), np.concatenate([top.scores for top in found], axis=1)
        )
        return TopK(ranked.rows[:, :k], ranked.scores[:, :k])

    def vectors(self, rows: Rows) -> Vectors:
        """The stored vectors of `rows`."""
        return _gathered(self.places[rows], len(self.base), self.base.vectors, self.own.vectors)


StoredVectors = Vectors | HalfVectors | ByteVectors | PatchedVectors


def base_and_places(stored: StoredVectors | Nearest) -> tuple[int, NDArray[np.int32]]:
    """How many places the base of `stored` has, and the place of each row."""
    if isinstance(stored, PatchedVectors | PatchedIndex):
        return len(stored.base), stored.places
    return len(stored), np.arange(len(stored), dtype=np.int32)


def _used_top_k(part: Nearest, rows: Rows, queries: Vectors, k: int) -> TopK:
    """At least the k best of the places that a row has, where there are so many; an unused place scores -inf.

    By asking for some more, not by a filter: FAISS filters in another kernel, whose cosines are rounded otherwise, and
    the answers are to be those of one whole index.
    """
    used = int(np.count_nonzero(rows >= 0))
    # As many more as are unused among all, and some to spare.
    wanted = k if used == len(rows) else k * len(rows) // max(used, 1) + _SPARE
    while True:
        found = _as_rows(part.top_k(queries, wanted), rows)
        is_used = found.rows >= 0
        if wanted >= len(rows) or is_used.sum(axis=1).min(initial=used) >= min(k, used):
            return TopK(found.rows, np.where(is_used, found.scores, -np.inf).astype(np.float32))
        wanted *= 2


def _as_rows(found: TopK, rows: Rows) -> TopK:
    """Places as the rows that have them."""
    return TopK(rows[found.rows], found.scores)


def _gathered(
    places: NDArray[np.int32], base: int, of_base: Callable[[Rows], Vectors], of_own: Callable[[Rows], Vectors]
) -> Vectors:
    is_own = places >= base
    from_base = of_base(places[~is_own].astype(np.int64))
    vectors = np.empty((len(places), from_base.shape[1]), dtype=np.float32)
    vectors[~is_own] = from_base
    vectors[is_own] = of_own(places[is_own].astype(np.int64) - base)
    return vectors
