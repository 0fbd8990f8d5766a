"""Which engine answers."""

import threading

from api.settings import Settings
from search.engine import SearchEngine


class EngineSlot:
    """Holds the engine; opens the index on the first question where it was not there at the start."""

    def __init__(self, engine: SearchEngine | None, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._opening = threading.Lock()

    def __call__(self) -> SearchEngine:
        """The engine. Raises NoIndex or CorruptBuild."""
        with self._opening:
            if self._engine is None:
                self._engine = SearchEngine.open(self._settings.index)
            return self._engine
