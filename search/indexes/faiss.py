"""FAISS's flat inner-product index behind our protocol. Its -1 rows, id selectors and ctypes stay in this file."""

from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np

from search.errors import CorruptBuild
from search.indexes.base import TopK, best_first
from search.vectors import Mask, Rows, Vectors


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
        """The index that `save` wrote, memory-mapped. Raises CorruptBuild where FAISS cannot read the file."""
        try:
            return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
        except RuntimeError as error:
            raise CorruptBuild(
                f"{path} is no readable FAISS index; build again with: trialkin rebuild-index"
            ) from error

    def save(self, path: Path) -> None:
        """Write the index to one file."""
        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        """How many rows."""
        return int(self._index.ntotal)

    def top_k(self, queries: Vectors, k: int, *, allowed: Mask | None = None) -> TopK:
        """The min(k, rows allowed) best rows for each query; the filter is exact."""
        count = len(self) if allowed is None else int(np.count_nonzero(allowed))
        k = min(k, count)
        if k == 0:
            return TopK(np.empty((len(queries), 0), np.int64), np.empty((len(queries), 0), np.float32))
        parameters = None
        if allowed is not None:
            # FAISS keeps bare pointers: `bits` and `selector` must outlive the search.
            bits = np.packbits(allowed, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(self), faiss.swig_ptr(bits))
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]  # its stub lacks it
        scores, rows = self._index.search(np.ascontiguousarray(queries), k, params=parameters)
        return best_first(rows, scores)

    def vectors(self, rows: Rows) -> Vectors:
        """The stored vectors of `rows`."""
        return np.asarray(self._vectors[rows])
