"""Study records that `trialkin harvest` has stored."""

from collections.abc import Container, Iterator
from pathlib import Path

from indexer.sources.base import SourceRecord
from indexer.store import DEFAULT_STORE, STORE_FILE, Store
from search.errors import UnusableSource

REGISTRY = "registry"


class RegistrySource:
    """Every study of a store, as it is when the reading begins."""

    def __init__(self, folder: Path) -> None:
        """Raises UnusableSource where nothing was harvested into `folder`, or the first harvest is not complete."""
        self._folder = folder
        command = "trialkin harvest" + ("" if folder == DEFAULT_STORE else f" --store {folder}")
        if not (folder / STORE_FILE).exists():
            raise UnusableSource(f"no study records under {folder}; fetch them with: {command}")
        with Store(folder) as store:
            state, held, self.size = store.state, store.held, store.packed_bytes
        if state.complete is None:
            far = f" ({held:,} of {state.under_way.total:,})" if state.under_way and state.under_way.total else ""
            raise UnusableSource(f"the harvest into {folder} is not complete{far}; go on with: {command}")
        if not held:
            raise UnusableSource(f"the store {folder} is empty: no study matches {state.selection.words}")
        whole = state.selection.includes(type(state.selection)())
        self.name = REGISTRY if whole else f"{REGISTRY}: {state.selection.words}"
        self.position = 0

    def records(self, known: Container[bytes] = ()) -> Iterator[SourceRecord]:
        """Every record, in NCT-id order; those whose digests are `known` come unread."""
        self.position = 0
        with Store(self._folder) as store:
            for nct_id, digest, packed_bytes, study in store.editions(known):
                self.position += packed_bytes
                problem = "damaged in the store" if packed_bytes and not study else None
                yield SourceRecord(f"{self._folder}/{nct_id}", study, problem=problem, digest=digest)
