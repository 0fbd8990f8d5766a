"""The indexes by name, as a manifest names them."""

from collections.abc import Callable

from search.errors import BadInput
from search.indexes.base import VectorIndex

DEFAULT_INDEX = "flat"


def index_class(name: str) -> type[VectorIndex]:
    """The class behind `name`. Raises BadInput, listing the known names."""
    try:
        return INDEXES[name]()
    except KeyError:
        raise BadInput(f"unknown index {name!r}; known: {', '.join(INDEXES)}") from None


def _flat() -> type[VectorIndex]:
    from search.indexes.faiss import FaissIndex

    return FaissIndex


def _exact() -> type[VectorIndex]:
    from search.indexes.exact import ExactIndex

    return ExactIndex


INDEXES: dict[str, Callable[[], type[VectorIndex]]] = {DEFAULT_INDEX: _flat, "exact": _exact}
