"""Vectors already made, kept on disk by encoder revision and SHA-256 of the text.

SQLite, because a killed process must lose at most its last batch and must never leave a half-written vector.
"""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
        with self._translated():
            self._database = sqlite3.connect(self.path)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS embeddings (text_sha256 BLOB PRIMARY KEY, vector BLOB NOT NULL) STRICT"
            )

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
        """Keep the vectors of `texts`; a process killed after this returns has not lost them."""
        rows = ((_key(text), vector.astype("<f4").tobytes()) for text, vector in zip(texts, vectors, strict=True))
        with self._translated(), self._database:
            self._database.executemany("INSERT OR REPLACE INTO embeddings VALUES (?, ?)", rows)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dim) vectors of `texts`, each of which is known; texts may repeat."""
        known: dict[bytes, bytes] = {}
        for batch in _batches(list(dict.fromkeys(texts))):
            known.update(self._select("text_sha256, vector", batch))
        if len({len(vector) for vector in known.values()}) > 1:
            raise self._corrupt("it holds vectors of several lengths")
        joined = b"".join(known[_key(text)] for text in texts)
        return np.frombuffer(joined, dtype="<f4").reshape(len(texts), -1).astype(np.float32, copy=False)

    def _select(self, columns: str, texts: Sequence[str]) -> list[tuple[bytes, bytes]]:
        marks = ",".join("?" * len(texts))
        with self._translated():
            return self._database.execute(
                f"SELECT {columns} FROM embeddings WHERE text_sha256 IN ({marks})",  # noqa: S608 - our own words
                [_key(text) for text in texts],
            ).fetchall()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """SQLite's errors as ours: a file that is damaged should go, one that cannot be used now should stay."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise OSError(None, f"the embedding cache cannot be used ({error})", str(self.path)) from error
        except sqlite3.DatabaseError as error:
            raise self._corrupt(str(error)) from error

    def _corrupt(self, reason: str) -> CorruptBuild:
        return CorruptBuild(f"{self.path} is no sound embedding cache ({reason}); remove it and build again")


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (texts[start : start + _KEYS_A_QUERY] for start in range(0, len(texts), _KEYS_A_QUERY))
