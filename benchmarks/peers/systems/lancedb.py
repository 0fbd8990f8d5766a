"""LanceDB, within the process."""

from pathlib import Path
from typing import Any, Self

import lancedb
import pyarrow as pa

from benchmarks.peers.encoding import encoded
from benchmarks.peers.processes import folder_bytes

NAME = "trials"
MOST_UNINDEXED = 100_000
"""Up to so many rows its guide to vector indexes advises none."""
REFINED = 10


class Lancedb:
    """A table on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._table = lancedb.connect(folder).open_table(NAME)
        self._is_indexed = self._table.count_rows() > MOST_UNINDEXED

    @classmethod
    def build(cls, corpus: Any, folder: Path) -> float:
        """A table, scalar indexes, and one of the vectors where there are many."""
        dim = corpus.vectors.shape[1]
        rows = {
            "id": pa.array([row.trial_id for row in corpus.rows]),
            "text": pa.array([row.text for row in corpus.rows]),
            "started": pa.array(corpus.started, pa.int32()),
            "vector": pa.FixedSizeListArray.from_arrays(pa.array(corpus.vectors.ravel()), dim),
        }
        table = lancedb.connect(folder).create_table(NAME, pa.table(rows))
        if len(corpus.rows) > MOST_UNINDEXED:
            table.create_index(metric="cosine")
        table.create_scalar_index("id")
        table.create_scalar_index("started")
        return 0.0

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The table."""
        return cls(folder)

    def similar(self, trial_id: str, k: int, *, started_from: int | None = None) -> list[str]:
        """One more is asked for, and the trial itself dropped."""
        [own] = self._table.search().where(f"id = '{trial_id}'").select(["vector"]).limit(1).to_list()
        where = None if started_from is None else f"started >= {started_from}"
        return [found for found in self._nearest(own["vector"], k + 1, where) if found != trial_id][:k]

    def search(self, text: str, k: int) -> list[str]:
        """The text's nearest."""
        return self._nearest(encoded(text), k, None)

    def _nearest(self, vector: Any, k: int, where: str | None) -> list[str]:
        query = self._table.search(vector).distance_type("cosine").select(["id", "_distance"]).limit(k)
        if where:
            query = query.where(where, prefilter=True)
        if self._is_indexed:
            query = query.refine_factor(REFINED)
        found: list[str] = query.to_arrow()["id"].to_pylist()
        return found

    def processes(self) -> list[int]:
        """None."""
        return []

    def stored_bytes(self) -> int:
        """Its folder."""
        return folder_bytes(self._folder)

    def close(self) -> None:
        """Nothing to end."""
