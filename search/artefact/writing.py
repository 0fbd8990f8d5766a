"""Writes a build beside the others, then makes it live in one step.

A process killed at any point leaves either the old build live or the new one, never a mixture: everything is
written under a hidden name and synced, the folder is renamed, and only then is CURRENT replaced.
"""

import datetime
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa

from search.artefact.facet_terms import TERM_FACETS, term_list_column
from search.artefact.identifiers import identifier_table
from search.artefact.layout import (
    ENCODER_FOLDER,
    IDENTIFIERS_FILE,
    LEXICAL_FOLDER,
    PASSAGES_FILE,
    REASON_FILE,
    REFUSED_PREFIX,
    TERM_LISTS_FILE,
    TERM_VECTORS_FILE,
    TERMS_FILE,
    TITLES_FILE,
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
)
from search.artefact.trial_table import SCHEMA
from search.indexes.base import VectorIndex
from search.lexical import LexicalIndex
from search.passage import PASSAGE_VERSION, Facet
from search.vectors import Vectors


class BuildWriter:
    """The files of one build on its way. Use under the lock of the index; see `unfinished_build`."""

    def __init__(self, root: Path, build_id: str) -> None:
        self._root = root
        self.build_id = build_id
        self.folder = builds_folder(root) / f"{UNFINISHED_PREFIX}{build_id}"
        self.folder.mkdir(parents=True)

    def write_trials(self, batches: Iterable[pa.RecordBatch]) -> pa.Table:
        """Write the trials, already in NCT-id order, and the identifiers; gives the trials back memory-mapped."""
        path = self.folder / TRIALS_FILE
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, SCHEMA) as writer:
            for batch in batches:
                writer.write_batch(batch)
        trials = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        self._write_table(IDENTIFIERS_FILE, identifier_table(trials))
        return trials

    def write_titles(self, count: int, dim: int, batches: Iterable[Vectors]) -> None:
        """Write the `count` title vectors, in row order."""
        write_vectors(self.folder / TITLES_FILE, count, dim, batches)

    def write_terms(
        self, texts: Sequence[str], dim: int, batches: Iterable[Vectors], lists: Mapping[Facet, Sequence[Sequence[int]]]
    ) -> None:
        """Write the distinct terms, their vectors in the same order, and each row's terms by facet."""
        self._write_table(TERMS_FILE, pa.table({"term": pa.array(texts, pa.string())}))
        write_vectors(self.folder / TERM_VECTORS_FILE, len(texts), dim, batches)
        self._write_table(
            TERM_LISTS_FILE, pa.table({facet.value: term_list_column(lists[facet]) for facet in TERM_FACETS})
        )

    def write_passages(self, index: VectorIndex) -> None:
        """Write the index of passage vectors."""
        index.save(self.folder / PASSAGES_FILE)

    def write_lexical(self, index: LexicalIndex) -> None:
        """Write the index of words."""
        index.save(self.folder / LEXICAL_FOLDER)

    def write_encoder(self, folder: Path) -> None:
        """Take over the exported encoder in `folder`: its files never change, so they are shared where they can be."""
        here = self.folder / ENCODER_FOLDER
        here.mkdir()
        for path in folder.iterdir():
            try:
                os.link(path, here / path.name)
            except OSError:  # another file system, or one without hard links
                shutil.copy(path, here / path.name)

    def seal(self, *, encoder: EncoderIdentity, index: str, source: SourceIdentity, counts: Counts) -> Manifest:
        """Write the manifest and see that all is on the disk: from here on the build can be opened in its folder."""
        files = {
            path.relative_to(self.folder).as_posix(): _digest(path)
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }
        manifest = Manifest(
            format_version=FORMAT_VERSION,
            build_id=self.build_id,
            created_at=datetime.datetime.now(datetime.UTC),
            encoder=encoder,
            passage_version=PASSAGE_VERSION,
            index=index,
            source=source,
            counts=counts,
            files=files,
        )
        (self.folder / MANIFEST_FILE).write_text(manifest.model_dump_json(indent=2) + "\n")
        for path in self.folder.rglob("*"):
            _sync(path)
        _sync(self.folder)
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
    writer = BuildWriter(root, datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S-%f"))
    try:
        yield writer
    finally:
        shutil.rmtree(writer.folder, ignore_errors=True)


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


def write_vectors(path: Path, count: int, dim: int, batches: Iterable[Vectors]) -> None:
    """Write `count` rows of `dim` float32 as .npy, batch by batch, in bounded memory."""
    with path.open("wb") as stream:
        header = {"descr": "<f4", "fortran_order": False, "shape": (count, dim)}
        np.lib.format.write_array_header_1_0(stream, header)
        for batch in batches:
            stream.write(np.ascontiguousarray(batch, dtype="<f4").data)


def _digest(path: Path) -> FileDigest:
    with path.open("rb") as stream:
        return FileDigest(bytes=path.stat().st_size, sha256=hashlib.file_digest(stream, "sha256").hexdigest())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
