"""Vectors that a build keeps in half precision."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.vectors import Vectors, from_half


@dataclass(frozen=True, slots=True, eq=False)
class HalfVectors:
    """(n, dim) vectors; read like an array, by row, slice or rows, in single precision."""

    halves: NDArray[np.float16]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.halves)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and length, (n, dim)."""
        return len(self.halves), self.halves.shape[1]

    def __getitem__(self, rows: int | slice | NDArray[np.integer]) -> Vectors:
        """The vectors of `rows`; of a single row (dim,)."""
        return from_half(self.halves[rows])

    def __array__(self, dtype: object = None, copy: bool | None = None) -> Vectors:
        """All of them."""
        return self[:]
