"""The trials of one build as an Arrow table: memory-mapped, so that 600,000 trials cost no Python objects."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from search.artefact.coded_column import CodedColumn
from search.artefact.trial_reader import TrialReader
from search.dates import date_bounds
from search.trial import Trial
from search.vectors import Mask, Rows

_MESH = pa.list_(pa.struct([("term", pa.string()), ("id", pa.string())]))
_INTERVENTION = pa.struct([("name", pa.string()), ("type", pa.string()), ("other_names", pa.list_(pa.string()))])
_TYPES: dict[str, pa.DataType] = {
    "conditions": pa.list_(pa.string()),
    "keywords": pa.list_(pa.string()),
    "interventions": pa.list_(_INTERVENTION),
    "condition_mesh": _MESH,
    "condition_mesh_ancestors": _MESH,
    "intervention_mesh": _MESH,
    "intervention_mesh_ancestors": _MESH,
    "phases": pa.list_(pa.string()),
    "enrolment": pa.int64(),
    "countries": pa.list_(pa.string()),
    "secondary_ids": pa.list_(pa.string()),
    "aliases": pa.list_(pa.string()),
    "has_results": pa.bool_(),
}
_STRUCTS = [name for name, kind in _TYPES.items() if kind in (_MESH, pa.list_(_INTERVENTION))]
_TRIAL_FIELDS = [field.name for field in dataclasses.fields(Trial)]
# A partial date is a span of days; filters compare spans.
_DATE_SPANS = {
    "start_date": ("start_first", "start_last"),
    "last_update_date": ("updated_first", "updated_last"),
    "first_posted_date": ("posted_first", "posted_last"),
}

UNWORDED = (
    *("trial_id", "org_study_id", "secondary_ids", "aliases", "acronym"),
    *("interventions.other_names", "condition_mesh.term", "intervention_mesh.term"),
)
"""Texts that the lexical index leaves out."""
WORDED = ("brief_title", "official_title", "conditions", "keywords", "interventions.name", "brief_summary")
"""Texts whose words the lexical index has."""
SAID = (*WORDED, *UNWORDED)
"""All texts that a phrase is looked for in."""

TRIALS_KEPT = 512
FEW = 1000
"""Rows that are read one by one in less time than Arrow's take needs, which puts whole columns together first."""

SCHEMA = pa.schema(
    [(name, _TYPES.get(name, pa.string())) for name in _TRIAL_FIELDS]
    + [(column, pa.date32()) for span in _DATE_SPANS.values() for column in span]
)
"""The Trial's own fields, then the first and last day of each date that filters read."""


def to_batch(trials: Iterable[Trial]) -> pa.RecordBatch:
    """`trials` as rows of SCHEMA."""
    trials = list(trials)
    columns: dict[str, list[Any]] = {name: [getattr(trial, name) for trial in trials] for name in _TRIAL_FIELDS}
    for name in _STRUCTS:
        columns[name] = [[dataclasses.asdict(item) for item in items] for items in columns[name]]
    for date, (first, last) in _DATE_SPANS.items():
        spans = [(None, None) if text is None else date_bounds(text) for text in columns[date]]
        columns[first], columns[last] = [span[0] for span in spans], [span[1] for span in spans]
    return pa.RecordBatch.from_pydict(columns, schema=SCHEMA)


def open_trials(path: Path) -> pa.Table:
    """The trials in the Arrow file at `path`, memory-mapped, with the columns of SCHEMA whichever format wrote them."""
    table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    if "nct_id" in table.column_names:  # format 1
        table = table.rename_columns({"nct_id": "trial_id"})
    for field in SCHEMA:
        if field.name not in table.column_names:
            table = table.append_column(field, pa.nulls(len(table), field.type))
    return table.select(SCHEMA.names)


