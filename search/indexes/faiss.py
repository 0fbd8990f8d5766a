"""FAISS's flat inner-product index behind our protocol. Its -1 rows, id selectors and ctypes stay in this file."""

from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np

from search.indexes.asking import one_thread, selecting
from search.indexes.base import TopK, best_first
from search.vectors import Mask, Rows, Vectors

# FAISS scores one query and many by different kernels; their cosines differ by less than this.
_ROUNDING = 1e-5


class FaissIndex:
    """Every row compared, exactly; the file is memory-mapped, so that processes share it."""

    def __init__(self, index: Any) -> None:
        self._index = index
        # A view, not a copy, of the vectors as FAISS holds them: (n, dim).
        held = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d) if index.ntotal else np.empty(0, np.float32)
        self._vectors: Vectors = held.reshape(index.ntotal, index.d)

    @classmethod
    def build(cls, vectors: Vectors) -> Self:
        """An index of `vectors` (n, dim)."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors))
        return cls(index)

    @classmethod
    def open(cls, path: Path) -> Self:
        """The index that `save` wrote, memory-mapped."""
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))

    def save(self, path: Path) -> None:
        """Write the index to one file."""
        faiss.write_index(self._index, str(path))

    @property
    def compares_all(self) -> bool:
        """True."""
        return True

    def __len__(self) -> int:
        """How many rows."""
        return int(self._index.ntotal)

    def top_k(self, queries: Vectors, k: int, *, allowed: Mask | None = None) -> TopK:
        """The min(k, rows allowed) best rows for each query; the filter is exact."""
        count = len(self) if allowed is None else int(np.count_nonzero(allowed))
        k = min(k, count)
        if k == 0:
            return TopK(np.empty((len(queries), 0), np.int64), np.empty((len(queries), 0), np.float32))
        # One more than asked for shows whether the last place is shared: of equals FAISS keeps any.
        more = min(k + 1, count)
        queries = np.ascontiguousarray(queries)
        with one_thread(), selecting(allowed) as selector:
            # Its stub lacks the argument.
            parameters = None if selector is None else faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
            scores, rows = self._index.search(queries, more, params=parameters)
            ranked = best_first(rows, scores)
            if more > k:
                for query in np.flatnonzero(ranked.scores[:, k] == ranked.scores[:, k - 1]):
                    lowest = float(ranked.scores[query, k]) - _ROUNDING
                    _, scores, rows = self._index.range_search(queries[query : query + 1], lowest, params=parameters)
                    whole = best_first(rows[np.newaxis], scores[np.newaxis])
                    ranked.rows[query, :k], ranked.scores[query, :k] = whole.rows[0, :k], whole.scores[0, :k]
        return TopK(ranked.rows[:, :k], ranked.scores[:, :k])

    def vectors(self, rows: Rows) -> Vectors:
        """The stored vectors of `rows`."""
        return np.asarray(self._vectors[rows])
