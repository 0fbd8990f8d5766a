"""Whether a new build may go live, judged by its files as they are on the disk."""

import random
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexer.embed import embed_missing
from indexer.embedding_cache import EmbeddingCache
from search.artefact.layout import build_folder
from search.artefact.lifecycle import list_builds, live_build_id
from search.artefact.manifest import Manifest, read_manifest
from search.artefact.reading import Artefact, open_build, verify_build
from search.encoders.base import Encoder
from search.engine import SearchEngine
from search.errors import BuildRefused, CorruptBuild, NoIndex, UnknownTrial
from search.listing import MAX_K
from search.passage import passage_texts, title_text
from search.progress import Progress
from search.vectors import Mask, Rows, Vectors, mean_vectors

GOLDEN_QUERIES = 100
"""Trials that must have the vectors of their own text."""
FOUND_FIRST = 20
"""Trials of these that must be found first by it."""
MIN_SHARE_OF_TRIALS = 0.9
"""Of the trials that the previous build from the same source has."""
COMPARED = 12
"""Trials whose related lists are held against the previous build's."""
COMPARED_OF_REFRESH = 4
"""The same where most trials were taken over from a build that was compared itself."""
FIRST = 10
"""Places of a list that are compared."""
MIN_OVERLAP = 0.5
"""Mean share of the previous build's first places that must still be there (docs/operations.md has what is usual)."""
FEWEST_TO_COMPARE = 100
"""Trials of the previous build; a share of a handful says nothing."""
_ROUNDING = 1e-5
_STORED_ROUNDING = 2.0**-7
"""Large builds keep titles and terms in eight bits a number, which moves one between -1 and 1 by no more."""
_ROWS_A_LOOK = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The rows whose vectors a build wrote itself; the others were checked when they were written."""

    dim: int
    titles: Rows
    terms: Rows
    passages: Rows


def check_soundness(
    folder: Path,
    encoder: Encoder,
    cache: EmbeddingCache,
    written: Written,
    progress: Progress,
    *,
    unread: Collection[str] = (),
) -> Artefact:
    """Open the build in `folder`, compare every checksum but those of `unread` files, and ask it for its own trials.

    Raises CorruptBuild or BuildRefused, with what is wrong.
    """
    artefact = verify_build(folder, unread=unread)
    for name, vectors in _vectors_of(artefact, written):
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        # A text without a letter may have the zero vector; not-a-number is neither.
        if not np.all((abs(lengths - 1) < 1e-3) | (lengths == 0)):
            raise BuildRefused(
                f"some vectors of its {name} have not the length 1; remove the embeddings and build again with --full"
            )
    _ask_for_its_own(artefact, encoder, cache, progress)
    return artefact


def check_against_previous(artefact: Artefact, root: Path, *, opened: Artefact | None = None) -> None:
    """Hold a build against the one before it from the same source, where there is one; it may be the one `opened`.

    Raises BuildRefused where it has far fewer trials, or answers otherwise about trials that are as they were.
    """
    manifest = artefact.manifest
    previous = _previous(root, manifest.source.name)
    if previous is None or previous.counts.trials < FEWEST_TO_COMPARE:
        return
    if manifest.counts.trials < MIN_SHARE_OF_TRIALS * previous.counts.trials:
        raise BuildRefused(
            f"it has {manifest.counts.trials:,} trials, fewer than {MIN_SHARE_OF_TRIALS:.0%} of the "
            f"{previous.counts.trials:,} that {previous.build_id} has from the same source (--force publishes it)"
        )
    if manifest.encoder.revision != previous.encoder.revision:
        return
    try:
        is_opened = opened is not None and opened.manifest.build_id == previous.build_id
        before = opened if opened and is_opened else open_build(build_folder(root, previous.build_id))
    except CorruptBuild:  # it could not be served either; or its passages are of another version
        return
    compared = COMPARED_OF_REFRESH if 2 * manifest.taken_over > manifest.counts.trials else COMPARED
    overlap = _overlap(SearchEngine(before), SearchEngine(artefact), artefact, compared)
    if overlap < MIN_OVERLAP:
        raise BuildRefused(
            f"of the first {FIRST} trials related to one that has not changed it lists {overlap:.0%} of those that "
            f"{previous.build_id} lists, fewer than {MIN_OVERLAP:.0%} (--force publishes it)"
        )


def _vectors_of(artefact: Artefact, written: Written) -> Iterator[tuple[str, Vectors]]:
    kinds: list[tuple[str, Rows, Callable[[Rows], Vectors]]] = [
        ("passages", written.passages, artefact.passages.vectors),
        ("titles", written.titles, artefact.titles.__getitem__),
        ("terms", written.terms, artefact.terms.vectors.__getitem__),
    ]
    for name, rows, vectors in kinds:
        for start in range(0, len(rows), _ROWS_A_LOOK):
            yield name, vectors(rows[start : start + _ROWS_A_LOOK])


def _ask_for_its_own(artefact: Artefact, encoder: Encoder, cache: EmbeddingCache, progress: Progress) -> None:
    """Sampled trials: their text has, by the encoder of the build, the stored vector, and that finds them first."""
    rows = np.array(_sample(len(artefact.trials), GOLDEN_QUERIES))
    trials = [artefact.trials.trial(row) for row in rows.tolist()]
    # The kept embeddings may be fewer than the vectors of the build before.
    texts = {text for trial in trials for text in (*passage_texts(trial), title_text(trial))}
    embed_missing(sorted(texts), encoder, cache, progress)
    vectors = mean_vectors([passage_texts(trial) for trial in trials], cache.vectors)
    titles = cache.vectors([title_text(trial) for trial in trials])
    asked = vectors[:FOUND_FIRST]
    found = artefact.passages.top_k(asked, 1).scores[:, 0]
    stored = artefact.passages.vectors(rows)
    own = np.einsum("ij,ij->i", asked, stored[:FOUND_FIRST])
    checks = {
        "the passage vector of {} is not that of its text": _differ(stored, vectors),
        "the title vector of {} is not that of its title": _differ(artefact.titles[rows], titles),
        # By score, not by row: trials with equal passages share the first place.
        "{} is not found first by its own passage": ~(abs(found - own) <= _ROUNDING),
    }
    for fault, failed in checks.items():
        if failed.any():
            first = trials[int(np.flatnonzero(failed)[0])].trial_id
            raise BuildRefused(f"{fault.format(first)} ({np.count_nonzero(failed)} of {len(failed)} asked)")


def _differ(stored: Vectors, vectors: Vectors) -> Mask:
    """Which rows are not the same but for the rounding; not-a-number is like nothing."""
    differ: Mask = ~np.all(abs(stored - vectors) <= _STORED_ROUNDING, axis=1)
    return differ


def _overlap(before: SearchEngine, after: SearchEngine, artefact: Artefact, compared: int) -> float:
    """Mean share of each unchanged trial's first places that both list, among the trials that both have; 1 for none."""
    shares: list[float] = []
    for row in _sample(len(artefact.trials), 4 * compared):
        trial = artefact.trials.trial(row)
        if len(shares) < compared and _find(before, trial.trial_id) == trial:
            old = [trial_id for trial_id in _related(before, trial.trial_id, FIRST) if _find(after, trial_id)]
            # Further down than the first places: those that the other lacks are passed over.
            new = [trial_id for trial_id in _related(after, trial.trial_id, MAX_K) if _find(before, trial_id)]
            if old:
                shares.append(len({*old} & {*new[:FIRST]}) / len(old))
    return sum(shares) / len(shares) if shares else 1.0


def _related(engine: SearchEngine, trial_id: str, k: int) -> list[str]:
    return [hit.trial.trial_id for hit in engine.similar(trial_id, k=k).hits]


def _find(engine: SearchEngine, trial_id: str) -> object:
    try:
        return engine.trial(trial_id)
    except UnknownTrial:
        return None


def _sample(count: int, wanted: int) -> list[int]:
    """The same rows for the same count, so that a refusal can be looked into."""
    return random.Random(count).sample(range(count), min(count, wanted))


def _previous(root: Path, source: str) -> Manifest | None:
    """The build to compare with: of the same source, the live one before others, else the newest."""
    try:
        live = live_build_id(root)
    except (NoIndex, CorruptBuild):
        live = ""
    for build_id in sorted(list_builds(root), key=lambda build_id: (build_id == live, build_id), reverse=True):
        try:
            manifest = read_manifest(build_folder(root, build_id))
        except CorruptBuild:
            continue
        if _series(manifest.source.name) == _series(source):
            return manifest
    return None


def _series(source: str) -> str:
    """A source's name without its digits: studies-2026-01.ndjson and studies-2026-02.ndjson are one source."""
    return re.sub(r"\d+", "", source)
