"""Several sources as one: what is harvested, and an export with the trials of other registries."""

from collections.abc import Container, Iterator, Sequence
from pathlib import Path

from indexer.sources.base import Source, SourceRecord
from indexer.sources.files import open_source
from indexer.store import DEFAULT_STORE
from search.errors import BadInput


def open_sources(specs: Sequence[str], *, store: Path = DEFAULT_STORE) -> Source:
    """The source that `specs` name together. Raises what `open_source` raises, BadInput where one is named twice."""
    twice = next((spec for at, spec in enumerate(specs) if spec in specs[:at]), None)
    if twice is not None:
        raise BadInput(f"the source {twice!r} is named twice; name each once")
    opened = [open_source(spec, store=store) for spec in specs]
    return opened[0] if len(opened) == 1 else Together(opened)


class Together:
    """Sources, read one after another."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self.name = " and ".join(source.name for source in sources)
        self.size = sum(source.size for source in sources)

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return sum(source.position for source in self._sources)

    def records(self, known: Container[bytes] = ()) -> Iterator[SourceRecord]:
        """Every record of each. Raises what reading them raises."""
        for source in self._sources:
            yield from source.records(known)
