"""FAISS's inverted lists behind our protocol: of all rows only those in the lists nearest a question are compared.

The rows are cut into lists by k-means (Sivic and Zisserman 2003; the IVF of Johnson, Douze and Jégou 2017), and kept in
half precision, which moves a cosine by some hundred-thousandths. The lists are all there is: the vectors of given rows
are read out of them. How many lists are looked at is calibrated; see search.indexes.calibration.
"""

import math
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from search.indexes.asking import one_thread, selecting
from search.indexes.base import TopK, best_first
from search.listing import CANDIDATES
from search.vectors import Mask, Rows, Vectors, from_half

ONE_LIST_UP_TO = 10_000
"""Rows, as the patch of a larger index may have; to compare them takes about as long as its lists do."""
_TRAINED_A_LIST = 40
"""Rows that k-means looks at; FAISS advises 39 at least."""
_TRAINING_ROUNDS = 8
_SEED = 20_240_229
_ROWS_A_STEP = 65_536
_BY_ROW = 1  # DirectMap::Array, which the stub lacks
_FEW = 0.08
"""Of the rows; about as many are looked at without a filter. So few allowed ones are compared in at most half the time
that it takes to pass all others over in their lists."""
_COMPARED_A_STEP = 512
"""More would not stay in the processor's cache, and takes up to three times as long."""
_ROUNDING = 1e-6
"""FAISS and NumPy add up one cosine in different orders; they differ by less."""


def lists_for(count: int) -> int:
    """Into how many lists `count` rows are cut; into one, so that every row is compared, where they are few."""
    return 1 if count <= ONE_LIST_UP_TO else round(4 * math.sqrt(count))


