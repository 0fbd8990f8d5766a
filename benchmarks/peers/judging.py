"""What a system's answers are worth: how many of the exact ones they hold, and how they fare by labels."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from ir_measures import Qrel, ScoredDoc
from numpy.typing import NDArray

from search.evaluation import parse_measures, per_query, ranked_list

MEASURE = "nDCG@10"
_ROUNDING = 1e-5
"""Cosines of one pair by different kernels differ by less, and equal passages may stand for one another."""

Exact = Callable[[str, int | None, int], tuple[set[str], int]]
"""Trial, day, k -> the ids of which any may stand in the best k, and how many there are of these k."""


def recall(answers: Mapping[str, Sequence[str]], exact: Exact, *, day: int | None, k: int) -> float:
    """The mean share of the exact best k that an answer holds."""
    shares = []
    for trial_id, answer in answers.items():
        right, most = exact(trial_id, day, k)
        if most:
            shares.append(min(len(right & set(answer)), most) / most)
    return float(np.mean(shares))


def by_cosine(ids: Sequence[str], vectors: NDArray[np.float32], started: NDArray[np.int64]) -> Exact:
    """Exact answers by the cosine of (n, dim) unit `vectors`."""
    places = {trial_id: place for place, trial_id in enumerate(ids)}

    def exact(trial_id: str, day: int | None, k: int) -> tuple[set[str], int]:
        place = places[trial_id]
        scores = vectors @ vectors[place]
        scores[place] = -np.inf
        if day is not None:
            scores[started < day] = -np.inf
        most = min(k, int(np.isfinite(scores).sum()))
        if not most:
            return set(), 0
        border = np.partition(scores, len(scores) - most)[len(scores) - most]
        return {ids[int(row)] for row in np.flatnonzero(scores >= border - _ROUNDING)}, most

    return exact


def by_engine(folder: Path) -> Exact:
    """What the engine on the index in `folder` answers where every vector is compared with the question's."""
    from benchmarks.peers.systems.own import Trialkin
    from search.artefact.lifecycle import current_build
    from search.engine import SearchEngine
    from search.indexes.faiss import FaissIndex

    engine = SearchEngine.open(folder)
    held = engine.artefact.passages.vectors(np.arange(engine.manifest.counts.trials))
    whole = Trialkin(engine.with_passages(FaissIndex.build(held)), current_build(folder))

    def exact(trial_id: str, day: int | None, k: int) -> tuple[set[str], int]:
        found = set(whole.similar(trial_id, k, started_from=day))
        return found, len(found)

    return exact


def relevance(answers: Mapping[str, Sequence[str]], labels: Sequence[Qrel]) -> float:
    """Mean nDCG@10 over the queries of `labels`; one that was not answered has 0."""
    run: list[ScoredDoc] = [scored for query, answer in answers.items() for scored in ranked_list(query, answer)]
    [measure] = parse_measures(MEASURE)
    return float(np.mean(list(per_query(labels, run, [measure])[measure].values())))
