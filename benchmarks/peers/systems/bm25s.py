"""bm25s: words alone."""

import json
from pathlib import Path
from typing import Any, Self

import bm25s
import numpy as np
import Stemmer

from benchmarks.peers.processes import folder_bytes


class Bm25s:
    """An index of stemmed words, and the texts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = bm25s.BM25.load(str(folder), show_progress=False)
        self._stemmer = Stemmer.Stemmer("english")
        rows = json.loads((folder / "trials.json").read_text())
        self._ids: list[str] = rows["ids"]
        self._texts: list[str] = rows["texts"]
        self._started = np.array(rows["started"])
        self._places = {trial_id: place for place, trial_id in enumerate(self._ids)}

    @classmethod
    def build(cls, corpus: Any, folder: Path) -> float:
        """As its README has it."""
        texts = [row.text for row in corpus.rows]
        tokens = bm25s.tokenize(texts, stopwords="en", stemmer=Stemmer.Stemmer("english"), show_progress=False)
        index = bm25s.BM25()
        index.index(tokens, show_progress=False)
        index.save(str(folder), show_progress=False)
        rows = {"ids": [row.trial_id for row in corpus.rows], "texts": texts, "started": corpus.started.tolist()}
        (folder / "trials.json").write_text(json.dumps(rows))
        return 0.0

    @classmethod
    def open(cls, folder: Path) -> Self:
        """All in memory."""
        return cls(folder)

    def similar(self, trial_id: str, k: int, *, started_from: int | None = None) -> list[str]:
        """By the trial's own text."""
        mask = None if started_from is None else (self._started >= started_from).astype(np.float32)
        found = self._best(self._texts[self._places[trial_id]], k + 1, mask)
        return [other for other in found if other != trial_id][:k]

    def search(self, text: str, k: int) -> list[str]:
        """By the words of the text."""
        return self._best(text, k, None)

    def _best(self, text: str, k: int, mask: Any) -> list[str]:
        tokens = bm25s.tokenize([text], stopwords="en", stemmer=self._stemmer, show_progress=False)
        places, scores = self._index.retrieve(tokens, k=k, weight_mask=mask, show_progress=False)
        return [self._ids[place] for place, score in zip(places[0], scores[0], strict=True) if score > 0]

    def processes(self) -> list[int]:
        """None."""
        return []

    def stored_bytes(self) -> int:
        """Its folder."""
        return folder_bytes(self._folder)

    def close(self) -> None:
        """Nothing to end."""
