"""Vectors already made, kept on disk by encoder revision and SHA-256 of the text.

SQLite, because a killed process must lose at most its last batch and must never leave a half-written vector.
"""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from search.errors import CorruptBuild
from search.vectors import Vectors

# SQLite takes at most 999 parameters in one statement on old builds.
_KEYS_A_QUERY = 900


class EmbeddingCache:
    """The vectors of one encoder revision. Use as a context manager."""

    def __init__(self, folder: Path, revision: str) -> None:
        """Open the cache of `revision` in `folder`, made if it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{hashlib.sha256(revision.encode()).hexdigest()[:16]}.sqlite"
        self._database = sqlite3.connect(self.path)
        try:
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS embeddings (text_sha256 BLOB PRIMARY KEY, vector BLOB NOT NULL) STRICT"
            )
        except sqlite3.DatabaseError as error:
            raise CorruptBuild(f"{self.path} is no embedding cache ({error}); remove it and build again") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Those of the distinct `texts` that have no vector yet."""
        found: list[str] = []
        for batch in _batches(texts):
            known = dict(self._select("text_sha256, 1", batch))
            found.extend(text for text in batch if _key(text) not in known)
        return found

    def add(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Keep the vectors of `texts`, safe on disk when this returns."""
        rows = ((_key(text), vector.astype("<f4").tobytes()) for text, vector in zip(texts, vectors, strict=True))
        with self._database:
            self._database.executemany("INSERT OR REPLACE INTO embeddings VALUES (?, ?)", rows)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dim) vectors of `texts`, each of which is known; texts may repeat."""
        known: dict[bytes, bytes] = {}
        for batch in _batches(list(dict.fromkeys(texts))):
            known.update(self._select("text_sha256, vector", batch))
        joined = b"".join(known[_key(text)] for text in texts)
        return np.frombuffer(joined, dtype="<f4").reshape(len(texts), -1).astype(np.float32, copy=False)

    def _select(self, columns: str, texts: Sequence[str]) -> Iterator[tuple[bytes, bytes]]:
        marks = ",".join("?" * len(texts))
        return self._database.execute(
            f"SELECT {columns} FROM embeddings WHERE text_sha256 IN ({marks})",  # noqa: S608 - our own words
            [_key(text) for text in texts],
        )


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (texts[start : start + _KEYS_A_QUERY] for start in range(0, len(texts), _KEYS_A_QUERY))
