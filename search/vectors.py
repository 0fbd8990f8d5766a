"""Embeddings as arrays: unit float32 rows, so that a dot product is a cosine."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""(n, dim) float32, each row of length 1 (or all zero where there was nothing to embed)."""

Rows = NDArray[np.int64]
"""Positions in the corpus."""

Scores = NDArray[np.float32]
"""(n,) or (m,): one for each trial looked at."""

Mask = NDArray[np.bool_]
"""(n,) True where a row is allowed."""

_FEW = 2048
"""Numbers that one call converts sooner than four do."""


def mean_vectors(texts: Sequence[Sequence[str]], vectors: Callable[[Sequence[str]], Vectors]) -> Vectors:
    """(len(texts), dim) of each group of texts the mean of what `vectors` gives them, scaled to length 1.

    The vector of one text alone stays as it is.
    """
    sizes = np.array([len(group) for group in texts])
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    each = vectors([text for group in texts for text in group])
    several = sizes > 1
    means: Vectors = each[starts]
    means[several] = unit_rows(np.add.reduceat(each, starts, axis=0)[several])
    return means


def unit_rows(matrix: NDArray[np.floating]) -> Vectors:
    """`matrix` (n, dim) with each row scaled to length 1; a zero row stays zero."""
    vectors = np.ascontiguousarray(matrix, dtype=np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return scaled


def from_half(halves: NDArray[np.float16]) -> Vectors:
    """Half-precision numbers in single precision, exactly; but for infinities and what is no number.

    Sign and bits are put where single precision has them, and the exponent's other bias is made up for by a factor.
    NumPy's own conversion takes seven times as long, but for a few.
    """
    if halves.size < _FEW:
        return halves.astype(np.float32)
    bits = halves.view(np.int16).astype(np.int32)
    bits <<= 13
    bits &= ~0x70000000  # the sign's copies, of widening
    vectors = bits.view(np.float32)
    vectors *= np.float32(2.0**112)
    return vectors
