"""A list of trials as rows: CSV for spreadsheets, one JSON object a line for programs."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

BETWEEN = "|"
"""Parts the items of one cell."""
FORMULA_SIGNS = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - a spreadsheet takes the wide ones too
"""What a spreadsheet may read as the beginning of a formula (OWASP, CSV injection)."""


def csv_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    """`rows` as RFC 4180 has it, `columns` first; no cell can be read as a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def ndjson(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """`rows`, one a line."""
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def _cell(value: object) -> object:
    if value is None or isinstance(value, int | float):
        return value  # a negative number is none but a number
    text = _text(value)
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def _text(value: object) -> str:
    """`value` in one cell: of a list every item, of an item what names it, of a mapping all of it as JSON."""
    match value:
        case str():
            return value
        case list() | tuple():
            return BETWEEN.join(map(_text, value))
        case {"kind": kind, "hit_term": term}:
            return f"{kind}: {term}"
        case {"name": str(name)} | {"term": str(name)}:
            return name
    return orjson.dumps(value).decode()
