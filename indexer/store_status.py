"""What a store of harvested records holds, for whoever operates it; nothing is asked of the registry."""

import datetime
from dataclasses import dataclass
from pathlib import Path

from indexer.harvest_state import Pass
from indexer.store import STORE_FILE, Store
from search.errors import UnusableSource


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """One store. A data timestamp is None where that has not happened yet."""

    selection: str
    """The part of the registry that it keeps, in words."""
    registry: str
    held: int
    """Studies."""
    aliases: int
    newest_update: str | None
    """The last day on which one of them was updated."""
    complete: str | None
    """Data timestamp of the release that the store was last brought in step with."""
    age_days: int | None
    """Of that release."""
    full: str | None
    """... of the last one that was read whole."""
    reconciled: str | None
    """... of the last one whose ids were all compared."""
    under_way: Pass | None
    """A harvest that has begun and not ended; it may be running, or have been killed."""
    bytes: int
    """On the disk."""


def store_status(folder: Path, *, today: datetime.date) -> StoreStatus:
    """The state of the store in `folder`. Raises UnusableSource where none is there or it is damaged."""
    if not (folder / STORE_FILE).exists():
        raise UnusableSource(f"no study records under {folder}; fetch them with: trialkin harvest --store {folder}")
    with Store(folder) as store:
        state = store.state
        complete = state.complete
        return StoreStatus(
            selection=state.selection.words,
            registry=state.registry,
            held=store.held,
            aliases=store.aliases,
            newest_update=store.newest_update,
            complete=complete,
            age_days=(today - datetime.date.fromisoformat(complete[:10])).days if complete else None,
            full=state.full,
            reconciled=state.reconciled or state.full,
            under_way=state.under_way,
            bytes=sum(path.stat().st_size for path in folder.glob(f"{STORE_FILE}*")),
        )
