"""How many lists of an approximate index have to be looked at, found by asking it for what is known exactly."""

import numpy as np

from search.indexes.base import Calibration, best_first
from search.indexes.ivf import IvfIndex
from search.listing import CANDIDATES
from search.vectors import Rows, Vectors

AIMS = {10: 0.99, CANDIDATES: 0.97}
"""Index recall to be reached at each depth: of the list that is shown, and of the candidates for it."""
SAMPLE = 512
"""Rows that are asked for; a share of .99 of their neighbours is then known to within .002 (two standard errors,
each row's neighbours counted as one)."""
_SEED = 11
_ROWS_A_STEP = 16_384


def calibrate(index: IvfIndex, vectors: Vectors) -> Calibration | None:
    """Set `index`, of all `vectors` (n, dim), to the fewest lists that reach AIMS on a seeded sample of the rows.

    None where it is of one list, which is all that can be looked at.
    """
    if index.lists == 1:
        return None
    sample = np.sort(np.random.default_rng(_SEED).permutation(len(vectors))[:SAMPLE])
    exact = exact_neighbours(vectors, sample, CANDIDATES)
    # A neighbour is found where its list is looked at: the place of that list in the order of lists.
    places = np.empty_like(exact)
    for place, (row, neighbours) in enumerate(zip(sample, exact, strict=True)):
        order = index.list_order(vectors[row])
        place_of = np.empty_like(order)
        place_of[order] = np.arange(len(order))
        places[place] = place_of[index.list_of(neighbours)]
    index.probes = 1 + max(int(np.quantile(places[:, :k], aim, method="inverted_cdf")) for k, aim in AIMS.items())
    return Calibration(index.lists, index.probes, len(sample), index_recall(index, vectors[sample], sample, exact))


def exact_neighbours(vectors: Vectors, rows: Rows, k: int) -> Rows:
    """(len(rows), min(k, n - 1)) The k rows nearest to each of `rows` but itself, by comparing all.

    A product of matrices: FAISS takes for a batch of less than some hundred questions what as many single ones take.
    """
    queries, count = np.ascontiguousarray(vectors[rows]), min(k, len(vectors) - 1)
    near, scores = np.empty((len(rows), 0), np.int64), np.empty((len(rows), 0), np.float32)
    for start in range(0, len(vectors), _ROWS_A_STEP):
        step = np.arange(start, min(start + _ROWS_A_STEP, len(vectors)))
        cosines = queries @ vectors[step[0] : step[-1] + 1].T
        cosines[rows[:, np.newaxis] == step] = -np.inf
        near = np.concatenate([near, np.broadcast_to(step, cosines.shape)], axis=1)
        scores = np.concatenate([scores, cosines], axis=1)
        if count < near.shape[1]:
            kept = np.argpartition(-scores, count - 1, axis=1)[:, :count]
            near, scores = np.take_along_axis(near, kept, axis=1), np.take_along_axis(scores, kept, axis=1)
    return best_first(near, scores).rows[:, :count]


def index_recall(index: IvfIndex, queries: Vectors, rows: Rows, exact: Rows) -> dict[int, float]:
    """Depth -> the share of the first `exact` neighbours of `queries`, which `rows` are, that `index` has so far up."""
    found = index.top_k(queries, exact.shape[1] + 1).rows
    others = [near[near != row] for near, row in zip(found, rows, strict=True)]
    return {
        k: round(
            float(np.mean([np.isin(true[:k], near[:k]).mean() for true, near in zip(exact, others, strict=True)])), 4
        )
        for k in AIMS
    }
