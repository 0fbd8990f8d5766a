"""Builds an index from a source and publishes it."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from indexer.acceptance import check_against_previous, check_soundness
from indexer.embed import embed_missing
from indexer.embedding_cache import EmbeddingCache
from indexer.intake import BATCH_ROWS, take_in
from indexer.sources.base import Source
from search.artefact.facet_terms import TERM_FACETS
from search.artefact.last_run import recorded_run
from search.artefact.layout import UNFINISHED_PREFIX, builds_folder
from search.artefact.lock import locked
from search.artefact.manifest import Counts, EncoderIdentity, SourceIdentity
from search.artefact.trial_table import read_trials
from search.artefact.writing import BuildWriter, unfinished_build, write_vectors
from search.encoders.base import Encoder
from search.encoders.onnx import OnnxEncoder
from search.encoders.onnx_export import exported
from search.encoders.sentence_transformer import SentenceTransformerEncoder
from search.errors import BuildRefused, CorruptBuild
from search.indexes.catalogue import DEFAULT_INDEX, index_class
from search.lexical import LEXICAL_FIELDS, LexicalIndex, words_of_trial
from search.passage import Facet, condition_terms, intervention_terms, passage, title_text
from search.progress import Progress
from search.vectors import Vectors

CACHE_FOLDER = "embeddings"


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did."""

    build_id: str
    read: int
    indexed: int
    skipped: dict[str, int]
    first_places: dict[str, str]
    embedded: int
    reused: int
    seconds: float
    bytes: int


@dataclass(slots=True)
class FacetTexts:
    """The texts of a corpus in row order; terms are numbered in order of first sight."""

    titles: list[str]
    passages: list[str]
    terms: dict[str, int]
    term_lists: dict[Facet, list[list[int]]]

    def distinct(self) -> list[str]:
        """Every string to embed, once."""
        return list(dict.fromkeys([*self.titles, *self.passages, *self.terms]))


def rebuild_index(
    source: Source,
    *,
    root: Path,
    encoder: Encoder,
    progress: Progress,
    force: bool = False,
    wait: float = 0.0,
    on_wait: Callable[[str], None] = lambda _: None,
) -> BuildReport:
    """Build the trials of `source` into a new build at `root`, check it and make it live.

    `force` publishes though it differs much from the build before. `wait` is how many seconds another process that
    changes the index is waited for; `on_wait` is told which. Nothing is published unless all went well. Raises
    IndexLocked, UnusableSource, TooManyUnusableRecords, UnusableEncoder, BuildRefused, and OSError where the disk is
    full or not writable.
    """
    started = time.monotonic()
    with (
        locked(root, wait=wait, on_wait=on_wait),
        recorded_run(root, source.name) as run,
        _named(root),
        unfinished_build(root) as writer,
        tempfile.TemporaryDirectory(prefix=UNFINISHED_PREFIX, dir=builds_folder(root)) as folder,
        EmbeddingCache(root / CACHE_FOLDER, encoder.revision) as cache,
    ):
        workshop = Path(folder)
        intake = take_in(source, workshop / "trials.arrow", progress)
        trials = writer.write_trials(intake.batches())
        texts = _facet_texts(trials)
        export = exported(encoder, root, texts.passages) if isinstance(encoder, SentenceTransformerEncoder) else None
        if export is not None:
            writer.write_encoder(export.folder)
        count = embed_missing(texts.distinct(), _faster(encoder, export), cache, progress)
        _write_lexical(writer, trials, progress)
        dim = _write_vectors(writer, texts, cache, workshop, progress)
        manifest = writer.seal(
            encoder=EncoderIdentity(spec=encoder.spec, revision=encoder.revision, dim=dim),
            index=DEFAULT_INDEX,
            source=SourceIdentity(name=source.name, data_date=intake.data_date),
            counts=Counts(trials=trials.num_rows, terms=len(texts.terms), skipped=intake.skipped),
        )
        _accept(writer, root, cache, force=force)
        writer.publish()
        run.build_id = manifest.build_id
    return BuildReport(
        build_id=manifest.build_id,
        read=intake.read,
        indexed=manifest.counts.trials,
        skipped=intake.skipped,
        first_places=intake.first_places,
        embedded=count.embedded,
        reused=count.reused,
        seconds=time.monotonic() - started,
        bytes=sum(file.bytes for file in manifest.files.values()),
    )


@contextmanager
def _named(root: Path) -> Iterator[None]:
    """Has an error of the disk say where, for "No space left on device" alone helps nobody."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(root)) from error


def _accept(writer: BuildWriter, root: Path, cache: EmbeddingCache, *, force: bool) -> None:
    """Check the sealed build; one that fails is kept aside. Raises BuildRefused."""
    try:
        check_soundness(writer.folder, cache)
        if not force:
            check_against_previous(writer.folder, root)
    except (BuildRefused, CorruptBuild) as error:
        kept = writer.refuse(str(error))
        raise BuildRefused(
            f"the new build was not published: {error}; what was live stays live, and the new build is kept in {kept}"
        ) from error


def _faster(encoder: Encoder, export: OnnxEncoder | None) -> Encoder:
    """On a processor the export, twice as fast; else the model where it is."""
    if export is None or (isinstance(encoder, SentenceTransformerEncoder) and encoder.on_accelerator):
        return encoder
    return export


def _facet_texts(trials: pa.Table) -> FacetTexts:
    texts = FacetTexts([], [], {}, {facet: [] for facet in TERM_FACETS})
    for trial in read_trials(trials, ["conditions", "interventions"]):
        texts.titles.append(title_text(trial))
        texts.passages.append(passage(trial))
        for facet, terms in (
            (Facet.CONDITION, condition_terms(trial)),
            (Facet.INTERVENTION, intervention_terms(trial)),
        ):
            texts.term_lists[facet].append([texts.terms.setdefault(term, len(texts.terms)) for term in terms])
    return texts


def _write_lexical(writer: BuildWriter, trials: pa.Table, progress: Progress) -> None:
    with progress.stage("words", trials.num_rows, "trials") as advance:

        def documents() -> Iterator[list[str]]:
            for trial in read_trials(trials, LEXICAL_FIELDS):
                yield words_of_trial(trial)
                advance(1)

        writer.write_lexical(LexicalIndex.build(documents()))


def _write_vectors(
    writer: BuildWriter, texts: FacetTexts, cache: EmbeddingCache, workshop: Path, progress: Progress
) -> int:
    """Write titles, terms and passages from the cache; the length of their vectors."""
    dim = int(cache.vectors(texts.titles[:1]).shape[1])
    total = len(texts.titles) + len(texts.terms) + len(texts.passages)
    with progress.stage("writing", total, "vectors") as advance:

        def batches(strings: Sequence[str]) -> Iterator[Vectors]:
            for start in range(0, len(strings), BATCH_ROWS):
                batch = strings[start : start + BATCH_ROWS]
                yield cache.vectors(batch)
                advance(len(batch))

        writer.write_titles(len(texts.titles), dim, batches(texts.titles))
        writer.write_terms(list(texts.terms), dim, batches(list(texts.terms)), texts.term_lists)
        # By way of a file, so that only the index holds them all in memory.
        spool = workshop / "passages.npy"
        write_vectors(spool, len(texts.passages), dim, batches(texts.passages))
        writer.write_passages(index_class(DEFAULT_INDEX).build(np.load(spool, mmap_mode="r")))
    return dim
