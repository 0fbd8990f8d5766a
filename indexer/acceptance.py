"""Whether a new build may go live, judged by its files as they are on the disk."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from indexer.embedding_cache import EmbeddingCache
from search.artefact.layout import build_folder
from search.artefact.lifecycle import list_builds, live_build_id
from search.artefact.manifest import Manifest, read_manifest
from search.artefact.reading import Artefact, open_build, verify_build
from search.engine import SearchEngine
from search.errors import BuildRefused, CorruptBuild, NoIndex, UnknownTrial
from search.listing import MAX_K
from search.passage import passage, title_text
from search.vectors import Vectors

GOLDEN_QUERIES = 100
"""Trials that must be found by their own text."""
MIN_SHARE_OF_TRIALS = 0.9
"""Of the trials that the previous build from the same source has."""
COMPARED = 12
"""Trials whose related lists are held against the previous build's."""
FIRST = 10
"""Places of a list that are compared."""
MIN_OVERLAP = 0.5
"""Mean share of the previous build's first places that must still be there (docs/operations.md has what is usual)."""
FEWEST_TO_COMPARE = 100
"""Trials of the previous build; a share of a handful says nothing."""
_ROUNDING = 1e-5
_ROWS_A_LOOK = 10_000


def check_soundness(folder: Path, cache: EmbeddingCache) -> None:
    """Open the build in `folder`, compare every checksum, and ask it for its own trials.

    Raises CorruptBuild or BuildRefused, with what is wrong.
    """
    verify_build(folder)
    artefact = open_build(folder)
    for name, vectors in _all_vectors(artefact):
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        # A text without a letter may have the zero vector; not-a-number is neither.
        if not np.all((abs(lengths - 1) < 1e-3) | (lengths == 0)):
            raise BuildRefused(
                f"some vectors of its {name} have not the length 1; remove the embeddings and build again"
            )
    _ask_for_its_own(artefact, cache)


def check_against_previous(folder: Path, root: Path) -> None:
    """Hold the build in `folder` against the one before it from the same source, where there is one.

    Raises BuildRefused where it has far fewer trials, or answers otherwise about trials that are as they were.
    """
    artefact = open_build(folder)
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
        before = open_build(build_folder(root, previous.build_id))
    except CorruptBuild:  # it could not be served either; or its passages are of another version
        return
    overlap = _overlap(SearchEngine(before), SearchEngine(artefact), artefact)
    if overlap < MIN_OVERLAP:
        raise BuildRefused(
            f"of the first {FIRST} trials related to one that has not changed it lists {overlap:.0%} of those that "
            f"{previous.build_id} lists, fewer than {MIN_OVERLAP:.0%} (--force publishes it)"
        )


def _all_vectors(artefact: Artefact) -> Iterator[tuple[str, Vectors]]:
    for start in range(0, len(artefact.passages), _ROWS_A_LOOK):
        rows = np.arange(start, min(start + _ROWS_A_LOOK, len(artefact.passages)))
        yield "passages", artefact.passages.vectors(rows)
        yield "titles", artefact.titles[start : start + _ROWS_A_LOOK]
    for start in range(0, len(artefact.terms.vectors), _ROWS_A_LOOK):
        yield "terms", artefact.terms.vectors[start : start + _ROWS_A_LOOK]


def _ask_for_its_own(artefact: Artefact, cache: EmbeddingCache) -> None:
    """Sampled trials: their text has, by the encoder of the build, the stored vector, and that finds them first."""
    rows = np.array(_sample(len(artefact.trials), GOLDEN_QUERIES))
    trials = [artefact.trials.trial(row) for row in rows.tolist()]
    vectors = cache.vectors([passage(trial) for trial in trials])
    titles = cache.vectors([title_text(trial) for trial in trials])
    found = artefact.passages.top_k(vectors, 1).scores[:, 0]
    own = np.einsum("ij,ij->i", vectors, vectors)
    checks = {
        "the passage vector of {} is not that of its text": np.any(artefact.passages.vectors(rows) != vectors, axis=1),
        "the title vector of {} is not that of its title": np.any(artefact.titles[rows] != titles, axis=1),
        # By score, not by row: trials with equal passages share the first place.
        "{} is not found first by its own passage": ~(abs(found - own) <= _ROUNDING),
    }
    for fault, failed in checks.items():
        if failed.any():
            first = trials[int(np.flatnonzero(failed)[0])].trial_id
            raise BuildRefused(f"{fault.format(first)} ({np.count_nonzero(failed)} of {len(trials)} asked)")


def _overlap(before: SearchEngine, after: SearchEngine, artefact: Artefact) -> float:
    """Mean share of each unchanged trial's first places that both list, among the trials that both have; 1 for none."""
    shares: list[float] = []
    for row in _sample(len(artefact.trials), 4 * COMPARED):
        trial = artefact.trials.trial(row)
        if len(shares) < COMPARED and _find(before, trial.trial_id) == trial:
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
