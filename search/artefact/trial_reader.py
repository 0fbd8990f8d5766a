"""Trials read straight from Arrow's buffers, in a tenth of the time that `slice` and `to_pylist` take for one row.

Only what the row holds is touched: nothing is copied, and no Arrow object is made. How the buffers are laid out:
https://arrow.apache.org/docs/format/Columnar.html
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from search.trial import Intervention, MeshTerm, Trial

Cell = Callable[[int], Any]
"""What stands in that place of an array: None for null, and () for a list that is null or empty."""

_FORMATS: Mapping[pa.DataType, Literal["b", "i", "q"]] = {pa.int8(): "b", pa.int32(): "i", pa.int64(): "q"}
_STRUCTS: Mapping[frozenset[str], type[MeshTerm | Intervention]] = {
    frozenset(kind.__slots__): kind for kind in (MeshTerm, Intervention)
}
"""The fields of a struct -> what it is in a Trial."""


class TrialReader:
    """Reads rows of a table whose columns are fields of a Trial. Safe to share between threads."""

    def __init__(self, table: pa.Table) -> None:
        """`table` has the id and the title at least."""
        self._batches = table.to_batches()
        self._starts = np.cumsum([0, *map(len, self._batches)]).tolist()
        self._cells: list[Mapping[str, Cell] | None] = [None] * len(self._batches)

    def trial(self, row: int) -> Trial:
        """The trial in `row`; what the table has no column for is left empty."""
        number = bisect_right(self._starts, row) - 1
        cells = self._cells[number]
        if cells is None:
            cells = self._cells[number] = _cells(self._batches[number])
        place = row - self._starts[number]
        return Trial(**{name: cell(place) for name, cell in cells.items()})

    def __iter__(self) -> Iterator[Trial]:
        """All of them, in order."""
        return map(self.trial, range(self._starts[-1]))


def _cells(batch: pa.RecordBatch) -> Mapping[str, Cell]:
    # A column that says nothing holds what a Trial has by default.
    return {
        name: cell_of(column)
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
        if column.null_count < len(column) and not (pa.types.is_list(column.type) and not len(column.values))
    }


def whole(column: pa.ChunkedArray) -> pa.Array:
    """`column` as one array: where it is in one piece as it is, for Arrow's own `combine_chunks` copies even that."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def cell_of(array: pa.Array) -> Cell:
    """A reader of `array`: strings, numbers, truth values, and lists and structs of them."""
    kind = array.type
    if pa.types.is_list(kind):
        return _unless_null(array, _list(array), otherwise=())
    if pa.types.is_struct(kind):
        return _unless_null(array, _struct(array))
    if pa.types.is_boolean(kind):
        return _unless_null(array, _bit(array.buffers()[1], array.offset))
    return _string(array) if pa.types.is_string(kind) else _unless_null(array, _number(array))


def _unless_null(array: pa.Array, read: Cell, *, otherwise: Any = None) -> Cell:
    if array.null_count == 0:
        return read
    is_known = _bit(array.buffers()[0], array.offset)
    return lambda place: read(place) if is_known(place) else otherwise


def _bit(buffer: pa.Buffer, first: int) -> Callable[[int], bool]:
    octets = memoryview(buffer).cast("B")
    return lambda place: bool(octets[(first + place) >> 3] >> ((first + place) & 7) & 1)


def _string(array: pa.Array) -> Cell:
    known, starts, letters = array.buffers()
    offsets, first = memoryview(starts).cast("i"), array.offset
    # Strings that are all empty may have no buffer.
    text = memoryview(b"" if letters is None else letters)
    if array.null_count == 0:
        return lambda place: str(text[offsets[first + place] : offsets[first + place + 1]], "utf-8")
    octets = memoryview(known).cast("B")

    def read(place: int) -> str | None:
        at = first + place
        # In one function, not two: most of a trial are strings, and calls are what its reading costs.
        return str(text[offsets[at] : offsets[at + 1]], "utf-8") if octets[at >> 3] >> (at & 7) & 1 else None

    return read


def _number(array: pa.Array) -> Cell:
    numbers, first = memoryview(array.buffers()[1]).cast(_FORMATS[array.type]), array.offset
    return lambda place: numbers[first + place]


def _list(array: pa.Array) -> Cell:
    offsets, first = memoryview(array.buffers()[1]).cast("i"), array.offset
    item = cell_of(array.values)

    def read(place: int) -> tuple[Any, ...]:
        start, end = offsets[first + place], offsets[first + place + 1]
        return tuple([item(at) for at in range(start, end)]) if start < end else ()

    return read


def _struct(array: pa.Array) -> Cell:
    made = _STRUCTS[frozenset(field.name for field in array.type)]
    fields = [cell_of(array.field(name)) for name in made.__slots__]
    return lambda place: made(*[field(place) for field in fields])
