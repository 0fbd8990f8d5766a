"""Asks a build about many of its trials: what SearchEngine.similar answers, in half the time."""

from collections.abc import Iterator, Sequence

import numpy as np

from search.engine import SearchEngine
from search.hits import Hits
from search.indexes.foreseeing import ForeseeingIndex

AT_ONCE = 128
"""Trials whose neighbours are looked for in one pass over the vectors; each takes 4 bytes a trial of the build."""


class Batch:
    """An engine, to be asked about trial after trial. Not to be shared between threads."""

    def __init__(self, engine: SearchEngine) -> None:
        self._passages = ForeseeingIndex(engine.artefact.passages)
        self.engine = engine.with_passages(self._passages)

    def foresee(self, identifiers: Sequence[str]) -> None:
        """Be ready for questions about the trials that up to AT_ONCE `identifiers` name, listed in any way.

        Where a question looks at a few vectors only, that is faster than to compare all, and nothing is foreseen.

        Raises UnknownTrial, BadInput.
        """
        artefact = self.engine.artefact
        rows = np.array([artefact.identifiers.row(identifier) for identifier in identifiers], np.intp)
        if self._passages.compares_all:
            self._passages.foresee(self._passages.vectors(rows))

    def similar(self, identifiers: Sequence[str], *, k: int) -> Iterator[Hits]:
        """The k trials most like each of `identifiers`, in that order. Raises what SearchEngine.similar raises."""
        for start in range(0, len(identifiers), AT_ONCE):
            block = identifiers[start : start + AT_ONCE]
            self.foresee(block)
            for identifier in block:
                yield self.engine.similar(identifier, k=k)
