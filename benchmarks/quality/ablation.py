"""What each leg brings: the engine without it, the rest re-weighted to the same sum."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

import numpy as np
from ir_measures import ScoredDoc

from search.artefact.reading import Artefact
from search.encoders.built import built_encoder
from search.evaluation import ranked_list
from search.evidence import gather_evidence
from search.legs import Leg
from search.listing import MAX_K
from search.question import Question
from search.ranking import rank


def run_without(
    artefact: Artefact,
    left_out: Collection[Leg],
    queries: Iterable[str],
    *,
    texts: Mapping[str, str] | None = None,
    among: Mapping[str, Collection[str]] | None = None,
) -> list[ScoredDoc]:
    """The best MAX_K trials for each of `queries`, scored without some legs; as search.evaluation.engine_run asks.

    The candidates are those of the whole engine, so that what is measured is the score.
    """
    encoder = None if texts is None else built_encoder(artefact)
    run: list[ScoredDoc] = []
    for query_id in queries:
        question = Question(positives={query_id: 1.0}) if texts is None else Question(text=texts[query_id])
        evidence = gather_evidence(question, artefact, {}, lambda: encoder)
        kept = {other: weight for other, weight in evidence.weights.items() if other not in left_out}
        weights = dict.fromkeys(evidence.weights, 0.0) | {o: weight / sum(kept.values()) for o, weight in kept.items()}
        allowed = None
        if among is not None:
            allowed = np.zeros(len(artefact.trials), dtype=np.bool_)
            allowed[[artefact.identifiers.row(name) for name in among[query_id]]] = True
        ranked = rank(replace(evidence, weights=weights), artefact, allowed=allowed)
        rows = ranked.candidates.rows[ranked.best_first[:MAX_K]]
        run += ranked_list(query_id, artefact.trials.trial_ids(rows.tolist()))
    return run
