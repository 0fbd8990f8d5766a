"""txtai: embeddings database of FAISS and SQLite."""

from pathlib import Path
from typing import Any, Self

from txtai import Embeddings

from benchmarks.peers.encoding import FOLDER
from benchmarks.peers.processes import folder_bytes

ALIKE = "SELECT id FROM txtai WHERE similar(:text)"


class Txtai:
    """Embeddings with content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._embeddings = Embeddings()
        # Vectors were given when it was built; from here on it makes them itself.
        self._embeddings.load(str(folder), config={"method": "sentence-transformers", "path": FOLDER})

    @classmethod
    def build(cls, corpus: Any, folder: Path) -> float:
        """By its way to index with vectors from elsewhere."""
        place = 0

        def given(texts: list[str]) -> Any:
            nonlocal place
            place += len(texts)
            return corpus.vectors[place - len(texts) : place]

        embeddings = Embeddings({"method": "external", "transform": given, "content": True})
        embeddings.index((row.trial_id, {"text": row.text, "started": row.started}, None) for row in corpus.rows)
        embeddings.config.pop("transform")
        embeddings.save(str(folder))
        return 0.0

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Loaded, its encoder too."""
        return cls(folder)

    def similar(self, trial_id: str, k: int, *, started_from: int | None = None) -> list[str]:
        """By the trial's text."""
        [found] = self._embeddings.search("SELECT text FROM txtai WHERE id = :id", 1, parameters={"id": trial_id})
        query, parameters = ALIKE, {"text": found["text"]}
        if started_from is not None:
            query, parameters = f"{ALIKE} AND started >= :day", {**parameters, "day": started_from}
        hits = self._embeddings.search(query, k + 1, parameters=parameters)
        return [hit["id"] for hit in hits if hit["id"] != trial_id][:k]

    def search(self, text: str, k: int) -> list[str]:
        """The text's nearest."""
        return [hit["id"] for hit in self._embeddings.search(ALIKE, k, parameters={"text": text})]

    def processes(self) -> list[int]:
        """None."""
        return []

    def stored_bytes(self) -> int:
        """Its folder."""
        return folder_bytes(self._folder)

    def close(self) -> None:
        """Closes its database."""
        self._embeddings.close()
