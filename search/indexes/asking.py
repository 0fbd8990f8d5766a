"""How FAISS is asked: by one thread, and with a mask as it reads one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import faiss
import numpy as np

from search.vectors import Mask


@contextmanager
def one_thread() -> Iterator[None]:
    """FAISS computes in the calling thread within: several would wait for each other longer than they compute.

    Its setting is of each thread that calls, so it cannot be made once for a server.
    """
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


@contextmanager
def selecting(allowed: Mask | None) -> Iterator[Any]:
    """What has FAISS find only rows that are `allowed`; None where all are.

    A bitmap: IDSelectorBatch, which takes the rows themselves, is some hundred times slower.
    """
    if allowed is None:
        yield None
        return
    # FAISS keeps a bare pointer to `bits`, which has to outlive the search.
    bits = np.packbits(allowed, bitorder="little")
    yield faiss.IDSelectorBitmap(len(allowed), faiss.swig_ptr(bits))
