"""As many study records as wanted: real ones, and beyond those copies of them under ids of their own."""

import random
from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from indexer.sources.base import Source, SourceRecord

SEED = 1
FIRST_ID = 90_000_000
"""No registered id is as high."""


@dataclass(frozen=True, slots=True)
class GrownSource:
    """`size_wanted` records: the first of the real ones in a seeded order, then copies of all in the same order.

    So the trials of a smaller size are all in a larger one.
    """

    real: Source
    records_there: int
    size_wanted: int

    @property
    def name(self) -> str:
        """Of the source."""
        return f"grown-{self.size_wanted}"

    @property
    def size(self) -> int:
        """Bytes to read; told by the real source, which is read again for each copy."""
        return self.real.size

    @property
    def position(self) -> int:
        """Bytes read so far of the pass under way."""
        return self.real.position

    def records(self, known: Container[bytes] = ()) -> Iterator[SourceRecord]:  # noqa: ARG002 - none is
        """Real records, then copies."""
        order = list(range(self.records_there))
        random.Random(SEED).shuffle(order)
        serial = count(FIRST_ID)
        for copy in count():
            wanted = set(order[: max(0, self.size_wanted - copy * self.records_there)])
            if not wanted:
                return
            for number, record in enumerate(self.real.records()):
                if number in wanted:
                    study = copied(record.study, copy, next(serial)) if copy else record.study
                    yield SourceRecord(f"{record.place} copy {copy}", study)


def copied(study: Any, copy: int, number: int) -> Any:
    """`study` as the trial with the id `number`; its title and summary begin with what copy they are of."""
    protocol = study["protocolSection"]
    identification = {
        key: value
        for key, value in protocol["identificationModule"].items()
        if key not in {"nctIdAliases", "secondaryIdInfos", "orgStudyIdInfo"}
    }
    title = identification.get("briefTitle") or identification.get("officialTitle")
    identification |= {"nctId": f"NCT{number:08d}", "briefTitle": f"{mark(copy)}{title}"}
    protocol = protocol | {"identificationModule": identification}
    description = protocol.get("descriptionModule", {})
    if summary := description.get("briefSummary"):
        protocol["descriptionModule"] = description | {"briefSummary": f"{mark(copy)}{summary}"}
    return study | {"protocolSection": protocol}


def mark(copy: int) -> str:
    """How the texts of such a copy begin."""
    return f"Copy {copy} of "
