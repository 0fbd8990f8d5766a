"""Writes a build beside the others, then makes it live in one step.

A process killed at any point leaves either the old build live or the new one, never a mixture: everything is
written under a hidden name and synced, the folder is renamed, and only then is CURRENT replaced.
"""

import datetime
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.lib.format import dtype_to_descr
from numpy.typing import NDArray

from search.artefact.byte_vectors import byte_type, in_bytes
from search.artefact.facet_terms import TERM_FACETS, TermLists, term_list_column
from search.artefact.layout import (
    ENCODER_FOLDER,
    IDENTIFIERS_FILE,
    LEXICAL_FOLDER,
    REASON_FILE,
    REFUSED_PREFIX,
    SUGGESTIONS_FOLDER,
    TERM_LISTS_FILE,
    TERMS_FILE,
    TRIALS_FILE,
    UNFINISHED_PREFIX,
    build_folder,
    builds_folder,
    current_file,
)
from search.artefact.manifest import (
    FORMAT_VERSION,
    MANIFEST_FILE,
    Counts,
    EncoderIdentity,
    FileDigest,
    Manifest,
    SourceIdentity,
    read_manifest,
)
from search.artefact.suggested_terms import SuggestedTerms
from search.artefact.trial_reader import cell_of
from search.artefact.trial_table import SCHEMA
from search.indexes.base import Calibration, VectorIndex
from search.lexical import LexicalIndex
from search.passage import PASSAGE_VERSION, Facet
from search.vectors import Vectors

BUILD_ID = "%Y%m%dT%H%M%S-%f"
"""A build is named by its time."""
# Waiting for the disk costs no processor.
SYNCS_AT_ONCE = 4


class BuildWriter:
    """The files of one build on its way. Use under the lock of the index; see `unfinished_build`."""

    def __init__(self, root: Path, build_id: str) -> None:
        self._root = root
        self.build_id = build_id
        self.folder = builds_folder(root) / f"{UNFINISHED_PREFIX}{build_id}"
        self.folder.mkdir(parents=True)
        self._taken_over: dict[str, FileDigest] = {}

    @property
    def taken_over(self) -> Set[str]:
        """Files that are those of an earlier build, checksums included."""
        return self._taken_over.keys()

    def write_trials(self, batches: Iterable[pa.RecordBatch]) -> pa.Table:
        """Write the trials, already in the order of their ids; gives them back memory-mapped."""
        path = self.folder / TRIALS_FILE
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, SCHEMA) as writer:
            for batch in batches:
                writer.write_batch(batch)
        return pa.ipc.open_file(pa.memory_map(str(path))).read_all()

    def write_identifiers(self, table: pa.Table) -> None:
        """Write what each trial goes by."""
        self._write_table(IDENTIFIERS_FILE, table)

    def write_vectors(self, name: str, count: int, dim: int, batches: Iterable[Vectors], *, small: bool) -> None:
        """Write `count` vectors, in row order, `small` in eight bits a number, else in single precision."""
        write_vectors(self.folder / name, count, dim, batches, small=small)

    def write_array(self, name: str, array: NDArray[Any]) -> None:
        """Write an array of anything, one row a trial."""
        np.save(self.folder / name, array)

    def write_terms(self, texts: pa.Array, lists: Mapping[Facet, TermLists]) -> None:
        """Write the distinct terms, each row's terms by facet, and which of them are suggested."""
        self._write_table(TERMS_FILE, pa.table({"term": texts}))
        self._write_table(
            TERM_LISTS_FILE, pa.table({facet.value: term_list_column(lists[facet]) for facet in TERM_FACETS})
        )
        SuggestedTerms.of(cell_of(texts), lists).save(self.folder / SUGGESTIONS_FOLDER)

    def write_index(self, name: str, index: VectorIndex) -> None:
        """Write an index of vectors."""
        index.save(self.folder / name)

    def write_encoder(self, folder: Path) -> None:
        """Take over the exported encoder in `folder`: its files never change, so they are shared where they can be."""
        here = self.folder / ENCODER_FOLDER
        here.mkdir()
        for path in folder.iterdir():
            _share(path, here / path.name)

    def take_over(self, name: str, folder: Path) -> None:
        """Have the file `name` of the build in `folder` in this one too: one file with two names, never changed.

        Where the file system has no hard links, it is copied.
        """
        if _share(folder / name, self.folder / name):
            self._taken_over[name] = read_manifest(folder).files[name]

    def write_lexical(self, index: LexicalIndex) -> None:
        """Write the index of words."""
        index.save(self.folder / LEXICAL_FOLDER)

    def seal(
        self,
        *,
        encoder: EncoderIdentity,
        index: str,
        calibration: Calibration | None = None,
        source: SourceIdentity,
        counts: Counts,
        maker: str = "",
        taken_over: int = 0,
    ) -> Manifest:
        """Write the manifest and see that all is on the disk: from here on the build can be opened in its folder."""
        names = {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()}
        written = sorted(names - self._taken_over.keys())
        with ThreadPoolExecutor(SYNCS_AT_ONCE) as pool:
            synced = pool.map(_sync, [self.folder / name for name in written])
            digests = pool.map(_digest, [self.folder / name for name in written])
            files = dict(sorted({**self._taken_over, **dict(zip(written, digests, strict=True))}.items()))
            list(synced)
        manifest = Manifest(
            format_version=FORMAT_VERSION,
            build_id=self.build_id,
            created_at=datetime.datetime.now(datetime.UTC),
            encoder=encoder,
            passage_version=PASSAGE_VERSION,
            index=index,
            calibration=calibration,
            source=source,
            counts=counts,
            maker=maker,
            taken_over=taken_over,
            files=files,
        )
        (self.folder / MANIFEST_FILE).write_text(manifest.model_dump_json(indent=2) + "\n")
        for path in (
            self.folder / MANIFEST_FILE,
            *(path for path in self.folder.iterdir() if path.is_dir()),
            self.folder,
        ):
            _sync(path)
        return manifest

    def publish(self) -> None:
        """Make the sealed build live."""
        self.folder.rename(build_folder(self._root, self.build_id))
        _sync(builds_folder(self._root))
        set_current(self._root, self.build_id)

    def refuse(self, reason: str) -> Path:
        """Keep the build aside, with `reason` beside its files, instead of an earlier refused one; its folder."""
        (self.folder / REASON_FILE).write_text(f"{reason}\n")
        remove_refused(self._root)
        return self.folder.rename(builds_folder(self._root) / f"{REFUSED_PREFIX}{self.build_id}")

    def _write_table(self, name: str, table: pa.Table) -> None:
        with pa.OSFile(str(self.folder / name), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)


