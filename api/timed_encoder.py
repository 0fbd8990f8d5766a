"""An encoder whose time for the texts that ask is told."""

import time
from collections.abc import Callable, Sequence

from search.encoders.base import Encoder
from search.vectors import Vectors


class TimedEncoder:
    """`encoder`, which tells `tell` how many seconds each question took."""

    def __init__(self, encoder: Encoder, tell: Callable[[float], None]) -> None:
        self._encoder = encoder
        self._tell = tell
        self.spec = encoder.spec
        self.revision = encoder.revision

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._encoder.dim

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """As the encoder does it."""
        return self._encoder.encode_documents(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """As the encoder does it, and the time it took."""
        begun = time.perf_counter()
        vectors = self._encoder.encode_queries(texts)
        self._tell(time.perf_counter() - begun)
        return vectors
