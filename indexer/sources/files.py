"""Study records in files, plain or packed, or in a folder of them. Content says what a file is, not its name."""

import gzip
import io
import lzma
import os
import sys
import weakref
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Container, Iterator
from functools import partial
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import IO, NoReturn, cast

from indexer.sources.aact import Tables, aact_records, is_aact_table
from indexer.sources.base import SourceRecord
from indexer.sources.csv_download import csv_records, is_csv_download
from indexer.sources.ictrp_csv import ictrp_csv_records, is_ictrp_csv
from indexer.sources.ictrp_xml import ictrp_xml_records, is_xml
from indexer.sources.json_records import EXPECTED, study_records
from indexer.sources.registry import REGISTRY, RegistrySource
from indexer.sources.standard_input import STANDARD_INPUT, STANDARD_INPUT_NAME, spooled
from indexer.store import DEFAULT_STORE
from search.errors import UnusableSource

SEEDS = "seeds"
_GZIP, _ZIPS = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06")
_BUFFER = 2**16
_AACT_STUDIES = "studies.txt"


def open_source(spec: str, *, store: Path = DEFAULT_STORE) -> "FileSource | RegistrySource | StandardInput":
    """The source that `spec` names: "seeds", bundled; "registry", harvested into `store`; "-"; or a path.

    Raises UnusableSource where nothing is there.
    """
    if spec == STANDARD_INPUT:
        return StandardInput()
    if spec == REGISTRY:
        return RegistrySource(store)
    path = Path(str(resources.files(SEEDS) / "studies.ndjson")) if spec == SEEDS else Path(spec)
    # Path("") is the current folder, which nobody means.
    if not spec or not path.exists():
        raise UnusableSource(
            f"no such file or folder: {spec!r}; name one, or {SEEDS!r} for the bundled trials, or "
            f"{REGISTRY!r} for harvested ones, or {STANDARD_INPUT!r} for standard input"
        )
    return FileSource(path, name=SEEDS if spec == SEEDS else _printable(path.resolve().name))


class FileSource:
    """A file, or every file below a folder in name order (whatever is named with a leading dot left out)."""

    def __init__(self, path: Path, *, name: str) -> None:
        self.name = name
        self._files = _files_below(path) if path.is_dir() else [path]
        if not self._files:
            raise UnusableSource(f"the folder {path} has no files; {EXPECTED}")
        self._sizes = [_size(file) for file in self._files]
        self.size = sum(self._sizes)
        self._done = 0
        self._open: IO[bytes] | None = None

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._done + (self._open.tell() if self._open and not self._open.closed else 0)

    def records(self, known: Container[bytes] = ()) -> Iterator[SourceRecord]:
        """Every record of every file. Raises UnusableSource where a file is of no known shape, or cut short."""
        self._done = 0
        for file, size in zip(self._files, self._sizes, strict=True):
            place = _printable(str(file))
            try:
                with file.open("rb") as stream:
                    if not stream.seekable():
                        raise UnusableSource(
                            f"{place} is a pipe; write the records to a file and name that, or send "
                            f"them to standard input and name {STANDARD_INPUT}"
                        )
                    self._open = stream
                    yield from _records(stream, place, known)
            except OSError as error:
                _refuse(place, error)
            self._open = None
            self._done += size


class StandardInput:
    """Standard input, of any shape that a file may have; read to its end at once."""

    name = STANDARD_INPUT_NAME

    def __init__(self) -> None:
        """Raises UnusableSource where it is not redirected, or there is no room to keep it."""
        self._spool = spooled(sys.stdin.buffer if sys.stdin else None)
        self.size = self._spool.tell()
        # It has no name, so nothing is left of it once it is closed.
        weakref.finalize(self, self._spool.close)

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._spool.tell()

    def records(self, known: Container[bytes] = ()) -> Iterator[SourceRecord]:
        """Every record. Raises UnusableSource where they are of no known shape, or cut short."""
        self._spool.seek(0)
        yield from _records(self._spool, self.name, known)


