"""Which row an identifier names: the trial's own id, an alias of it, or an id that another body gave the trial."""

import bisect
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from search.artefact.trial_reader import cell_of, whole
from search.errors import BadInput, UnknownTrial
from search.trial_id import parse_trial_id, trial_ids_in
from search.vectors import Rows

SCHEMA = pa.schema([("identifier", pa.string()), ("rank", pa.int8()), ("row", pa.int32())])
PRIMARY, ALIAS, SECONDARY = range(3)


def identifier_table(trials: pa.Table, rows: Rows | None = None, *others: pa.Table) -> pa.Table:
    """Every identifier of `trials` and of `others`, sorted, the strongest claim on one first.

    `rows` (len(trials),) are their rows where they are not the first ones.
    """
    entries = list(_entries(trials))
    columns = zip(*entries, strict=True) if entries else ([], [], [])
    table = pa.table(dict(zip(SCHEMA.names, map(list, columns), strict=True)), SCHEMA)
    if rows is not None:
        table = with_rows(table, rows)
    return pa.concat_tables([table, *others]).sort_by([(name, "ascending") for name in SCHEMA.names])


def with_rows(table: pa.Table, rows: Rows) -> pa.Table:
    """The identifiers in `table` with `rows[r]` for row r; those of rows that become -1 are left out."""
    moved = rows.astype(np.int32)[table["row"].to_numpy()]
    return table.set_column(2, SCHEMA.field("row"), pa.array(moved)).filter(pa.array(moved >= 0))


class Identifiers:
    """Looks rows up by binary search in the memory-mapped table."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self._identifier, self._rank, self._row = (cell_of(whole(table[name])) for name in SCHEMA.names)

    def row(self, text: str) -> int:
        """The row that `text` names, in any case and with stray spaces.

        Raises UnknownTrial where it is a trial id that is not here, BadInput where it is no id at all or names several.
        """
        strongest = self.rows(text)
        if not strongest:
            raise UnknownTrial(
                f"no trial {parse_trial_id(text)} in this index; check the id, or search by text instead"
            )
        if len(strongest) > 1:
            raise BadInput(f"{normal(text)} names {len(strongest)} trials; ask by the primary id of one")
        return strongest[0]

    def rows(self, text: str) -> list[int]:
        """The rows with the strongest claim on `text`: none where it names no trial, several where it names several."""
        # Builds of before had other registries' ids as they stood in the record.
        claims = self._claims(normal(text)) or self._claims(_plain(text))
        return list(dict.fromkeys(row for rank, row in claims if rank == claims[0][0]))

    def _claims(self, wanted: str) -> list[tuple[int, int]]:
        """Rank and row of whatever goes by `wanted`, the strongest first."""
        start = self._first_from(wanted)
        found: list[tuple[int, int]] = []
        while start < len(self.table) and self._identifier(start) == wanted:
            found.append((self._rank(start), self._row(start)))
            start += 1
        return found

    def _first_from(self, wanted: str) -> int:
        """The place of the first identifier that is not before `wanted`."""
        return bisect.bisect_left(range(len(self.table)), wanted, key=self._identifier)

    def aliases(self) -> dict[str, int]:
        """Trial ids, as `normal` spells them, that lead to a trial of another primary id -> its row.

        Those that name several trials are left out, as are ids that are no registry's.
        """
        others = self.table.filter(pc.greater(self.table["rank"], PRIMARY))["identifier"].unique().to_pylist()
        found = {}
        for identifier in others:
            if identifier in _within(identifier) and self._claims(identifier)[0][0] != PRIMARY:
                rows = self.rows(identifier)
                if len(rows) == 1:
                    found[identifier] = rows[0]
        return found

    def starting_with(self, beginning: str, limit: int) -> list[int]:
        """At most `limit` rows that an identifier beginning so names, in the order of the identifiers."""
        wanted = normal(beginning)
        rows: dict[int, None] = {}
        for position in range(self._first_from(wanted), len(self.table)):
            if len(rows) == limit or not self._identifier(position).startswith(wanted):
                break
            rows[self._row(position)] = None
        return list(rows)


def normal(text: str) -> str:
    """An identifier as it is compared: upper case, no white space, a trial id of any registry in its one spelling."""
    try:
        return parse_trial_id(text).upper()
    except BadInput:
        return _plain(text)


def _plain(text: str) -> str:
    return "".join(text.split()).upper()


def _entries(trials: pa.Table) -> Iterator[tuple[str, int, int]]:
    row = 0
    for batch in trials.select(["trial_id", "aliases", "secondary_ids"]).to_batches():
        for record in batch.to_pylist():
            yield normal(record["trial_id"]), PRIMARY, row
            yield from ((normal(alias), ALIAS, row) for alias in record["aliases"])
            # "EudraCT 2019-001234-56 (GUT-1)" goes by what it says and by the id within.
            others = {name for other in record["secondary_ids"] for name in (normal(other), *_within(other))}
            yield from ((other, SECONDARY, row) for other in sorted(others))
            row += 1


def _within(text: str) -> Iterator[str]:
    return (trial_id.upper() for trial_id in trial_ids_in(text))
