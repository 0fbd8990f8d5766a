"""What every source gives: records with their place, broken ones included."""

import hashlib
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import orjson

DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One record as found. `problem` says why `study` could not be read, in words under which it is counted."""

    place: str
    study: object = None
    problem: str | None = None
    secondhand: bool = False
    """Whether another than the registry gave it: a record of the registry itself goes before it."""
    digest: bytes | None = field(default=None, compare=False)
    """Of all that it says, where the source can tell that without reading it; see `digest_of`."""


class Source(Protocol):
    """A stream of study records."""

    name: str
    size: int
    """Bytes to read, as stored; what `position` counts towards."""

    @property
    def position(self) -> int:
        """Bytes read so far."""
        ...

    def records(self, known: Container[bytes] = ()) -> Iterator[SourceRecord]:
        """Every record, one at a time, in bounded memory; one whose digest is `known` may come without its study.

        Raises UnusableSource.
        """
        ...


def digest_of(content: bytes) -> bytes:
    """What tells one record from another, and one edition of it from the next."""
    return hashlib.sha256(content).digest()[:DIGEST_BYTES]


def digest_of_study(study: object) -> bytes | None:
    """The digest of a record that was read already; None where it is no JSON that can be written again."""
    try:
        return digest_of(orjson.dumps(study, default=str, option=orjson.OPT_SORT_KEYS))
    except TypeError:  # nested too deep, or with integers past 64 bits
        return None
