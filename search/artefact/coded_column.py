"""The distinct values of a column and which rows have which: what filtering and counting by value take."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from search.vectors import Mask, Rows


@dataclass(frozen=True, eq=False)
class CodedColumn:
    """Each row's distinct values: those of row r are `values[codes[offsets[r]:offsets[r + 1]]]`."""

    values: pa.StringArray
    """(v,) each once"""
    codes: NDArray[np.int32]
    """(entries,)"""
    offsets: NDArray[np.int32]
    """(n + 1,)"""

    @classmethod
    def of(cls, column: pa.Array) -> Self:
        """The texts in `column`, of texts or of lists of them; null and "" are none."""
        texts, parents = column, np.arange(len(column))
        if pa.types.is_list(column.type):
            texts, parents = pc.list_flatten(column), pc.list_parent_indices(column).to_numpy()
        encoded = texts.dictionary_encode()
        values = encoded.dictionary
        known = np.asarray(pc.fill_null(pc.not_equal(texts, ""), False)).astype(np.bool_)
        entries = parents[known] * max(1, len(values)) + np.asarray(encoded.indices.fill_null(0))[known]
        if texts is not column:
            entries.sort(kind="stable")  # nearly sorted already: np.unique takes six times as long
            entries = entries[np.diff(entries, prepend=-1) > 0]
        rows, codes = np.divmod(entries, max(1, len(values)))
        offsets = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=len(column)))))
        return cls(values, codes.astype(np.int32), offsets.astype(np.int32))

    @cached_property
    def texts(self) -> Sequence[str]:
        """(v,) The values."""
        texts: list[str] = self.values.to_pylist()
        return texts

    def having(self, wanted: Iterable[str]) -> Mask:
        """(n,) True where a row has one of `wanted`, case ignored."""
        texts = pc.unique(pc.utf8_lower(pa.array(list(wanted), pa.string())))
        return self._rows_of(pc.is_in(self._lowered, value_set=texts))

    def holding(self, part: str) -> Mask:
        """(n,) True where a value of a row holds `part`, case ignored."""
        return self._rows_of(pc.match_substring(self._lowered, pc.utf8_lower(pa.scalar(part)).as_py()))

    @cached_property
    def _lowered(self) -> pa.StringArray:
        # By Arrow, as is what they are compared with: Python folds some letters otherwise.
        return pc.utf8_lower(self.values)

    def _rows_of(self, is_wanted: pa.BooleanArray) -> Mask:
        wanted = np.asarray(is_wanted).astype(np.bool_)
        before = np.concatenate(([0], np.cumsum(wanted[self.codes], dtype=np.int32)))[self.offsets]
        mask: Mask = before[1:] > before[:-1]
        return mask

    def counts(self, rows: Rows) -> dict[str, int]:
        """How many of `rows`, which are distinct, have each value, most first, equal ones by name."""
        starts, ends = self.offsets[rows], self.offsets[rows + 1]
        lengths = ends - starts
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        numbers = np.bincount(self.codes[np.repeat(starts, lengths) + within], minlength=len(self.values))
        found = np.flatnonzero(numbers)
        pairs = zip(map(self.texts.__getitem__, found.tolist()), numbers[found].tolist(), strict=True)
        return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))
