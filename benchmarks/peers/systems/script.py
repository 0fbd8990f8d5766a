"""The script that everyone writes: sentence-transformers, IndexFlatIP, a list of ids."""

import json
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np

from benchmarks.peers.encoding import encoded
from benchmarks.peers.processes import folder_bytes


class Script:
    """All in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = faiss.read_index(str(folder / "trials.faiss"))
        rows = json.loads((folder / "trials.json").read_text())
        self._ids: list[str] = rows["ids"]
        self._started = np.array(rows["started"])
        self._places = {trial_id: place for place, trial_id in enumerate(self._ids)}

    @classmethod
    def build(cls, corpus: Any, folder: Path) -> float:
        """An index and a list."""
        index = faiss.IndexFlatIP(corpus.vectors.shape[1])
        index.add(corpus.vectors)
        faiss.write_index(index, str(folder / "trials.faiss"))
        rows = {"ids": [row.trial_id for row in corpus.rows], "started": corpus.started.tolist()}
        (folder / "trials.json").write_text(json.dumps(rows))
        return 0.0

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Both files read."""
        return cls(folder)

    def similar(self, trial_id: str, k: int, *, started_from: int | None = None) -> list[str]:
        """One more is asked for, and the trial itself dropped."""
        vector = self._index.reconstruct(self._places[trial_id])
        parameters = None
        if started_from is not None:
            parameters = faiss.SearchParameters(
                sel=faiss.IDSelectorBatch(np.flatnonzero(self._started >= started_from))
            )
        return [found for found in self._nearest(vector, k + 1, parameters) if found != trial_id][:k]

    def search(self, text: str, k: int) -> list[str]:
        """The text's nearest."""
        return self._nearest(encoded(text), k, None)

    def _nearest(self, vector: Any, k: int, parameters: Any) -> list[str]:
        _, places = self._index.search(vector[np.newaxis], k, params=parameters)
        return [self._ids[place] for place in places[0] if place >= 0]

    def processes(self) -> list[int]:
        """None."""
        return []

    def stored_bytes(self) -> int:
        """Both files."""
        return folder_bytes(self._folder)

    def close(self) -> None:
        """Nothing to end."""
