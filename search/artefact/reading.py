"""Opens a published build, and checks one."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from search.artefact.byte_vectors import ByteVectors
from search.artefact.facet_terms import TERM_FACETS, FacetTerms
from search.artefact.half_vectors import HalfVectors
from search.artefact.identifiers import Identifiers
from search.artefact.layout import (
    DIGESTS_FILE,
    ENCODER_FOLDER,
    IDENTIFIERS_FILE,
    LEXICAL_FOLDER,
    PASSAGES_FILE,
    SUGGESTIONS_FOLDER,
    TERM_LISTS_FILE,
    TERM_VECTORS_FILE,
    TERMS_FILE,
    TITLES_FILE,
    TRIALS_FILE,
)
from search.artefact.lifecycle import current_build
from search.artefact.manifest import WAY_OUT, Manifest, check_files, read_manifest
from search.artefact.patched import PatchedIndex, PatchedVectors, StoredVectors, own_file, places_file
from search.artefact.suggested_terms import BEGINNINGS_FILE, SuggestedTerms
from search.artefact.trial_reader import whole
from search.artefact.trial_table import TrialTable, open_trials
from search.encoders.onnx import SETTINGS_FILE
from search.errors import CorruptBuild
from search.indexes.base import Nearest, VectorIndex
from search.indexes.catalogue import index_class
from search.lexical import LexicalIndex
from search.passage import READABLE_PASSAGES
from search.vectors import Vectors

Content = TypeVar("Content")


@dataclass(frozen=True, slots=True)
class Artefact:
    """One build, opened: everything is memory-mapped and stays what it was, whatever is published later."""

    manifest: Manifest
    trials: TrialTable
    identifiers: Identifiers
    passages: Nearest
    lexical: LexicalIndex
    titles: StoredVectors
    terms: FacetTerms
    suggested: SuggestedTerms | None
    """None in builds that were made before they were kept."""
    encoder_folder: Path | None
    """Where the encoder was exported to; None where it has to be opened by its name."""
    digests: NDArray[np.uint8] | None
    """(n, bytes) Of the record of each trial; None in builds that were made before there were any."""


def open_current(root: Path) -> Artefact:
    """The live build at `root`. Raises NoIndex or CorruptBuild."""
    return open_build(current_build(root))


def open_build(folder: Path) -> Artefact:
    """The build in `folder`. Raises CorruptBuild where files are missing, cut short, or disagree."""
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    if manifest.passage_version not in READABLE_PASSAGES:
        raise CorruptBuild(
            f"{folder} was built from passages of version {manifest.passage_version}, this version of Trialkin asks "
            f"with {READABLE_PASSAGES[-1]}; build again with: trialkin rebuild-index"
        )
    texts = _read(folder / TERMS_FILE, lambda path: whole(_table(path)["term"]))
    term_vectors = _stored(folder, TERM_VECTORS_FILE, manifest)
    artefact = Artefact(
        manifest=manifest,
        trials=_read(folder / TRIALS_FILE, lambda path: TrialTable(open_trials(path))),
        identifiers=_read(folder / IDENTIFIERS_FILE, lambda path: Identifiers(_table(path))),
        passages=_passages(folder, manifest),
        lexical=_read(folder / LEXICAL_FOLDER, LexicalIndex.open),
        titles=_stored(folder, TITLES_FILE, manifest),
        terms=_read(folder / TERM_LISTS_FILE, lambda path: FacetTerms(texts, term_vectors, _table(path))),
        suggested=(
            _read(folder / SUGGESTIONS_FOLDER, SuggestedTerms.open)
            if f"{SUGGESTIONS_FOLDER}/{BEGINNINGS_FILE}" in manifest.files
            else None
        ),
        encoder_folder=folder / ENCODER_FOLDER if f"{ENCODER_FOLDER}/{SETTINGS_FILE}" in manifest.files else None,
        digests=_read(folder / DIGESTS_FILE, _array) if DIGESTS_FILE in manifest.files else None,
    )
    _check_shapes(folder, artefact, terms=len(texts))
    return artefact


def verify_build(folder: Path, *, unread: Collection[str] = ()) -> Artefact:
    """Compare every file but those in `unread` with its checksum and open the build.

    Raises CorruptBuild, naming the file.
    """
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    for name, digest in manifest.files.items():
        if name in unread:
            continue
        with (folder / name).open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != digest.sha256:
            raise CorruptBuild(f"{folder / name} has changed since it was published; {WAY_OUT}")
    return open_build(folder)


def _read(path: Path, reader: Callable[[Path], Content]) -> Content:
    try:
        return reader(path)
    except Exception as error:  # a changed file can make NumPy, Arrow, FAISS or bm25s raise nearly anything
        raise CorruptBuild(f"{path} cannot be read ({error}); {WAY_OUT}") from error


def _table(path: Path) -> pa.Table:
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def _array(path: Path) -> Any:
    # A plain view of the mapped file: np.memmap's own indexing is many times slower for a few rows.
    return np.asarray(np.load(path, mmap_mode="r"))


def _vectors(path: Path) -> Vectors | HalfVectors | ByteVectors:
    array = _array(path)
    if array.dtype == np.float16:  # format 3
        return HalfVectors(array)
    return ByteVectors(array) if array.dtype.names else array


def _stored(folder: Path, name: str, manifest: Manifest) -> StoredVectors:
    base = _read(folder / name, _vectors)
    if places_file(name) not in manifest.files:
        return base
    own = _read(folder / own_file(name), _vectors)
    return _read(folder / places_file(name), lambda path: PatchedVectors(base, own, _array(path)))


def _passages(folder: Path, manifest: Manifest) -> Nearest:
    def opened(path: Path) -> VectorIndex:
        return index_class(manifest.index).open(path)

    base = _read(folder / PASSAGES_FILE, opened)
    if places_file(PASSAGES_FILE) not in manifest.files:
        return base
    own = _read(folder / own_file(PASSAGES_FILE), opened)
    return _read(folder / places_file(PASSAGES_FILE), lambda path: PatchedIndex(base, own, _array(path)))


def _check_shapes(folder: Path, artefact: Artefact, *, terms: int) -> None:
    counts, dim = artefact.manifest.counts, artefact.manifest.encoder.dim
    shapes: list[tuple[str, object, object]] = [
        (TRIALS_FILE, len(artefact.trials), counts.trials),
        (PASSAGES_FILE, len(artefact.passages), counts.trials),
        (LEXICAL_FOLDER, len(artefact.lexical), counts.trials),
        (TITLES_FILE, artefact.titles.shape, (counts.trials, dim)),
        (TERMS_FILE, terms, counts.terms),
        *([(DIGESTS_FILE, len(artefact.digests), counts.trials)] if artefact.digests is not None else []),
        (TERM_VECTORS_FILE, artefact.terms.vectors.shape, (counts.terms, dim)),
        *((TERM_LISTS_FILE, len(artefact.terms.lists[facet].offsets) - 1, counts.trials) for facet in TERM_FACETS),
    ]
    for name, found, wanted in shapes:
        if found != wanted:
            raise CorruptBuild(f"{folder / name} holds {found} where the manifest says {wanted}; {WAY_OUT}")