def _files_below(folder: Path) -> list[Path]:
    found: list[Path] = []
    # Unlike rglob, walk can be told not to pass over what it may not read.
    for parent, folders, names in os.walk(folder, onerror=lambda error: _refuse(str(error.filename), error)):
        folders[:] = [name for name in folders if not _is_hidden(name)]
        found.extend(Path(parent, name) for name in names if not _is_hidden(name))
    return sorted(path for path in found if path.is_file() or not path.exists())


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError as error:
        _refuse(str(file), error)


def _refuse(place: str, error: OSError) -> NoReturn:
    raise UnusableSource(f"cannot read {_printable(place)}: {error.strerror or error}") from error


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _printable(path: str) -> str:
    """`path` with what is no UTF-8 in it replaced, so that it can be printed and stored."""
    return os.fsencode(path).decode(errors="replace")


def _records(stream: IO[bytes], place: str, known: Container[bytes]) -> Iterator[SourceRecord]:
    magic = stream.read(4)
    stream.seek(0)
    if magic.startswith(_GZIP):
        yield from _gzip(stream, place, known)
    elif magic in _ZIPS:
        yield from _zip(stream, place, known)
    else:
        yield from _text(stream, place, known)


def _text(stream: IO[bytes], place: str, known: Container[bytes]) -> Iterator[SourceRecord]:
    if is_csv_download(stream):
        yield from csv_records(stream, place)
    elif is_xml(stream):
        yield from ictrp_xml_records(stream, place)
    elif is_ictrp_csv(stream):
        yield from ictrp_csv_records(stream, place)
    elif is_aact_table(stream):
        raise UnusableSource(f"{place} is one table of an AACT export; name the zip that has all of them")
    else:
        yield from study_records(stream, place, known)


def _gzip(stream: IO[bytes], place: str, known: Container[bytes]) -> Iterator[SourceRecord]:
    try:
        with gzip.open(stream) as unpacked:
            # In large pieces: line by line, its own buffer of 8 kB costs as much as unpacking.
            buffered = io.BufferedReader(cast(io.RawIOBase, unpacked), _BUFFER)
            yield from _text(buffered, place, known)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UnusableSource(f"{place} is a broken or truncated gzip file ({error}); fetch it again") from error


def _zip(stream: IO[bytes], place: str, known: Container[bytes]) -> Iterator[SourceRecord]:
    try:
        with zipfile.ZipFile(stream) as archive:
            members = _members(archive)
            exports = _aact_exports(archive, members, place)
            for member in members:
                path = PurePosixPath(member.filename)
                if path.parent in exports:
                    if path.name == _AACT_STUDIES:
                        yield from aact_records(exports[path.parent], str(PurePosixPath(place, path.parent)))
                    continue
                here = f"{place}/{member.filename}"
                with _open_member(archive, member, here) as inside:
                    yield from _records(inside, here, known)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError) as error:
        raise UnusableSource(f"{place} is a broken or truncated zip file ({error}); fetch it again") from error


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [
        member
        for member in sorted(archive.infolist(), key=lambda info: info.filename)
        if not member.is_dir() and not any(_is_hidden(part) for part in member.filename.split("/"))
    ]


def _aact_exports(
    archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], place: str
) -> dict[PurePosixPath, dict[str, Callable[[], IO[bytes]]]]:
    """The tables in each folder that has AACT's table of studies: so its header says, and its name, as for no other."""
    tables: dict[PurePosixPath, dict[str, Callable[[], IO[bytes]]]] = defaultdict(dict)
    for member in members:
        path = PurePosixPath(member.filename)
        opens = partial(_open_member, archive, member, f"{place}/{member.filename}")
        tables[path.parent][path.name] = opens
    return {folder: found for folder, found in tables.items() if _AACT_STUDIES in found and _is_aact(found)}


def _is_aact(tables: Tables) -> bool:
    with tables[_AACT_STUDIES]() as stream:
        return is_aact_table(stream)


def _open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: str) -> IO[bytes]:
    try:
        return archive.open(member)
    except RuntimeError as error:  # encrypted, or packed in a way that zipfile does not know
        raise UnusableSource(f"cannot unpack {place} ({error}); unpack it and name the folder") from error
