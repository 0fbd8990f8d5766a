"""Batches for learning who is near whom: several neighbourhoods of trials each."""

import faiss
import numpy as np

from search.vectors import Rows, Vectors, unit_rows

# One centre for so many groups of neighbours, found by so many rounds of k-means on so many rows: it need not be exact.
_GROUPS_A_CENTRE, _ROUNDS, _SAMPLE = 2, 2, 40_000


class Neighbourhoods:
    """Batches of `together` groups of `size` trials, each near in meaning; where trials are few, groups are smaller."""

    def __init__(self, vectors: Vectors, *, size: int, together: int, seed: int) -> None:
        """`vectors` has a row a trial."""
        self._vectors = vectors
        self._size = min(size, max(1, len(vectors) // together))
        self._together = together
        self._seed = seed

    def batches(self, epoch: int) -> list[list[int]]:
        """The rows of each batch; those of another epoch are others, and as many."""
        groups = neighbourhood_groups(self._vectors, size=self._size, seed=self._seed + epoch)
        number = len(groups) // self._together
        planned: list[list[int]] = groups[: number * self._together].reshape(number, -1).tolist()
        return planned

    def __str__(self) -> str:
        return f"{self._together} neighbourhoods of {self._size} trials"


def neighbourhood_groups(vectors: Vectors, *, size: int, seed: int) -> Rows:
    """(groups, size) rows of `vectors`, each group near in meaning, in drawn order; what fills no group is left out.

    Another seed draws other centres, and so other groups.
    """
    rng = np.random.default_rng(seed)
    number = max(1, len(vectors) // (size * _GROUPS_A_CENTRE))
    centres = vectors[rng.choice(len(vectors), number, replace=False)]
    for _ in range(_ROUNDS):
        sample = vectors[rng.choice(len(vectors), min(len(vectors), _SAMPLE), replace=False)]
        sums = np.zeros_like(centres)
        np.add.at(sums, _nearest(centres, sample), sample)
        kept = np.linalg.norm(sums, axis=1) > 0
        centres[kept] = unit_rows(sums[kept])
    # Along one direction, so that groups that straddle two centres straddle near ones.
    along = np.argsort(np.argsort(centres @ rng.normal(size=centres.shape[1]), kind="stable"), kind="stable")
    order = np.lexsort((rng.random(len(vectors)), along[_nearest(centres, vectors)]))
    groups = len(vectors) // size
    return order[: groups * size].reshape(groups, size)[rng.permutation(groups)]


def _nearest(centres: Vectors, vectors: Vectors) -> Rows:
    index = faiss.IndexFlatIP(centres.shape[1])
    index.add(centres)
    nearest: Rows = index.search(vectors, 1)[1][:, 0]
    return nearest
