"""Which row an identifier names: the NCT id, an alias of it, or an id that another body gave the trial."""

import bisect
from collections.abc import Iterator

import pyarrow as pa

from search.errors import BadInput, UnknownTrial
from search.trial import parse_nct_id

SCHEMA = pa.schema([("identifier", pa.string()), ("rank", pa.int8()), ("row", pa.int32())])
PRIMARY, ALIAS, SECONDARY = range(3)


def identifier_table(trials: pa.Table) -> pa.Table:
    """Every identifier of `trials`, sorted, the strongest claim on one first."""
    entries = [dict(zip(SCHEMA.names, entry, strict=True)) for entry in _entries(trials)]
    table = pa.Table.from_pylist(entries, schema=SCHEMA)
    return table.sort_by([(name, "ascending") for name in SCHEMA.names])


class Identifiers:
    """Looks rows up by binary search in the memory-mapped table."""

    def __init__(self, table: pa.Table) -> None:
        self._identifiers = table["identifier"].combine_chunks()
        self._ranks = table["rank"].combine_chunks()
        self._rows = table["row"].combine_chunks()

    def row(self, text: str) -> int:
        """The row that `text` names, in any case and with stray spaces.

        Raises UnknownTrial where it is an NCT id that is not here, BadInput where it is no id at all or names several.
        """
        wanted = normal(text)
        start = bisect.bisect_left(_Strings(self._identifiers), wanted)
        found: list[tuple[int, int]] = []
        while start < len(self._identifiers) and self._identifiers[start].as_py() == wanted:
            found.append((self._ranks[start].as_py(), self._rows[start].as_py()))
            start += 1
        strongest = {row for rank, row in found if rank == found[0][0]}
        if not strongest:
            raise UnknownTrial(f"no trial {parse_nct_id(text)} in this index; check the id, or search by text instead")
        if len(strongest) > 1:
            raise BadInput(f"{wanted} names {len(strongest)} trials; ask by NCT id")
        return strongest.pop()


def normal(text: str) -> str:
    """An identifier as it is compared: upper case, no white space."""
    return "".join(text.split()).upper()


def _entries(trials: pa.Table) -> Iterator[tuple[str, int, int]]:
    row = 0
    for batch in trials.select(["trial_id", "aliases", "secondary_ids"]).to_batches():
        for record in batch.to_pylist():
            yield record["trial_id"], PRIMARY, row
            yield from ((normal(alias), ALIAS, row) for alias in record["aliases"])
            yield from ((normal(other), SECONDARY, row) for other in record["secondary_ids"])
            row += 1


class _Strings:
    """An Arrow string array as the sequence that bisect wants."""

    def __init__(self, array: pa.Array) -> None:
        self._array = array

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, position: int) -> str:
        text: str = self._array[position].as_py()
        return text
