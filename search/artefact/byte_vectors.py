"""Vectors that a build keeps in eight bits a number, with a scale for each."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.vectors import Vectors

_LARGEST = 127


@dataclass(frozen=True, slots=True, eq=False)
class ByteVectors:
    """(n, dim) unit vectors; read like an array, by row, slice or rows, in single precision.

    A number is off by half a 127th of the largest of its vector at most, which moves a cosine by some .0005; a vector
    put in again comes out the same.
    """

    stored: NDArray[np.void]
    """(n,) of `byte_type`."""

    def __len__(self) -> int:
        """How many rows."""
        return len(self.stored)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and length, (n, dim)."""
        return len(self.stored), self.stored.dtype["numbers"].shape[0]

    def __getitem__(self, rows: int | slice | NDArray[np.integer]) -> Vectors:
        """The vectors of `rows`; of a single row (dim,)."""
        found = self.stored[rows]  # a vector and its scale lie side by side: one page is touched
        vectors = found["numbers"].astype(np.float32)
        vectors *= found["scale"][..., np.newaxis]
        return vectors

    def __array__(self, dtype: object = None, copy: bool | None = None) -> Vectors:
        """All of them."""
        return self[:]


def byte_type(dim: int) -> np.dtype[Any]:
    """How a vector of `dim` numbers is stored."""
    return np.dtype([("scale", "<f4"), ("numbers", "i1", (dim,))])


def in_bytes(vectors: Vectors) -> NDArray[np.void]:
    """(n,) `vectors` (n, dim) as they are stored; the scale gives each the length 1 again, or 0 to one of zeros."""
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=0)
    numbers = np.rint(np.divide(vectors, largest, out=np.zeros_like(vectors), where=largest > 0) * _LARGEST)
    lengths = np.linalg.norm(numbers, axis=1)
    stored = np.empty(len(vectors), byte_type(vectors.shape[1]))
    stored["numbers"] = numbers
    stored["scale"] = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return stored
