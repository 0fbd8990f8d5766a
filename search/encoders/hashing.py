"""An encoder without weights: words and character trigrams hashed into a fixed number of signed buckets.

The hashing trick of Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (2009). It knows
spelling and nothing of meaning: the floor in benchmarks, and fast in tests.
"""

import re
import zlib
from collections.abc import Iterator, Sequence

import numpy as np

from search.vectors import Vectors, unit_rows


class HashingEncoder:
    """Deterministic on every machine; needs nothing but NumPy."""

    spec = "hashing"
    revision = "hashing-1"
    dim = 256

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), 256) unit vectors; a text without a letter or digit gives a zero row."""
        counts = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            for feature in _features(text):
                bucket = zlib.crc32(feature.encode())
                counts[row, bucket % self.dim] += 1.0 if bucket & 0x80000000 else -1.0
        return unit_rows(counts)

    encode_queries = encode_documents


def _features(text: str) -> Iterator[str]:
    for word in re.findall(r"\w+", text.casefold()):
        yield word
        padded = f" {word} "
        for start in range(len(padded) - 2):
            yield padded[start : start + 3]
