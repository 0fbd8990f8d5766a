"""What every system is asked about a corpus, as it is handed to the processes that ask."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import orjson


@dataclass(frozen=True, slots=True)
class Questions:
    """Ids of trials to ask with, texts, days to filter by, and the ids of trials that have labels."""

    similar: list[str]
    filtered: list[str]
    texts: list[str]
    days: list[int]
    """So that ever smaller shares of the trials started then or later."""
    labelled: list[str]

    @classmethod
    def read(cls, path: Path) -> Self:
        """As `write` wrote them."""
        return cls(**orjson.loads(path.read_bytes()))

    def write(self, path: Path) -> None:
        """Keep them in a file."""
        path.write_bytes(orjson.dumps(self))
