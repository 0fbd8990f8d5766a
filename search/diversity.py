"""A list that does not say the same thing ten times: maximal marginal relevance."""

import numpy as np
from numpy.typing import NDArray

from search.errors import BadInput


def diversified(
    relevance: NDArray[np.floating], likeness: NDArray[np.floating], *, k: int, diversity: float
) -> NDArray[np.intp]:
    """Places of min(k, m) trials, best first, by maximal marginal relevance (Carbonell and Goldstein 1998).

    `relevance` is (m,), `likeness` (m, m) says how like two of the trials are, on the same scale. Each next trial is
    the one with most of (1 - diversity) of its relevance, less `diversity` of its likeness to the likest one chosen
    before; of equal ones the earlier. At 0 the order is that of relevance, at 1 only the first place goes by it.
    Raises BadInput where `diversity` is not from 0 to 1.
    """
    if not 0 <= diversity <= 1:
        raise BadInput(f"diversity is {diversity}; it must be from 0 to 1")
    if diversity == 0:
        return np.argsort(-relevance, kind="stable")[:k]
    count = min(k, len(relevance))
    places = np.empty(count, dtype=np.intp)
    worth = (1 - diversity) * relevance.astype(np.float64)
    nearest = np.full(len(relevance), -np.inf)
    left = np.ones(len(relevance), dtype=np.bool_)
    for number in range(count):
        # Nothing is chosen before the first: relevance alone decides, even where it counts for nothing later.
        marginal = worth - diversity * nearest if number else relevance
        places[number] = chosen = int(np.argmax(np.where(left, marginal, -np.inf)))
        left[chosen] = False
        np.maximum(nearest, likeness[chosen], out=nearest)
    return places
