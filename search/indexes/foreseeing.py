"""Many questions foreseen are many answered at once: one pass over the vectors serves them all.

Asked one by one, each question reads every vector from memory, and that is what it waits for. A hundred together are a
product of matrices, which is bound by arithmetic and takes a fifth of the time.
"""

import numpy as np

from search.indexes.base import Nearest, TopK, best_first
from search.vectors import Mask, Rows, Scores, Vectors

_ROWS_A_STEP = 8192
"""So that what is multiplied stays in the processor's cache."""
_ROUNDING_A_DIMENSION = 1e-8
"""Cosines of one pair by different kernels differ by less than this for each dimension that they are summed over."""


class ForeseeingIndex:
    """Another index, whose answers to questions foreseen are there before they are asked."""

    def __init__(self, index: Nearest) -> None:
        self._index = index
        self._scores: dict[bytes, Scores] = {}
        """Query -> (n,) its cosine with every row."""

    @property
    def compares_all(self) -> bool:
        """Whether each question that was not foreseen is held against every vector."""
        return self._index.compares_all

    def __len__(self) -> int:
        """How many rows."""
        return len(self._index)

    def foresee(self, queries: Vectors) -> None:
        """Be ready for each of `queries` (n_queries, dim); forgets those foreseen before.

        Takes n_queries * len(self) * 4 bytes for as long.
        """
        self._scores = {}
        scores = np.empty((len(queries), len(self)), np.float32)
        for start in range(0, len(self), _ROWS_A_STEP):
            rows = np.arange(start, min(start + _ROWS_A_STEP, len(self)))
            np.matmul(queries, self._index.vectors(rows).T, out=scores[:, rows[0] : rows[-1] + 1])
        self._scores = {query.tobytes(): of_all for query, of_all in zip(queries, scores, strict=True)}

    def top_k(self, queries: Vectors, k: int, *, allowed: Mask | None = None) -> TopK:
        """As the index that this one is around answers, up to rounding of the scores."""
        of_all = self._scores.get(queries.tobytes())
        if of_all is not None:
            count = len(self) if allowed is None else np.count_nonzero(allowed)
            if k < count:
                of_allowed = of_all if allowed is None else np.where(allowed, of_all, -np.inf)
                border = np.partition(of_allowed, len(self) - k)[len(self) - k]
                rows = np.flatnonzero(of_allowed >= border - _ROUNDING_A_DIMENSION * queries.shape[1])
                # Where the last place could go to another by rounding, the index itself is asked.
                if len(rows) == k:
                    return best_first(rows[np.newaxis], of_allowed[rows][np.newaxis])
        return self._index.top_k(queries, k, allowed=allowed)

    def vectors(self, rows: Rows) -> Vectors:
        """The stored vectors of `rows`."""
        return self._index.vectors(rows)
