"""Chroma, within the process."""

from pathlib import Path
from typing import Any, Self

import chromadb
from chromadb.config import Settings

from benchmarks.peers.encoding import encoded
from benchmarks.peers.processes import folder_bytes

NAME = "trials"


class Chroma:
    """A collection on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._collection = _client(folder).get_collection(NAME)

    @classmethod
    def build(cls, corpus: Any, folder: Path) -> float:
        """Added in the largest batches that it takes."""
        client = _client(folder)
        # The vectors are given, so no embedding function of its own is wanted.
        collection = client.create_collection(
            NAME, configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
        )
        size = client.get_max_batch_size()
        for start in range(0, len(corpus.rows), size):
            rows = corpus.rows[start : start + size]
            collection.add(
                ids=[row.trial_id for row in rows],
                embeddings=corpus.vectors[start : start + size],
                documents=[row.text for row in rows],
                metadatas=[{"started": row.started} for row in rows],
            )
        return 0.0

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The collection."""
        return cls(folder)

    def similar(self, trial_id: str, k: int, *, started_from: int | None = None) -> list[str]:
        """One more is asked for, and the trial itself dropped."""
        vector = self._collection.get(ids=[trial_id], include=["embeddings"])["embeddings"][0]
        where = None if started_from is None else {"started": {"$gte": started_from}}
        return [found for found in self._nearest(vector, k + 1, where) if found != trial_id][:k]

    def search(self, text: str, k: int) -> list[str]:
        """The text's nearest."""
        return self._nearest(encoded(text), k, None)

    def _nearest(self, vector: Any, k: int, where: Any) -> list[str]:
        found: list[str] = self._collection.query(query_embeddings=[vector], n_results=k, where=where, include=[])[
            "ids"
        ][0]
        return found

    def processes(self) -> list[int]:
        """None."""
        return []

    def stored_bytes(self) -> int:
        """Its folder."""
        return folder_bytes(self._folder)

    def close(self) -> None:
        """Nothing to end."""


def _client(folder: Path) -> Any:
    return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
