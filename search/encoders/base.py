"""What every encoder offers."""

from collections.abc import Sequence
from typing import Protocol

from search.vectors import Vectors


class Encoder(Protocol):
    """Turns texts into unit vectors. Methods raise UnusableEncoder where the weights turn out not to load."""

    spec: str
    """The string that opens this encoder again."""
    revision: str
    """Identity of the weights; two encoders with one revision give one vector for one text."""

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dim) unit vectors of texts that are kept in an index."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dim) unit vectors of texts that ask."""
        ...
