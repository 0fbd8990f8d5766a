"""What every source gives: records with their place, broken ones included."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One record as found. `problem` says why `study` could not be read, in words under which it is counted."""

    place: str
    study: object = None
    problem: str | None = None
    secondhand: bool = False
    """Whether another than the registry gave it: a record of the registry itself goes before it."""


class Source(Protocol):
    """A stream of study records."""

    name: str
    size: int
    """Bytes to read, as stored; what `position` counts towards."""

    @property
    def position(self) -> int:
        """Bytes read so far."""
        ...

    def records(self) -> Iterator[SourceRecord]:
        """Every record, one at a time, in bounded memory. Raises UnusableSource."""
        ...
