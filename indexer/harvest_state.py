"""How far a harvest has come; kept in the store with what it has brought."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from indexer.registry.selection import Selection


class PassKind(StrEnum):
    """What a pass over the registry asks for."""

    FULL = "full"  # every study of the selection
    DELTA = "delta"  # those updated lately
    IDS = "ids"  # the ids alone, to find what is gone


class Pass(BaseModel):
    """A pass under way: what it asks for, and how far it has come."""

    model_config = ConfigDict(frozen=True)

    kind: PassKind
    release: str
    """Data timestamp of the release that is read; page tokens are good for this one alone."""
    since: str | None = None
    """Of a delta: the first day."""
    token: str | None = None
    """Of the next page; none before the first."""
    read: int = 0
    total: int | None = None
    ended: bool = False
    """Whether every page is in, so that only what is gone remains to be settled."""


class HarvestState(BaseModel):
    """What the store holds, as of which release. A data timestamp is None where that has not happened yet."""

    model_config = ConfigDict(frozen=True)

    selection: Selection = Selection()
    registry: str = ""
    """Its address."""
    complete: str | None = None
    """The release that the store was last brought in step with."""
    full: str | None = None
    """The release of the last full pass."""
    fields: str | None = None
    """Fingerprint of the fields that it asked for."""
    reconciled: str | None = None
    """The release of the last comparison of all ids."""
    under_way: Pass | None = None
