"""Trialkin itself."""

import datetime
import io
from pathlib import Path
from typing import Self

from rich.console import Console

from benchmarks.peers.processes import folder_bytes
from search.artefact.lifecycle import current_build
from search.engine import SearchEngine
from search.filters import Filters


class Trialkin:
    """The engine on the index in a folder."""

    def __init__(self, engine: SearchEngine, build: Path) -> None:
        self._engine, self._build = engine, build

    @classmethod
    def build(cls, corpus, folder: Path) -> float:  # type: ignore[no-untyped-def]  # noqa: ANN001
        """From study records, every vector of which is in the cache; the reading of records counts too."""
        from indexer.build import CACHE_FOLDER, rebuild_index
        from indexer.sources.files import open_source
        from search.encoders.catalogue import DEFAULT_ENCODER, open_encoder
        from search.progress import progress_on

        (folder / CACHE_FOLDER).symlink_to(corpus.embeddings.resolve(), target_is_directory=True)
        report = rebuild_index(
            open_source(str(corpus.records)),
            root=folder,
            encoder=open_encoder(DEFAULT_ENCODER),
            progress=progress_on(Console(file=io.StringIO())),
        )
        if report.embedded:
            raise RuntimeError(f"{report.embedded} strings were embedded within the build's time")
        return 0.0

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The live build."""
        return cls(SearchEngine.open(folder), current_build(folder))

    def similar(self, trial_id: str, k: int, *, started_from: int | None = None) -> list[str]:
        """The whole answer is made, only its ids are returned."""
        day = None if started_from is None else datetime.date.fromisoformat(str(started_from))
        hits = self._engine.similar(trial_id, k=k, filters=Filters(start_from=day)).hits
        return [hit.trial.trial_id for hit in hits]

    def search(self, text: str, k: int) -> list[str]:
        """By the encoder exported into the build."""
        return [hit.trial.trial_id for hit in self._engine.search(text, k=k).hits]

    def processes(self) -> list[int]:
        """None."""
        return []

    def stored_bytes(self) -> int:
        """The live build; embeddings kept for the next build are not part of it."""
        return folder_bytes(self._build)

    def close(self) -> None:
        """Nothing to end."""
