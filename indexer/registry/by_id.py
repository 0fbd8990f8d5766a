"""Studies by their ids, in batches. One id that the registry refuses fails the whole batch, so it is looked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from indexer.registry.client import Refused, RegistryClient

BATCH_IDS = 100
"""Ids of a request; some 1,400 characters of an address."""


def studies_by_id(client: RegistryClient, ids: Sequence[str], parameters: Mapping[str, str]) -> list[Any]:
    """The studies among `ids`, at most BATCH_IDS, that `parameters` (fields, queries) let through.

    An alias is answered with the study that it leads to. A refused batch is halved until the id at fault stands alone;
    it is left out, as is one that the registry does not know.
    """
    studies: list[Any] = []
    batches = [ids] if ids else []
    while batches:
        batch = batches.pop()
        try:
            studies += client.page({**parameters, "filter.ids": ",".join(batch)}, size=BATCH_IDS).studies
        except Refused:
            if len(batch) > 1:
                middle = len(batch) // 2
                batches += [batch[middle:], batch[:middle]]
    return studies