class TrialTable:
    """Rows of trials in the order of their ids."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self._reader = TrialReader(table.select(_TRIAL_FIELDS))
        # The trial asked about is looked at again and again, and some stand in many lists.
        self._kept = lru_cache(maxsize=TRIALS_KEPT)(self._reader.trial)
        self._coded: dict[str, CodedColumn] = {}
        self._readers: dict[tuple[str, ...], TrialReader] = {}

    def __len__(self) -> int:
        """How many trials."""
        return int(self._table.num_rows)

    def trial(self, row: int) -> Trial:
        """The trial in `row`."""
        return self._kept(row)

    def trials(self, rows: Sequence[int] | Rows) -> list[Trial]:
        """The trials in `rows`, in that order."""
        return [self._reader.trial(int(row)) for row in rows]

    def trial_ids(self, rows: Sequence[int]) -> list[str]:
        """The ids of `rows`."""
        ids: list[str] = self._table["trial_id"].take(pa.array(rows, pa.int64())).to_pylist()
        return ids

    def values(self, column: str, rows: Rows) -> pa.Array:
        """(len(rows),) what `column` holds in `rows`, in their order; null where the record is silent."""
        taken = self._table[column].take(pa.array(rows, pa.int64()))
        return taken.combine_chunks() if isinstance(taken, pa.ChunkedArray) else taken

    def coded(self, column: str) -> CodedColumn:
        """The values of `column`, of texts or of lists of them; "interventions.type" is a field of a list's structs."""
        known = self._coded.get(column)
        if known is None:
            name, _, field = column.partition(".")
            values = self._table[name].combine_chunks()
            if field:
                fields = pc.struct_field(values.values, field)
                values = pa.ListArray.from_arrays(values.offsets, fields)
            known = self._coded[column] = CodedColumn.of(values)
        return known

    def equals(self, column: str, values: Iterable[str]) -> Mask:
        """(n,) True where `column` is one of `values`, case ignored; for a list column, where any of its items is."""
        return self.coded(column).having(values)

    def contains(self, column: str, part: str) -> Mask:
        """(n,) True where `column`, or an item of it, holds `part`, case ignored."""
        return self.coded(column).holding(part)

    def is_true(self, column: str, value: bool) -> Mask:
        """(n,) True where the boolean `column` is known to be `value`."""
        return _known_true(pc.equal(self._table[column], value))

    def at_least(self, column: str, value: object) -> Mask:
        """(n,) True where `column` is known and not below `value`."""
        return _known_true(pc.greater_equal(self._table[column], value))

    def at_most(self, column: str, value: object) -> Mask:
        """(n,) True where `column` is known and not above `value`."""
        return _known_true(pc.less_equal(self._table[column], value))

    def says(self, pattern: str, rows: Rows | None = None, *, columns: Sequence[str] = SAID) -> Mask:
        """(len(rows),) True where a text of `columns` has the RE2 `pattern`, case ignored; of every row by default."""
        said = np.zeros(len(self) if rows is None else len(rows), dtype=np.bool_)
        if rows is None:
            texts, parents = _texts(self._table, columns)
        elif len(rows) < FEW:
            texts, parents = self._texts_of(rows, columns)
        else:
            texts, parents = _texts(self._table.select(_names(columns)).take(pa.array(rows, pa.int64())), columns)
        said[parents[_known_true(pc.match_substring_regex(texts, pattern, ignore_case=True))]] = True
        return said

    def rows_unworded(self, pattern: str, part: str) -> Rows:
        """The rows of which a text of UNWORDED has the RE2 `pattern`, which says `part` at least; case is ignored."""
        texts, parents = self._unworded
        # A plain search is three times as fast, and leaves few.
        places = np.flatnonzero(_known_true(pc.match_substring(texts, pc.utf8_lower(pa.scalar(part)).as_py())))
        found = _known_true(pc.match_substring_regex(texts.take(pa.array(places)), pattern, ignore_case=True))
        return np.unique(parents[places[found]]).astype(np.int64)

    @cached_property
    def _unworded(self) -> tuple[pa.StringArray, NDArray[np.int32]]:
        """The texts of UNWORDED, lower case, and the row of each: 30 bytes or so a trial."""
        texts, parents = _texts(self._table, UNWORDED)
        return pc.utf8_lower(texts), parents

    def _texts_of(self, rows: Rows, columns: Sequence[str]) -> tuple[pa.StringArray, NDArray[np.int32]]:
        """The texts of `columns` in `rows`, and the place in `rows` of each."""
        reader = self._readers.get(columns := tuple(columns))
        if reader is None:
            names = _names(["trial_id", "brief_title", *columns])
            reader = self._readers[columns] = TrialReader(self._table.select(names))
        paths = [column.partition(".")[::2] for column in columns]
        found, places = [], []
        for place, row in enumerate(rows.tolist()):
            trial = reader.trial(row)
            texts = [text for name, field in paths for text in _said(getattr(trial, name), field)]
            found += texts
            places += [place] * len(texts)
        return pa.array(found, pa.string()), np.array(places, np.int32)

    def is_null(self, column: str) -> Mask:
        """(n,) True where `column` is not known."""
        return np.asarray(self._table[column].is_null()).astype(np.bool_)

    def distinct(self, column: str) -> tuple[str, ...]:
        """The values in the list `column`, each once, by name."""
        return tuple(sorted(self.coded(column).texts))

    def mesh_counts(self, column: str) -> dict[str, int]:
        """How often each heading stands in the MeSH `column`."""
        headings = pc.struct_field(pc.list_flatten(self._table[column].combine_chunks()), "term")
        return {item["values"]: item["counts"] for item in pc.value_counts(headings).to_pylist()}

    def filled(self, column: str) -> int:
        """How many trials have anything in the list `column`."""
        return int(pc.sum(pc.greater(pc.list_value_length(self._table[column]), 0)).as_py() or 0)


def read_trials(table: pa.Table, columns: Sequence[str]) -> Iterator[Trial]:
    """Each row of `table` as a Trial with its id, title and `columns`; the rest is left empty."""
    return iter(TrialReader(table.select(["trial_id", "brief_title", *columns])))


def _known_true(passed: Any) -> Mask:
    mask: Mask = np.asarray(pc.fill_null(passed, False)).astype(np.bool_)
    return mask


def _texts(table: pa.Table, columns: Sequence[str]) -> tuple[pa.StringArray, NDArray[np.int32]]:
    """All texts of `columns`, and the row of each."""
    found, rows = [], []
    for column in columns:
        name, _, field = column.partition(".")
        texts, parents = table[name].combine_chunks(), pa.array(np.arange(len(table), dtype=np.int32))
        for part in ["", field, ""]:  # a list, of structs, of lists
            if pa.types.is_list(texts.type):
                parents = parents.take(pc.list_parent_indices(texts))
                texts = pc.list_flatten(texts)
            if part and pa.types.is_struct(texts.type):
                texts = pc.struct_field(texts, part)
        found.append(texts.drop_null())
        rows.append(parents.filter(texts.is_valid()))
    return pa.concat_arrays(found), pa.concat_arrays(rows).to_numpy()


def _names(columns: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(column.partition(".")[0] for column in columns))


def _said(value: Any, field: str) -> Iterator[str]:
    """The texts in a value of a trial: itself, its items, or that field of it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _said(item, field)
    elif value is not None:
        yield from _said(getattr(value, field), field)
