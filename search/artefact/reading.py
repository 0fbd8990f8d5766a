"""Opens a published build, and checks one."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from search.artefact.facet_terms import TERM_FACETS, FacetTerms
from search.artefact.identifiers import Identifiers
from search.artefact.layout import (
    IDENTIFIERS_FILE,
    LEXICAL_FOLDER,
    PASSAGES_FILE,
    TERM_LISTS_FILE,
    TERM_VECTORS_FILE,
    TERMS_FILE,
    TITLES_FILE,
    TRIALS_FILE,
)
from search.artefact.lifecycle import current_build
from search.artefact.manifest import WAY_OUT, Manifest, read_manifest
from search.artefact.trial_table import TrialTable
from search.errors import CorruptBuild
from search.indexes.base import VectorIndex
from search.indexes.catalogue import index_class
from search.lexical import LexicalIndex
from search.passage import PASSAGE_VERSION
from search.vectors import Vectors


@dataclass(frozen=True, slots=True)
class Artefact:
    """One build, opened: everything is memory-mapped and stays what it was, whatever is published later."""

    manifest: Manifest
    trials: TrialTable
    identifiers: Identifiers
    passages: VectorIndex
    lexical: LexicalIndex
    titles: Vectors
    terms: FacetTerms


def open_current(root: Path) -> Artefact:
    """The live build at `root`. Raises NoIndex or CorruptBuild."""
    return open_build(current_build(root))


def open_build(folder: Path) -> Artefact:
    """The build in `folder`. Raises CorruptBuild where files are missing, cut short, or disagree."""
    manifest = read_manifest(folder)
    _check_sizes(folder, manifest)
    if manifest.passage_version != PASSAGE_VERSION:
        raise CorruptBuild(
            f"{folder} was built from passages of version {manifest.passage_version}, this version of Trialkin asks "
            f"with {PASSAGE_VERSION}; build again with: trialkin rebuild-index"
        )
    try:
        artefact = Artefact(
            manifest=manifest,
            trials=TrialTable(_table(folder / TRIALS_FILE)),
            identifiers=Identifiers(_table(folder / IDENTIFIERS_FILE)),
            passages=index_class(manifest.index).open(folder / PASSAGES_FILE),
            lexical=LexicalIndex.open(folder / LEXICAL_FOLDER),
            titles=np.load(folder / TITLES_FILE, mmap_mode="r"),
            terms=FacetTerms(
                _table(folder / TERMS_FILE)["term"].combine_chunks(),
                np.load(folder / TERM_VECTORS_FILE, mmap_mode="r"),
                _table(folder / TERM_LISTS_FILE),
            ),
        )
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise CorruptBuild(f"{folder} cannot be read ({error}); {WAY_OUT}") from error
    _check_shapes(folder, artefact)
    return artefact


def verify_build(folder: Path) -> Manifest:
    """Open the build and compare every file with its checksum. Raises CorruptBuild, naming the file."""
    manifest = open_build(folder).manifest
    for name, digest in manifest.files.items():
        with (folder / name).open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != digest.sha256:
            raise CorruptBuild(f"{folder / name} has changed since it was published; {WAY_OUT}")
    return manifest


def _table(path: Path) -> pa.Table:
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def _check_sizes(folder: Path, manifest: Manifest) -> None:
    for name, digest in manifest.files.items():
        path = folder / name
        found = path.stat().st_size if path.is_file() else None
        if found != digest.bytes:
            state = "is missing" if found is None else f"has {found} bytes, not {digest.bytes}"
            raise CorruptBuild(f"{path} {state}; {WAY_OUT}")


def _check_shapes(folder: Path, artefact: Artefact) -> None:
    trials, terms, dim = artefact.manifest.counts.trials, artefact.manifest.counts.terms, artefact.manifest.encoder.dim
    expected = {
        "trials": (len(artefact.trials), trials),
        "passages": (len(artefact.passages), trials),
        "lexical documents": (len(artefact.lexical), trials),
        "titles": (artefact.titles.shape, (trials, dim)),
        "term vectors": (artefact.terms.vectors.shape, (terms, dim)),
        **{f"{facet} terms": (len(artefact.terms.lists[facet].offsets), trials + 1) for facet in TERM_FACETS},
    }
    for what, (found, wanted) in expected.items():
        if found != wanted:
            raise CorruptBuild(f"{folder} holds {found} {what} where its manifest says {wanted}; {WAY_OUT}")