class IvfIndex:
    """Looks at the `probes` nearest of its lists, which is all of them until it is calibrated; memory-mapped."""

    def __init__(self, index: Any, *, mapped: bool = False) -> None:
        """`mapped` says that all lists lie in one piece of memory, as in a file."""
        self._index = index
        self._lists = faiss.downcast_InvertedLists(index.invlists)
        self._sizes = np.array([self._lists.list_size(number) for number in range(index.nlist)])
        # Of each row its list, and its place in that, in the upper and the lower half.
        places = index.direct_map.array
        self._places = faiss.rev_swig_ptr(places.data(), places.size()) if places.size() else np.empty(0, np.int64)
        self._mapped = _Mapped(self._lists, self._sizes, index.code_size) if mapped and len(self) else None
        self._centroids: Vectors = faiss.downcast_index(index.quantizer).reconstruct_n(0, index.nlist)

    @classmethod
    def build(cls, vectors: Vectors, *, lists: int | None = None) -> Self:
        """An index of `vectors` (n, dim), cut into `lists`, or as many as suit so many rows."""
        count, dim = vectors.shape
        lists = lists_for(count) if lists is None else lists
        quantizer = faiss.IndexFlatIP(dim)
        index = faiss.IndexIVFScalarQuantizer(
            quantizer, dim, lists, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT, False
        )
        index.cp.seed, index.cp.niter, index.cp.spherical = _SEED, _TRAINING_ROUNDS, True
        index.cp.min_points_per_centroid, index.cp.max_points_per_centroid = 1, _TRAINED_A_LIST
        sample = np.random.default_rng(_SEED).permutation(count)[: lists * _TRAINED_A_LIST]
        if lists == 1:  # nothing to choose between, and perhaps nothing to train on
            quantizer.add(np.zeros((1, dim), np.float32))
        index.train(np.ascontiguousarray(vectors[np.sort(sample)]))
        index.set_direct_map_type(_BY_ROW)
        for start in range(0, count, _ROWS_A_STEP):
            index.add(np.ascontiguousarray(vectors[start : start + _ROWS_A_STEP]))
        index.nprobe = lists
        return cls(index)

    @classmethod
    def open(cls, path: Path) -> Self:
        """The index that `save` wrote, memory-mapped.

        By IO_FLAG_MMAP_IFC: the older IO_FLAG_MMAP starts 32 threads for every question, to read ahead.
        """
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC), mapped=True)

    def save(self, path: Path) -> None:
        """Write the index to one file."""
        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        """How many rows."""
        return int(self._index.ntotal)

    @property
    def compares_all(self) -> bool:
        """Whether each question is held against every vector."""
        return self.probes >= self.lists

    @property
    def lists(self) -> int:
        """How many there are."""
        return int(self._index.nlist)

    @property
    def probes(self) -> int:
        """How many lists are looked at; kept in the file."""
        return int(self._index.nprobe)

    @probes.setter
    def probes(self, probes: int) -> None:
        self._index.nprobe = probes

    def list_order(self, query: Vectors) -> NDArray[np.int64]:
        """(lists,) All lists, the one nearest to `query` (dim,) first."""
        # Row by row: for a product of a matrix BLAS may wake threads, and their waiting takes longer than all the rest.
        return np.argsort(-np.vecdot(self._centroids, query), kind="stable")

    def list_of(self, rows: Rows) -> NDArray[np.int64]:
        """The list that each of `rows` is in."""
        return self._places[rows] >> 32

    def top_k(self, queries: Vectors, k: int, *, allowed: Mask | None = None) -> TopK:
        """The min(k, rows allowed) best rows for each query; exact among the rows of the lists that are looked at.

        As many allowed rows are looked at under a filter as without one, and where there are fewer, all of them.
        """
        if allowed is None:
            count, sizes = len(self), self._sizes
        else:
            rows = np.flatnonzero(allowed)
            if len(rows) <= _FEW * len(self):
                return self._compared(queries, k, rows)
            count, sizes = len(rows), np.bincount(self.list_of(rows), minlength=self.lists)
        k = min(k, count)
        found = TopK(np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32))
        with selecting(allowed) as selector, one_thread():
            for place, query in enumerate(queries if k else []):
                lists = self._nearest_lists(query, k, sizes)
                best = self._best(query, k, lists, int(sizes[lists].sum()), selector)
                found.rows[place], found.scores[place] = best.rows[0, :k], best.scores[0, :k]
        return found

    def vectors(self, rows: Rows) -> Vectors:
        """The stored vectors of `rows`."""
        if self._mapped is None:
            return np.asarray(self._index.reconstruct_batch(np.ascontiguousarray(rows)))
        places = self._places[rows]
        # Not by FAISS, which takes one row at a time and ten times as long.
        return from_half(self._mapped.codes(places >> 32, places & 0xFFFFFFFF))

    def _compared(self, queries: Vectors, k: int, rows: Rows) -> TopK:
        """The min(k, len(rows)) best of `rows`, by comparing them all."""
        scores = np.empty((len(queries), len(rows)), np.float32)
        for start in range(0, len(rows), _COMPARED_A_STEP):
            vectors = self.vectors(rows[start : start + _COMPARED_A_STEP])
            scores[:, start : start + _COMPARED_A_STEP] = np.vecdot(vectors, queries[:, np.newaxis])
        k = min(k, len(rows))
        found = TopK(np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32))
        for place, of_rows in enumerate(scores if k else []):
            best = np.flatnonzero(
                of_rows >= np.partition(of_rows, len(rows) - k)[len(rows) - k]
            )  # equals of the last too
            ranked = best_first(rows[best][np.newaxis], of_rows[best][np.newaxis])
            found.rows[place], found.scores[place] = ranked.rows[0, :k], ranked.scores[0, :k]
        return found

    def _nearest_lists(self, query: Vectors, k: int, sizes: NDArray[np.int64]) -> NDArray[np.int64]:
        """The lists to look at, when there are `sizes` rows to be found in each."""
        order = self.list_order(query)
        # Calibrated for so many beside the row that is asked with; who asks for more has more lists looked at.
        reach = math.ceil(self.probes * max(1, (k - 1) / CANDIDATES))
        wanted = max(k, int(self._sizes[order[:reach]].sum()))
        lists = order[: int(np.searchsorted(np.cumsum(sizes[order]), wanted)) + 1]
        return lists[sizes[lists] > 0]

    def _best(self, query: Vectors, k: int, lists: NDArray[np.int64], count: int, selector: Any) -> TopK:
        """The k best of the `count` rows in `lists`, and maybe some more."""
        # One more than asked for shows whether the last place is shared: of equals FAISS keeps any.
        more = min(k + 1, count)
        while True:
            ranked = best_first(*self._search(query, lists, more, selector))
            if more == count or ranked.scores[0, -1] < ranked.scores[0, k - 1] - _ROUNDING:
                return ranked
            more = min(2 * more, count)

    def _search(
        self, query: Vectors, lists: NDArray[np.int64], k: int, selector: Any
    ) -> tuple[NDArray[np.int64], Vectors]:
        lists, unused = np.ascontiguousarray(lists), np.zeros(len(lists), np.float32)
        scores, rows = np.empty((1, k), np.float32), np.empty((1, k), np.int64)
        pointers = [faiss.swig_ptr(array) for array in (np.ascontiguousarray(query), lists, unused, scores, rows)]
        # Its stub lacks the arguments.
        parameters = faiss.SearchParametersIVF(nprobe=len(lists), sel=selector)  # type: ignore[call-arg]
        # What FAISS's own search calls once it has found the nearest lists.
        self._index.search_preassigned_c(1, pointers[0], k, *pointers[1:], False, parameters)
        return rows, scores


class _Mapped:
    """The codes of all lists, in the memory that their file is mapped to."""

    def __init__(self, lists: Any, sizes: NDArray[np.int64], code_size: int) -> None:
        self._lists = lists  # which hold the memory
        filled = np.flatnonzero(sizes)  # an empty list is nowhere
        starts = np.array([int(lists.get_codes(number)) for number in filled.tolist()])
        self._starts = np.zeros(len(sizes), np.int64)
        self._starts[filled] = starts - starts.min()
        length = int(np.max(self._starts + sizes * code_size))
        piece = faiss.rev_swig_ptr(lists.get_codes(int(filled[np.argmin(starts)])), length)
        self._windows = np.lib.stride_tricks.sliding_window_view(piece, code_size)

    def codes(self, lists: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.float16]:
        """(m, dim) Those at `places` of `lists`."""
        width = self._windows.shape[1]
        codes = self._windows[self._starts[lists] + places * width]
        halves: NDArray[np.float16] = codes.view(np.float16)
        return halves
