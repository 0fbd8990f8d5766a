"""The indexes by name, as a manifest names them."""

from collections.abc import Callable

from search.errors import BadInput
from search.indexes.base import VectorIndex

EXACT_UP_TO = 50_000
"""Rows. To compare them all takes half of what a whole question may; above, the approximate index is ten times as fast
and more (docs/performance.md)."""


def index_for(count: int) -> str:
    """The name of the index for so many rows."""
    return "flat" if count <= EXACT_UP_TO else "ivf"


def index_class(name: str) -> type[VectorIndex]:
    """The class behind `name`. Raises BadInput, listing the known names."""
    try:
        return INDEXES[name]()
    except KeyError:
        raise BadInput(f"unknown index {name!r}; known: {', '.join(INDEXES)}") from None


def _flat() -> type[VectorIndex]:
    from search.indexes.faiss import FaissIndex

    return FaissIndex


def _ivf() -> type[VectorIndex]:
    from search.indexes.ivf import IvfIndex

    return IvfIndex


def _exact() -> type[VectorIndex]:
    from search.indexes.exact import ExactIndex

    return ExactIndex


INDEXES: dict[str, Callable[[], type[VectorIndex]]] = {"flat": _flat, "ivf": _ivf, "exact": _exact}