@contextmanager
def unfinished_build(root: Path) -> Iterator[BuildWriter]:
    """A writer for a new build; what it wrote is removed again unless it was published.

    Removes what killed builds have left, so hold the lock of the index around it.
    """
    builds_folder(root).mkdir(parents=True, exist_ok=True)
    for leftover in builds_folder(root).glob(f"{UNFINISHED_PREFIX}*"):
        shutil.rmtree(leftover)
    writer = BuildWriter(root, _new_build_id(root))
    try:
        yield writer
    finally:
        shutil.rmtree(writer.folder, ignore_errors=True)


def _share(path: Path, other: Path) -> bool:
    """Give the file `path` the name `other` too; a copy, and False, where that cannot be."""
    try:
        os.link(path, other)
    except OSError:  # another file system, or one without hard links
        shutil.copyfile(path, other)
        return False
    return True


def _new_build_id(root: Path) -> str:
    """The time, or where a clock went back just more than the last id: builds sort by it."""
    now = datetime.datetime.now(datetime.UTC)
    for folder in builds_folder(root).iterdir():
        with suppress(ValueError):  # not named by a time
            named = datetime.datetime.strptime(folder.name, BUILD_ID).replace(tzinfo=datetime.UTC)
            now = max(now, named + datetime.timedelta(microseconds=1))
    return now.strftime(BUILD_ID)


def remove_refused(root: Path) -> list[str]:
    """Remove builds that were kept aside; their ids."""
    removed = []
    for folder in sorted(builds_folder(root).glob(f"{REFUSED_PREFIX}*")):
        shutil.rmtree(folder)
        removed.append(folder.name.removeprefix(REFUSED_PREFIX))
    return removed


def set_current(root: Path, build_id: str) -> None:
    """Make `build_id` the live build, in one atomic step."""
    beside = current_file(root).with_suffix(".new")
    beside.write_text(f"{build_id}\n")
    _sync(beside)
    beside.replace(current_file(root))
    _sync(root)


def write_vectors(path: Path, count: int, dim: int, batches: Iterable[Vectors], *, small: bool = False) -> None:
    """Write `count` rows of `dim` numbers as .npy, batch by batch in bounded memory.

    In single precision, or `small`: unit vectors in eight bits a number.
    """
    with path.open("wb") as stream:
        descr, shape = (dtype_to_descr(byte_type(dim)), (count,)) if small else ("<f4", (count, dim))
        np.lib.format.write_array_header_1_0(stream, {"descr": descr, "fortran_order": False, "shape": shape})
        for batch in batches:
            rows = in_bytes(batch) if small else np.ascontiguousarray(batch, dtype="<f4")
            stream.write(rows.view(np.uint8).data)


def _digest(path: Path) -> FileDigest:
    with path.open("rb") as stream:
        return FileDigest(bytes=path.stat().st_size, sha256=hashlib.file_digest(stream, "sha256").hexdigest())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
