"""Builds an index from a source and publishes it."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from indexer.acceptance import Written, check_against_previous, check_soundness
from indexer.embed import embed_missing
from indexer.embedding_cache import EmbeddingCache
from indexer.intake import take_in
from indexer.previous import Previous, maker, open_previous
from indexer.sources.base import Source
from indexer.stored_vectors import VectorSource, write_stored
from indexer.texts import Texts, rows_of, texts_of
from search.artefact.identifiers import identifier_table, with_rows
from search.artefact.last_run import recorded_run
from search.artefact.layout import (
    DIGESTS_FILE,
    PASSAGES_FILE,
    TERM_VECTORS_FILE,
    TITLES_FILE,
    UNFINISHED_PREFIX,
    builds_folder,
)
from search.artefact.lock import locked
from search.artefact.manifest import Counts, EncoderIdentity, SourceIdentity
from search.artefact.trial_table import TrialTable, read_trials
from search.artefact.writing import BuildWriter, unfinished_build, write_vectors
from search.encoders.base import Encoder
from search.encoders.onnx import OnnxEncoder
from search.encoders.onnx_export import SAMPLES, exported
from search.encoders.openvino import OpenVinoEncoder
from search.encoders.sentence_transformer import SentenceTransformerEncoder
from search.errors import BuildRefused, CorruptBuild
from search.indexes.base import Calibration
from search.indexes.calibration import calibrate
from search.indexes.catalogue import index_class, index_for
from search.indexes.ivf import IvfIndex
from search.lexical import LEXICAL_FIELDS, LexicalIndex, words_of_trial
from search.passage import passage
from search.postings import Postings
from search.progress import Progress
from search.vectors import Rows, Vectors, mean_vectors

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
    """Of the strings of trials that are new or have changed."""
    taken_over: int
    """Trials that are as they were in the build before, and were taken from it."""
    seconds: float
    bytes: int


def rebuild_index(
    source: Source,
    *,
    root: Path,
    encoder: Encoder,
    progress: Progress,
    force: bool = False,
    full: bool = False,
    wait: float = 0.0,
    on_note: Callable[[str], None] = lambda _: None,
) -> BuildReport:
    """Build the trials of `source` into a new build at `root`, check it and make it live.

    Trials whose records have not changed are taken over from the live build, where the same code made it with the same
    encoder; `full` makes all anew. `force` publishes though the build differs much from the one before. `wait` is how
    many seconds another process that changes the index is waited for; `on_note` is told which, and why an encoder is
    not exported. Nothing is published unless all went well. Raises IndexLocked, UnusableSource, TooManyUnusableRecords,
    UnusableEncoder, BuildRefused, and OSError where the disk is full or not writable.
    """
    started = time.monotonic()
    with (
        locked(root, wait=wait, on_wait=on_note),
        recorded_run(root, source.name) as run,
        _named(root),
        unfinished_build(root) as writer,
        tempfile.TemporaryDirectory(prefix=UNFINISHED_PREFIX, dir=builds_folder(root)) as folder,
        EmbeddingCache(root / CACHE_FOLDER, encoder.revision) as cache,
    ):
        workshop = Path(folder)
        previous = None if full else open_previous(root, encoder)
        intake = take_in(source, workshop / "trials.arrow", progress, previous)
        trials = writer.write_trials(intake.batches(previous.trials if previous else None))
        writer.write_identifiers(_identifiers(trials, intake.taken_over, previous))
        writer.write_array(DIGESTS_FILE, intake.digests)
        texts = texts_of(trials, intake.taken_over, previous)
        export = _exported(encoder, root, trials, on_note)
        if export is not None:
            writer.write_encoder(export.folder)
        embedder = _faster(encoder, export)
        count = embed_missing(texts.distinct(), embedder, cache, progress)
        _write_lexical(writer, trials, intake.taken_over, previous, progress)
        index = index_for(trials.num_rows)
        written, calibration = _write_vectors(writer, texts, cache, workshop, previous, progress, index=index)
        manifest = writer.seal(
            encoder=EncoderIdentity(spec=encoder.spec, revision=encoder.revision, dim=written.dim),
            index=index,
            calibration=calibration,
            source=SourceIdentity(name=source.name, data_date=intake.data_date),
            counts=Counts(trials=trials.num_rows, terms=len(texts.term_texts), skipped=intake.skipped),
            maker=maker(),
            taken_over=int(np.count_nonzero(intake.taken_over >= 0)),
        )
        _accept(writer, root, embedder, cache, written, previous, progress, force=force)
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
        taken_over=manifest.taken_over,
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


def _accept(
    writer: BuildWriter,
    root: Path,
    encoder: Encoder,
    cache: EmbeddingCache,
    written: Written,
    previous: Previous | None,
    progress: Progress,
    *,
    force: bool,
) -> None:
    """Check the sealed build; one that fails is kept aside. Raises BuildRefused."""
    try:
        artefact = check_soundness(writer.folder, encoder, cache, written, progress, unread=writer.taken_over)
        if not force:
            check_against_previous(artefact, root, opened=previous.artefact if previous else None)
    except (BuildRefused, CorruptBuild) as error:
        kept = writer.refuse(str(error))
        raise BuildRefused(
            f"the new build was not published: {error}; what was live stays live, and the new build is kept in {kept}"
        ) from error


def _exported(encoder: Encoder, root: Path, trials: pa.Table, on_note: Callable[[str], None]) -> OnnxEncoder | None:
    if not isinstance(encoder, SentenceTransformerEncoder):
        return None
    table = TrialTable(trials)
    sample = np.unique(np.linspace(0, len(table) - 1, SAMPLES).astype(int))
    return exported(
        encoder,
        root,
        [passage(table.trial(row)) for row in sample.tolist()],
        on_failure=lambda reason: on_note(
            f"{encoder.spec} could not be exported ({reason}): it embeds several times as slowly, and "
            "whatever asks the index by text has to load torch"
        ),
    )


def _faster(encoder: Encoder, export: OnnxEncoder | None) -> Encoder:
    """On a processor the export, several times as fast; else the model where it is."""
    if export is None or (isinstance(encoder, SentenceTransformerEncoder) and encoder.on_accelerator):
        return encoder
    return OpenVinoEncoder(export)


def _identifiers(trials: pa.Table, taken_over: Rows, previous: Previous | None) -> pa.Table:
    changed = rows_of(trials, taken_over < 0, ["aliases", "secondary_ids"])
    others = [with_rows(previous.artefact.identifiers.table, _new_rows(taken_over, previous))] if previous else []
    return identifier_table(changed, np.flatnonzero(taken_over < 0), *others)


def _new_rows(taken_over: Rows, previous: Previous) -> Rows:
    """(trials of the build before,) The row that each has now, or -1."""
    rows = np.full(len(previous.trials), -1, dtype=np.int64)
    rows[taken_over[taken_over >= 0]] = np.flatnonzero(taken_over >= 0)
    return rows


def _write_lexical(
    writer: BuildWriter, trials: pa.Table, taken_over: Rows, previous: Previous | None, progress: Progress
) -> None:
    changed = rows_of(trials, taken_over < 0, list(LEXICAL_FIELDS))
    with progress.stage("words", changed.num_rows, "trials") as advance:

        def documents() -> Iterator[list[str]]:
            for trial in read_trials(changed, LEXICAL_FIELDS):
                yield words_of_trial(trial)
                advance(1)

        postings = Postings.of(documents())
    if previous:
        mine, others = _new_rows(taken_over, previous), np.flatnonzero(taken_over < 0)
        postings = previous.artefact.lexical.postings.merged(mine, postings, others, len(taken_over))
    writer.write_lexical(LexicalIndex.of(postings))


def _write_vectors(
    writer: BuildWriter,
    texts: Texts,
    cache: EmbeddingCache,
    workshop: Path,
    previous: Previous | None,
    progress: Progress,
    *,
    index: str,
) -> tuple[Written, Calibration | None]:
    """Write titles, terms and passages, from the build before and from the cache; how the index was calibrated."""
    before = previous.artefact if previous else None
    # Of a build with so many trials that its index has lists, all else is a quarter to map and to read.
    small = index == "ivf"
    folder = previous.folder if previous and previous.artefact.manifest.index == index else None
    dim = before.manifest.encoder.dim if before else int(cache.vectors(texts.titles.fresh[:1]).shape[1])
    calibrations = {PASSAGES_FILE: before.manifest.calibration if before else None}
    total = sum(len(strings.taken_over) for strings in (texts.titles, texts.terms, texts.passages))
    with progress.stage("writing", total, "vectors") as advance:

        def advancing(batches: Iterator[Vectors]) -> Iterator[Vectors]:
            for batch in batches:
                yield batch
                advance(len(batch))

        def save(name: str, count: int, batches: Iterator[Vectors]) -> None:
            writer.write_vectors(name, count, dim, advancing(batches), small=small)

        def save_index(name: str, count: int, batches: Iterator[Vectors]) -> None:
            # By way of a file, so that only the index holds them all in memory.
            spool = workshop / "passages.npy"
            write_vectors(spool, count, dim, advancing(batches))
            vectors = np.load(spool, mmap_mode="r")
            built = index_class(index).build(vectors)
            calibrations[name] = calibrate(built, vectors) if isinstance(built, IvfIndex) else None
            writer.write_index(name, built)

        writer.write_terms(texts.term_texts, texts.term_lists)
        titles = VectorSource(texts.titles, before.titles if before else None, cache.vectors)
        terms = VectorSource(texts.terms, before.terms.vectors if before else None, cache.vectors)
        passages = VectorSource(
            texts.passages,
            before.passages if before else None,
            lambda groups: mean_vectors(groups, cache.vectors),
        )
        written = Written(
            dim=dim,
            titles=write_stored(writer, TITLES_FILE, titles, folder, save),
            terms=write_stored(writer, TERM_VECTORS_FILE, terms, folder, save),
            passages=write_stored(writer, PASSAGES_FILE, passages, folder, save_index),
        )
    return written, calibrations[PASSAGES_FILE]
