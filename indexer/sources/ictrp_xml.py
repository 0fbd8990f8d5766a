"""WHO ICTRP's "Export results to XML", one <Trial> at a time."""

import re
from collections.abc import Iterator
from typing import IO
from xml.parsers import expat

from indexer.sources.base import SourceRecord
from indexer.sources.ictrp_record import EXPECTED_ICTRP, FIELDS, field_name, ictrp_study
from search.errors import UnusableSource

_ROOT = "trials_downloaded_from_ictrp"
_TRIAL = "trial"
_CHUNK = 64 * 2**10
# The longest records, with all their criteria, have some hundred kilobytes.
_LARGEST_TRIAL = 16 * 2**20
_BOM = b"\xef\xbb\xbf"
# SQL Server, which writes the export, refers to characters that XML forbids: &#x1F; for a stray control character.
_FORBIDDEN = re.compile(
    rb"&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2\d|3[01]));|[\x00-\x08\x0b\x0c\x0e-\x1f]", re.I
)
_LONGEST_REFERENCE = 16


def is_xml(stream: IO[bytes]) -> bool:
    """Whether it begins like XML, or a web page. Leaves the stream at its beginning."""
    head = stream.read(_LONGEST_REFERENCE * 16).removeprefix(_BOM).lstrip()
    stream.seek(0)
    return head.startswith(b"<")


def ictrp_xml_records(stream: IO[bytes], place: str) -> Iterator[SourceRecord]:
    """Every trial. Raises UnusableSource where it is other XML, broken or cut short."""
    trials = _Trials(place)
    rest = b""
    while chunk := stream.read(_CHUNK):
        chunk = rest + chunk
        # A reference may go on in the next chunk.
        cut = chunk.rfind(b"&", -_LONGEST_REFERENCE)
        chunk, rest = (chunk[:cut], chunk[cut:]) if cut >= 0 else (chunk, b"")
        yield from trials.feed(_FORBIDDEN.sub(b" ", chunk))
    yield from trials.feed(_FORBIDDEN.sub(b" ", rest), last=True)


class _Trials:
    """Takes XML in pieces, gives the trials that have ended. No document type is let in, so no entity unfolds."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse_document_type
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._depth = 0
        self._taken = 0
        self._number = 0
        self._line = 0
        self._fields: dict[str, str] = {}
        self._field: str | None = None
        self._ended: list[SourceRecord] = []

    def feed(self, chunk: bytes, *, last: bool = False) -> Iterator[SourceRecord]:
        self._taken += len(chunk)
        if self._taken > _LARGEST_TRIAL:
            raise UnusableSource(
                f"{self._place} has no trial within {_LARGEST_TRIAL:,} bytes; expected {EXPECTED_ICTRP}"
            )
        try:
            self._parser.Parse(chunk, last)
        except expat.ExpatError as error:
            raise UnusableSource(
                f"{self._place}:{error.lineno} is broken or truncated XML after {self._number:,} trials "
                f"({expat.ErrorString(error.code)}); expected {EXPECTED_ICTRP}; fetch it again"
            ) from error
        yield from self._ended
        self._ended.clear()

    def _start(self, name: str, _: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1 and name.casefold() != _ROOT:
            self._refuse(f"has the root element <{name[:40]}>")
        if self._depth == 2:
            if name.casefold() != _TRIAL:
                self._refuse(f"has the element <{name[:40]}> where a <Trial> should be")
            self._fields = {}
            self._line = self._parser.CurrentLineNumber
        elif self._depth == 3:
            field = field_name(name)
            self._field = field if field in FIELDS else None
            if self._field in self._fields:  # one element for each item of a list
                self._text(";")
        elif self._depth > 3 and name.casefold() == "br":
            self._text("<br>")

    def _end(self, _: str) -> None:
        if self._depth == 3:
            self._field = None
        elif self._depth == 2:
            self._number += 1
            self._taken = 0
            self._ended.append(SourceRecord(f"{self._place}:{self._line}", ictrp_study(self._fields), secondhand=True))
        self._depth -= 1

    def _text(self, text: str) -> None:
        if self._field:
            self._fields[self._field] = self._fields.get(self._field, "") + text

    def _refuse_document_type(self, name: str, *_: object) -> None:
        page = ", so it is a web page" if name.casefold() == "html" else ""
        self._refuse(f"declares the document type {name[:40]!r}{page}")

    def _refuse(self, why: str) -> None:
        raise UnusableSource(f"{self._place}:{self._parser.CurrentLineNumber} {why}; expected {EXPECTED_ICTRP}")
