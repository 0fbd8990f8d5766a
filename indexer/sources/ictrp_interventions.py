"""Interventions as WHO's ICTRP shows them."""

import re
from typing import Any

from indexer.sources.csv_download import TYPED_INTERVENTION
from indexer.sources.delimited import as_registered
from indexer.sources.ictrp_values import parts

_NUMBERED = re.compile(r"(?:control )?intervention ?\d*: *", re.IGNORECASE)
# The EU register describes each product in lines, in this order; these say what it is called, others what it is like.
_CALLED = ("trade name", "product name", "product code", "inn or proposed inn", "other descriptive name")
_BEST_NAME_FIRST = ("inn or proposed inn", "product name", "trade name", "other descriptive name", "product code")
_LIKE = (
    *("pharmaceutical form", "cas number", "current sponsor code", "concentration", "route of administration"),
    *("simultaneous", "pharmaceutical form of the placebo"),
)


def interventions(text: str) -> list[dict[str, Any]]:
    """Each intervention: "Drug: Infliximab" with its type, a product of the EU register with its other names."""
    found: list[dict[str, Any]] = []
    products = _Products()
    for part in parts(text):
        label, _, value = (piece.strip() for piece in part.partition(":"))
        if label.casefold() in _CALLED:
            products.add(label.casefold(), value)
        elif label.casefold().startswith(_LIKE):
            continue
        elif typed := TYPED_INTERVENTION.fullmatch(part):
            found.append({"type": as_registered(typed[1]), "name": typed[2]})
        else:
            found.append({"name": _NUMBERED.sub("", part, count=1)})
    return [*products.all(), *found]


class _Products:
    """The names of each product; a line that should stand above the last one begins the next product."""

    def __init__(self) -> None:
        self._products: list[dict[str, str]] = []

    def add(self, label: str, value: str) -> None:
        last = max(map(_CALLED.index, self._products[-1])) if self._products else len(_CALLED)
        if _CALLED.index(label) <= last:
            self._products.append({})
        self._products[-1][label] = value

    def all(self) -> list[dict[str, Any]]:
        found = []
        for product in self._products:
            names = list(dict.fromkeys(name for label in _BEST_NAME_FIRST if (name := product.get(label))))
            if names:
                found.append({"name": names[0], "otherNames": names[1:]})
        return found
