"""An encoder that remembers what it was asked."""

from collections.abc import Sequence

import numpy as np

from search.encoders.hashing import HashingEncoder
from search.vectors import Vectors


class RememberingEncoder:
    """The hashing encoder under a revision of choice; breaks down after `limit` texts, as a killed process would."""

    spec = "remembering"
    dim = HashingEncoder.dim

    def __init__(self, revision: str = "one", *, limit: int | None = None, sign: float = 1.0) -> None:
        self.revision = revision
        self.encoded: list[str] = []
        self._limit = limit
        self._sign = np.float32(sign)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        if self._limit is not None and len(self.encoded) + len(texts) > self._limit:
            raise KeyboardInterrupt
        self.encoded.extend(texts)
        return HashingEncoder().encode_documents(texts) * self._sign

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError(f"a build asks nothing, but asked {texts}")
