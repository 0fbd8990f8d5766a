"""Asks an index for what is known exactly, and times it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from search.indexes.base import Nearest
from search.listing import CANDIDATES
from search.vectors import Mask, Rows, Vectors

ASKED_FOR = CANDIDATES + 1
"""The row that is asked with is among its own neighbours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What an index did for some questions."""

    ms: float
    """Of processor, the median."""
    recall: dict[int, float]
    """k -> share of the exact top k that was returned."""
    fewest: int
    """Rows returned for a question."""


def measured(index: Nearest, queries: Vectors, exact: Rows, *, allowed: Mask | None = None) -> Measured:
    """Ask `index` with each of `queries` (n, dim), whose neighbours in order are `exact` (n, m)."""
    found: list[Rows] = []

    def ask(place: int) -> None:
        found.append(index.top_k(queries[place : place + 1], ASKED_FOR, allowed=allowed).rows[0])

    ask(0)
    found.clear()
    ms = median_ms(ask, range(len(queries)))
    recall = {
        k: float(np.mean([np.isin(true[:k], near[:k]).mean() for true, near in zip(exact, found, strict=True)]))
        for k in (10, CANDIDATES)
    }
    return Measured(ms=ms, recall=recall, fewest=min(map(len, found)))


def median_ms(do: Callable[[int], object], places: Sequence[int]) -> float:
    """Of processor, of one call."""
    taken = []
    for place in places:
        begun = time.process_time()
        do(place)
        taken.append(time.process_time() - begun)
    return float(np.median(taken)) * 1e3


def exact_top(vectors: Vectors, queries: Vectors, *, allowed: Mask | None = None) -> Rows:
    """(n, m) The at most ASKED_FOR rows nearest to each of `queries`, by NumPy."""
    rows = np.arange(len(vectors)) if allowed is None else np.flatnonzero(allowed)
    some = vectors if allowed is None else vectors[rows]
    count = min(ASKED_FOR, len(rows))
    found = []
    for query in queries:
        cosines = some @ query
        best = np.argpartition(-cosines, count - 1)[:count]
        found.append(rows[best[np.lexsort((best, -cosines[best]))]])
    return np.array(found)
