"""Which engine answers: that of the live build, followed from one build to the next."""

import contextlib
import gc
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from api.settings import Settings
from api.timed_encoder import TimedEncoder
from search.artefact.lifecycle import current_build, live_build_id
from search.artefact.manifest import Manifest
from search.artefact.reading import Artefact, open_build
from search.encoders.base import Encoder
from search.encoders.built import built_encoder
from search.engine import SearchEngine
from search.errors import TrialkinError

LOG = logging.getLogger(__name__)
PATIENCE = 1.0
"""Seconds that the question which finds a new build waits for it; all others are answered from the old one."""
SECONDS_TO_PREPARE = 2.0
"""From opening a build until what is made on first use is made ready."""
SECONDS_TO_RETRY = 30.0
"""Until a refused build is tried again: what it lacked may have been memory or file handles."""


@dataclass(frozen=True, slots=True)
class RefusedBuild:
    """A published build that cannot be served, and why; no id where CURRENT itself cannot be read."""

    build_id: str | None
    reason: str


class EngineSlot:
    """Holds the engine and, unless it was handed one, follows the live build of the index.

    Every question looks at CURRENT, one line: that costs some hundredth of a millisecond, and needs no clock and no
    thread. A new build is opened beside the old one, asked once, and only then put in its place.
    """

    def __init__(
        self,
        engine: SearchEngine | None,
        settings: Settings,
        *,
        encoded: Callable[[float], None] = lambda _: None,
        ranked: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`encoded` is told how many seconds each text took, `ranked` how many candidates a question had."""
        self._encoded, self._ranked = encoded, ranked
        self._engine = engine
        self._root = settings.index
        self._follows = engine is None
        self._serves: str | None = None
        self._refused: RefusedBuild | None = None
        self._retry_at = 0.0
        self._changing = threading.Lock()
        self._preparing = threading.Timer(0, lambda: None)
        self._encoder: Encoder | None = None
        self._encoder_lock = threading.Lock()

    def __call__(self) -> SearchEngine:
        """The engine; keep it for one answer, so that the answer is from one build. Raises NoIndex or CorruptBuild."""
        if self._engine is None:
            with self._changing:
                return self._engine or self._open()
        if self._follows:
            self._follow()
        return self._engine

    @property
    def manifest(self) -> Manifest | None:
        """That of the build which answers; None before there is one."""
        return self._engine.manifest if self._engine else None

    @property
    def build_id(self) -> str | None:
        """The build that answers; None before there is one, and where the engine was handed in."""
        return self._serves

    def settled(self) -> SearchEngine | None:
        """The engine that answers; None while another is about to. Keeps nobody waiting."""
        return self._engine if not self._follows or (self._engine and self._is_settled()) else None

    def settled_build_id(self) -> str | None:
        """The build that answers, likewise."""
        return self._serves if self._serves and self._is_settled() else None

    def reload(self) -> None:
        """Put the live build in place now, also where it was refused just before."""
        if self._follows and self._engine is not None:
            with self._changing:
                self._retry_at = 0.0
            self._follow()

    @property
    def refused(self) -> RefusedBuild | None:
        """The live build, where an older one answers because this one cannot."""
        return self._refused

    def _follow(self) -> None:
        if self._is_settled() or not self._changing.acquire(blocking=False):
            return
        # In a thread, so that weights which take long to load keep nobody waiting.
        change = threading.Thread(target=self._change, daemon=True)
        try:
            change.start()
        except RuntimeError:  # no more threads for now: the next question tries again
            self._changing.release()
            return
        change.join(PATIENCE)

    def _is_settled(self) -> bool:
        """Whether there is nothing to change: the live build is served, or was refused just now."""
        try:
            live = live_build_id(self._root)
        except TrialkinError:
            live = None
        if live is not None and live == self._serves:
            self._refused = None
            return True
        refused = self._refused
        return refused is not None and refused.build_id == live and time.monotonic() < self._retry_at

    def _change(self) -> None:
        try:
            if not self._is_settled():  # another question may have been faster
                self._open()
        except Exception as error:  # whatever it is, the old build answers
            self._refuse(error)
        finally:
            self._changing.release()

    def _open(self) -> SearchEngine:
        """Put the live build in place; its engine. Raises what opening and asking it raises."""
        while True:
            live = live_build_id(self._root)
            try:
                folder = current_build(self._root)
                engine = self._opened(folder)
                break
            except TrialkinError:
                if live_build_id(self._root) == live:
                    raise
                # It was replaced, and perhaps pruned, while it was being opened.
        if self._engine is not None:
            LOG.info("now serving build %s, %s trials", folder.name, f"{engine.manifest.counts.trials:,}")
        self._engine, self._serves, self._refused = engine, folder.name, None
        # Beside the questions, as it takes a second for an older build of many trials; but not beside the first.
        self._preparing.cancel()  # of the build before, which it would keep open
        self._preparing = threading.Timer(SECONDS_TO_PREPARE, _make_ready, [engine])
        self._preparing.daemon = True
        with contextlib.suppress(RuntimeError):  # no more threads for now: the first who types waits
            self._preparing.start()
        return engine

    def _opened(self, folder: Path) -> SearchEngine:
        """The build in `folder`, opened and asked once."""
        artefact = open_build(folder)
        engine = SearchEngine(artefact, open_encoder=self._encoder_of, tell=self._ranked)
        if self._engine is not None:
            (first,) = artefact.trials.trial_ids([0])
            engine.similar(first, k=1)
            if self._encoder is not None:  # texts are asked here: load what they need before it is needed
                engine.search("trial", k=1)
        return engine

    def _encoder_of(self, artefact: Artefact) -> Encoder:
        """The encoder of that build: the one in use where it is the same, so that no weights are loaded twice."""
        identity = artefact.manifest.encoder
        with self._encoder_lock:
            encoder = self._encoder
            if encoder is None or (encoder.spec, encoder.revision) != (identity.spec, identity.revision):
                self._encoder = encoder = TimedEncoder(built_encoder(artefact), self._encoded)
            return encoder

    def _refuse(self, error: Exception) -> None:
        try:
            build_id: str | None = live_build_id(self._root)
        except TrialkinError:
            build_id = None
        reason = str(error) if isinstance(error, TrialkinError) else f"{type(error).__name__}: {error}"
        refused = RefusedBuild(build_id, reason)
        if refused != self._refused:
            LOG.warning("build %s is refused, %s is served on: %s", build_id, self._serves, reason)
        self._refused, self._retry_at = refused, time.monotonic() + SECONDS_TO_RETRY


def _make_ready(engine: SearchEngine) -> None:
    engine.prepare()
    # What is there now stays; the collector would look through all of it again and again, for a tenth of a second.
    gc.freeze()
