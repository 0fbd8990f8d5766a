"""The condition and intervention strings of a build: each distinct string once, with its vector."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from search.artefact.patched import StoredVectors
from search.artefact.trial_reader import cell_of, whole
from search.passage import Facet
from search.vectors import Rows

TERM_FACETS = (Facet.CONDITION, Facet.INTERVENTION)


@dataclass(frozen=True, slots=True)
class TermLists:
    """Of every row the terms of one facet: those of row r are `terms[offsets[r]:offsets[r + 1]]`."""

    offsets: NDArray[np.int32]
    terms: NDArray[np.int32]

    def of(self, row: int) -> NDArray[np.int32]:
        """The terms of `row`, in the record's order; empty where the facet is missing."""
        return self.terms[self.offsets[row] : self.offsets[row + 1]]

    def lengths(self, rows: Rows) -> NDArray[np.int32]:
        """(len(rows),) how many terms each row has."""
        lengths: NDArray[np.int32] = self.offsets[rows + 1] - self.offsets[rows]
        return lengths

    def flat(self, rows: Rows) -> NDArray[np.int32]:
        """The terms of `rows`, one row's after the other's."""
        lengths = self.lengths(rows)
        ends = np.cumsum(lengths)
        within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths, lengths)
        terms: NDArray[np.int32] = self.terms[np.repeat(self.offsets[rows], lengths) + within]
        return terms


class FacetTerms:
    """Term texts, term vectors and, by facet, which rows have which terms."""

    def __init__(self, texts: pa.Array, vectors: StoredVectors, lists: pa.Table) -> None:
        self.text = cell_of(texts)
        self.vectors = vectors
        self.lists: dict[Facet, TermLists] = {facet: _term_lists(lists[facet.value]) for facet in TERM_FACETS}

    def texts(self, terms: Iterable[int]) -> list[str]:
        """The strings of `terms`."""
        return [self.text(int(term)) for term in terms]


def term_list_column(lists: TermLists) -> pa.Array:
    """One facet's terms, a list a row, as they are stored."""
    return pa.ListArray.from_arrays(pa.array(lists.offsets, pa.int32()), pa.array(lists.terms, pa.int32()))


def _term_lists(column: pa.ChunkedArray) -> TermLists:
    array = whole(column)
    return TermLists(array.offsets.to_numpy(), array.values.to_numpy())
