"""Asks a build about many of its trials: what SearchEngine.similar answers, in half the time."""

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from search.artefact.reading import Artefact
from search.engine import SearchEngine
from search.hits import Hits
from search.indexes.foreseeing import ForeseeingIndex
from search.listing import CANDIDATES

AT_ONCE = 128
"""Trials whose neighbours are looked for in one pass over the vectors; each takes 4 bytes a trial of the build."""


class Batch:
    """One opened build, to be asked about trial after trial. Not to be shared between threads."""

    def __init__(self, artefact: Artefact) -> None:
        self._artefact = artefact
        self._passages = ForeseeingIndex(artefact.passages)
        self.engine = SearchEngine(dataclasses.replace(artefact, passages=self._passages))

    def similar(self, identifiers: Sequence[str], *, k: int) -> Iterator[Hits]:
        """The k trials most like each of `identifiers`, in that order. Raises what SearchEngine.similar raises."""
        for start in range(0, len(identifiers), AT_ONCE):
            block = identifiers[start : start + AT_ONCE]
            rows = np.array([self._artefact.identifiers.row(identifier) for identifier in block])
            # As many as a question by trial looks for: the candidates, and the trial itself.
            self._passages.foresee(self._artefact.passages.vectors(rows), CANDIDATES + 1)
            for identifier in block:
                yield self.engine.similar(identifier, k=k)
