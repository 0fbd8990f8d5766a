"""Rows of delimited text with a header line, quoted as RFC 4180 and PostgreSQL's COPY do it."""

import csv
import re
from collections.abc import Iterator
from typing import IO

from search.errors import UnusableSource

# The widest header of these exports has two kilobytes.
_HEADER = 64 * 2**10
# The sites of the largest trials fill some hundred kilobytes; an unclosed quote must not swallow the file.
_LARGEST_FIELD = 16 * 2**20
_BOM = b"\xef\xbb\xbf"
# How exports for people, and older ones, spell values that the API spells otherwise.
_OTHER_SPELLINGS = {
    "N_A": "NA",
    "UNKNOWN_STATUS": "UNKNOWN",
    "OBSERVATIONAL_PATIENT_REGISTRY": "OBSERVATIONAL",
    "U_S_FED": "FED",
    "SINGLE_BLIND": "SINGLE",
    "DOUBLE_BLIND": "DOUBLE",
    "OPEN_LABEL": "NONE",
    "EDUCATIONAL_COUNSELING_TRAINING": "ECT",
}


def columns(stream: IO[bytes], delimiter: str) -> list[str]:
    """The fields of the first line, none where it is no text. Leaves the stream at its beginning."""
    line = stream.readline(_HEADER)
    stream.seek(0)
    try:
        return next(csv.reader([line.decode("utf-8-sig")], delimiter=delimiter, strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return []


def rows(
    stream: IO[bytes], delimiter: str, place: str, *, needed: tuple[str, ...], what: str
) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row by column name, with the number of its first line. `what` is the export, `needed` its least columns.

    Raises UnusableSource where a column is missing, or a row is broken or cut short.
    """
    names = columns(stream, delimiter)
    missing = [name for name in needed if name not in names]
    if missing:
        raise UnusableSource(f"{place}:1 has no column {missing[0]!r}; expected {what}")
    for line, row in csv_rows(stream, delimiter, place, what):
        if line == 1:
            continue
        if len(row) != len(names):
            raise UnusableSource(
                f"{place}:{line} is broken or truncated ({len(row)} columns where the header has {len(names)}); "
                f"expected {what}; fetch it again"
            )
        yield line, dict(zip(names, row, strict=True))


def csv_rows(stream: IO[bytes], delimiter: str, place: str, what: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not empty, the header too, with the number of its first line.

    Raises UnusableSource where one is broken or not closed.
    """
    # The limit is the process's; nothing else here reads delimited text.
    csv.field_size_limit(_LARGEST_FIELD)
    reader = csv.reader(_lines(stream, place, what), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise UnusableSource(
                f"{place}:{line} is broken or truncated ({error}); expected {what}; fetch it again"
            ) from error
        if row is None:
            return
        if row:
            yield line, row


def as_registered(text: str) -> str:
    """An enumerated value as the API spells it: "Active, not recruiting" -> "ACTIVE_NOT_RECRUITING"."""
    name = re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")
    name = name.removesuffix("_ASSIGNMENT")  # of older intervention models, as in "Parallel Assignment"
    return _OTHER_SPELLINGS.get(name, name).replace("PHASE_", "PHASE")


def masking(text: str) -> str:
    """How far a trial is masked, less who is: "DOUBLE (INVESTIGATOR, CARE_PROVIDER)" -> "DOUBLE"."""
    return as_registered(text.partition("(")[0])


def count(text: str) -> int | None:
    """The whole number in `text`, if it is one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _lines(stream: IO[bytes], place: str, what: str) -> Iterator[str]:
    number = 0
    while line := stream.readline(_LARGEST_FIELD):
        number += 1
        if len(line) == _LARGEST_FIELD and not line.endswith(b"\n"):
            raise UnusableSource(f"{place}:{number} does not end within {_LARGEST_FIELD:,} bytes; expected {what}")
        if number == 1:
            line = line.removeprefix(_BOM)
        try:
            yield line.decode()
        except UnicodeDecodeError as error:
            raise UnusableSource(f"{place}:{number} is not UTF-8 ({error.reason}); expected {what}") from error
