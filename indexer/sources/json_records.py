"""Study records in a stream of JSON: ndjson, an array, a page of the API, one study, or several objects in a row."""

import io
from collections.abc import Container, Iterator
from typing import IO

import ijson
import orjson

from indexer.sources.base import SourceRecord, digest_of
from search.errors import UnusableSource

EXPECTED = (
    "expected API v2 study records (ndjson, plain or gzip; a JSON study, page or array), ClinicalTrials.gov's CSV "
    "download, AACT's zip of pipe-delimited tables, WHO ICTRP's export as XML or CSV, or a folder or zip of them"
)
# The largest study of the registry has a few megabytes, so whatever is larger is none.
_LARGEST_STUDY = 64 * 2**20
# As deep as orjson goes; ijson has no bound, and its memory grows with the square of the depth.
_DEEPEST = 1_000
# So little at a time that the depth is seen before it hurts.
_CHUNK = 4 * 2**10
# What may stand in a page before its studies fits in this many times over.
_HEAD = 64 * 2**10
_BOM = b"\xef\xbb\xbf"


def study_records(stream: IO[bytes], place: str, known: Container[bytes] = ()) -> Iterator[SourceRecord]:
    """Every record of a seekable `stream` that is called `place` in messages; its first lines say what shape it has.

    Of ndjson, lines whose digests are `known` come unread.
    A broken line of ndjson is one broken record. Raises UnusableSource where the shape is unknown, or where any other
    shape breaks off or is broken.
    """
    start = len(_BOM) if stream.read(len(_BOM)) == _BOM else 0
    stream.seek(start)
    head = _head(stream)
    stream.seek(start)
    if not head:
        return
    if head.startswith(b"["):
        yield from _document(stream, "item", place)
    elif head.startswith(b"{") and _is_page(head, place):
        yield from _document(stream, "studies.item", place)
    elif _is_ndjson(stream, start):
        yield from _lines(stream, place, known)
    elif head.startswith(b"{"):
        yield from _document(stream, "", place)
    else:
        raise UnusableSource(f"{place} begins with {head[:40]!r}; {EXPECTED}")


def _head(stream: IO[bytes]) -> bytes:
    """What comes first, white space left out; empty where there is nothing else."""
    while chunk := stream.read(_HEAD):
        if head := chunk.lstrip():
            return head + stream.read(_HEAD)
    return b""


def _is_page(head: bytes, place: str) -> bool:
    """Whether the object that `head` begins has an array of studies."""
    try:
        return any(
            (prefix, event) == ("studies", "start_array")
            for prefix, event, _ in ijson.parse(_Portions(io.BytesIO(head), place), buf_size=_CHUNK)
        )
    except (ijson.JSONError, UnusableSource):  # at the latest where the head ends
        return False


def _is_ndjson(stream: IO[bytes], start: int) -> bool:
    """Whether a line stands by itself. The first one may be broken. Leaves the stream at `start`."""
    first, second = _next_line(stream), _next_line(stream)
    stream.seek(start)
    # A line that ends open belongs to a document, whatever the line below it looks like.
    return _is_object(first) or (_is_object(second) and not first.rstrip().endswith((b"{", b"[", b",", b":")))


def _next_line(stream: IO[bytes]) -> bytes:
    """The next line that is not blank; empty at the end."""
    line = stream.readline(_LARGEST_STUDY)
    while line and not line.strip():
        line = stream.readline(_LARGEST_STUDY)
    return line


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _lines(stream: IO[bytes], place: str, known: Container[bytes]) -> Iterator[SourceRecord]:
    number = 0
    while line := stream.readline(_LARGEST_STUDY):
        number += 1
        here = f"{place}:{number}"
        whole = line.endswith(b"\n") or len(line) < _LARGEST_STUDY
        while not whole:
            rest = stream.readline(_LARGEST_STUDY)
            whole = rest.endswith(b"\n") or not rest
            line = b"too long"
        digest = digest_of(line)
        if digest in known:
            yield SourceRecord(here, digest=digest)
            continue
        if not line.strip():
            continue
        try:
            study = orjson.loads(line)
        except orjson.JSONDecodeError:
            yield SourceRecord(here, problem="broken line")
        else:
            yield SourceRecord(here, study, digest=digest)


def _document(stream: IO[bytes], prefix: str, place: str) -> Iterator[SourceRecord]:
    """The values at ijson's `prefix`, one at a time; documents may follow one another."""
    portions = _Portions(stream, place)
    number = 0
    try:
        for number, study in enumerate(ijson.items(portions, prefix, buf_size=_CHUNK, multiple_values=True), start=1):
            portions.begin()
            yield SourceRecord(f"{place}#{number}", study)
    except ijson.JSONError as error:
        raise UnusableSource(
            f"{place} is broken or truncated JSON after {number:,} records ({_reason(error)}); fetch it again"
        ) from error


def _reason(error: Exception) -> str:
    """The first line of what ijson says; the others draw an arrow at the place."""
    said = error.args[0] if error.args else ""
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return text.partition("\n")[0].strip()


class _Portions:
    """A stream for ijson that ends in UnusableSource where one record is too large or too deep to be a study."""

    def __init__(self, stream: IO[bytes], place: str) -> None:
        self._stream = stream
        self._place = place
        self.begin()

    def begin(self) -> None:
        """A new record begins about here."""
        self._taken = 0
        self._depth = 0

    def read(self, size: int) -> bytes:
        """Up to `size` bytes."""
        chunk = self._stream.read(size)
        self._taken += len(chunk)
        # Brackets in texts count too, but few of those stand alone.
        self._depth += sum(chunk.count(opening) for opening in (b"{", b"["))
        self._depth -= sum(chunk.count(closing) for closing in (b"}", b"]"))
        if self._taken > _LARGEST_STUDY:
            raise UnusableSource(f"{self._place} has no record within {_LARGEST_STUDY:,} bytes; {EXPECTED}")
        if self._depth > _DEEPEST:
            raise UnusableSource(f"{self._place} is nested more than {_DEEPEST:,} levels deep; {EXPECTED}")
        return chunk
