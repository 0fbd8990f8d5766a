"""Study records in files: ndjson, JSON, gzip, zip, or a folder of them. Content says what a file is, not its name."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import IO, cast

import ijson
import orjson

from indexer.sources.base import SourceRecord
from search.errors import UnusableSource

SEEDS = "seeds"
EXPECTED = (
    "expected API v2 study records: ndjson (plain or gzip), a JSON study, page or array, or a folder or zip of them"
)
# A first line longer than this is no study: the largest in the registry is a few megabytes.
_LONGEST_LINE = 64 * 2**20


def open_source(spec: str) -> "FileSource":
    """The source that `spec` names: "seeds" for the bundled corpus, or the path of a file or folder.

    Raises UnusableSource where nothing is there.
    """
    path = Path(str(resources.files(SEEDS) / "studies.ndjson")) if spec == SEEDS else Path(spec)
    if not path.exists():
        raise UnusableSource(f"no such file or folder: {path}; name one, or {SEEDS!r} for the bundled trials")
    return FileSource(path, name=SEEDS if spec == SEEDS else path.name)


class FileSource:
    """A file, or every file below a folder in name order (those whose names begin with a dot left out)."""

    def __init__(self, path: Path, *, name: str) -> None:
        self.name = name
        self._path = path
        self._files = _files_below(path) if path.is_dir() else [path]
        if not self._files:
            raise UnusableSource(f"the folder {path} has no files; {EXPECTED}")
        self.size = sum(file.stat().st_size for file in self._files)
        self._done = 0
        self._open: IO[bytes] | None = None

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._done + (self._open.tell() if self._open and not self._open.closed else 0)

    def records(self) -> Iterator[SourceRecord]:
        """Every record of every file. Raises UnusableSource where a file is of no known shape, or cut short."""
        for file in self._files:
            try:
                with file.open("rb") as stream:
                    self._open = stream
                    yield from _records(stream, str(file))
            except OSError as error:
                if error.errno is None:
                    raise
                raise UnusableSource(f"cannot read {file}: {error.strerror}") from error
            self._open = None
            self._done += file.stat().st_size


def _files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def _records(stream: IO[bytes], place: str) -> Iterator[SourceRecord]:
    magic = stream.read(4)
    stream.seek(0)
    if magic.startswith(b"\x1f\x8b"):
        yield from _gzip(stream, place)
    elif magic.startswith(b"PK\x03\x04"):
        yield from _zip(stream, place)
    else:
        yield from _json(io.BufferedReader(stream) if isinstance(stream, io.RawIOBase) else stream, place)


def _gzip(stream: IO[bytes], place: str) -> Iterator[SourceRecord]:
    try:
        with gzip.open(stream) as unpacked:
            yield from _json(cast(IO[bytes], unpacked), place)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UnusableSource(f"{place} is a broken or truncated gzip file ({error}); fetch it again") from error


def _zip(stream: IO[bytes], place: str) -> Iterator[SourceRecord]:
    try:
        with zipfile.ZipFile(stream) as archive:
            for member in sorted(archive.infolist(), key=lambda info: info.filename):
                if not member.is_dir() and not Path(member.filename).name.startswith("."):
                    with archive.open(member) as inside:
                        yield from _records(inside, f"{place}/{member.filename}")
    except (zipfile.BadZipFile, zlib.error) as error:
        raise UnusableSource(f"{place} is a broken or truncated zip file ({error}); fetch it again") from error


def _json(stream: IO[bytes], place: str) -> Iterator[SourceRecord]:
    """Ndjson where each line stands by itself, else one JSON document."""
    first = stream.readline(_LONGEST_LINE)
    while first and not first.strip():
        first = stream.readline(_LONGEST_LINE)
    if not first:
        return
    if _is_object(first) or (first.lstrip().startswith(b"{") and _is_object(stream.readline(_LONGEST_LINE))):
        stream.seek(0)
        yield from _lines(stream, place)
    elif first.lstrip()[:1] in (b"{", b"["):
        stream.seek(0)
        yield from _document(stream, place)
    else:
        raise UnusableSource(f"{place} begins with {first[:40]!r}; {EXPECTED}")


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _lines(stream: IO[bytes], place: str) -> Iterator[SourceRecord]:
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        here = f"{place}:{number}"
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError:
            yield SourceRecord(here, problem="broken line")
        else:
            yield from _studies(value, here)


def _studies(value: object, place: str) -> Iterator[SourceRecord]:
    """The studies in a JSON value: a page of the API holds many, anything else is taken for one."""
    studies = value.get("studies") if isinstance(value, dict) else None
    for study in studies if isinstance(studies, list) else [value]:
        yield SourceRecord(place, study)


def _document(stream: IO[bytes], place: str) -> Iterator[SourceRecord]:
    """The studies of one JSON document, read as a stream: an array, a page ({"studies": [...]}), or one study."""
    start = stream.read(1)
    while start.isspace():
        start = stream.read(1)
    stream.seek(0)
    try:
        if start == b"[":
            yield from _numbered(ijson.items(stream, "item", use_float=True), place)
            return
        found = False
        for record in _numbered(ijson.items(stream, "studies.item", use_float=True), place):
            found = True
            yield record
        if not found:
            stream.seek(0)
            yield SourceRecord(place, orjson.loads(stream.read()))
    except (ijson.JSONError, orjson.JSONDecodeError) as error:
        raise UnusableSource(f"{place} is broken or truncated JSON ({error}); {EXPECTED}") from error


def _numbered(studies: Iterator[object], place: str) -> Iterator[SourceRecord]:
    for number, study in enumerate(studies, start=1):
        yield SourceRecord(f"{place}#{number}", study)
