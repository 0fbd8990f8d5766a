"""Asks one build in this process and says as JSON what each kind of question took."""

import gc
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from benchmarks.answering.stages import REST, Stopwatch, watched
from search.answer import Answer, search_answer, similar_answer
from search.engine import SearchEngine
from search.filters import Filters, allowed_rows, parse_filters
from search.listing import Listing

FILTERS: Mapping[str, Mapping[str, Any]] = {
    "wide": {"study_type": ["INTERVENTIONAL", "OBSERVATIONAL"]},
    "middle": {"status": ["COMPLETED"], "start_from": "2015"},
    "narrow": {"status": ["RECRUITING"], "country": ["China"]},
}
"""Of 182,867 trials of the registry, about half of which say their status, they leave 43%, 5% and 0.7%."""
WARMING = 10
SCANS = 20
BLOCK = 10_000


def main() -> None:
    """Ask and report: python -m benchmarks.answering.asked INDEX ASKED."""
    sys.stdout.write(json.dumps(report(SearchEngine.open(Path(sys.argv[1])), asked=int(sys.argv[2]))))


def report(engine: SearchEngine, *, asked: int) -> dict[str, Any]:
    """What was asked, with the milliseconds of each question by kind, as a whole and by stage, and of a flat scan."""
    # As a server does soon after it opened a build.
    engine.prepare()
    gc.freeze()
    trial_ids = sampled(engine, asked + WARMING)
    manifest, trials = engine.manifest, engine.artefact.trials
    filters = {name: parse_filters(**given) for name, given in FILTERS.items()}
    shares = {name: float(np.mean(allowed_rows(chosen, trials))) for name, chosen in filters.items()}
    kinds: dict[str, Callable[[str], Answer]] = {
        "plain": lambda trial_id: similar_answer(engine, trial_id, Listing()),
        **{f"{name}: {shares[name]:.1%} of the trials": _filtered(engine, chosen) for name, chosen in filters.items()},
        "free text: a title": lambda trial_id: search_answer(engine, engine.trial(trial_id).brief_title, Listing()),
    }
    with watched(engine) as watch:
        taken = {name: _taken(ask, trial_ids, watch) for name, ask in kinds.items()}
    return {
        "trials": manifest.counts.trials,
        "encoder": manifest.encoder.spec,
        "index": manifest.index,
        "kinds": taken,
        "scan_ms": scan_ms(engine),
    }


def sampled(engine: SearchEngine, count: int) -> list[str]:
    """Ids of so many trials at random: the same ones in every run on one build."""
    trials = engine.artefact.trials
    return trials.trial_ids(np.random.default_rng(0).permutation(len(trials))[:count].tolist())


def scan_ms(engine: SearchEngine) -> float:
    """Of one query against every passage vector of the build, flat and in full precision, by FAISS."""
    passages = engine.artefact.passages
    flat = faiss.IndexFlatIP(engine.manifest.encoder.dim)
    for start in range(0, len(passages), BLOCK):
        flat.add(passages.vectors(np.arange(start, min(start + BLOCK, len(passages)))))
    times = []
    for row in range(min(SCANS, len(passages))):
        query = passages.vectors(np.array([row]))
        begun = time.process_time()
        flat.search(query, 10)
        times.append(time.process_time() - begun)
    return float(np.median(times)) * 1e3


def _filtered(engine: SearchEngine, chosen: Filters) -> Callable[[str], Answer]:
    return lambda trial_id: similar_answer(engine, trial_id, Listing(filters=chosen))


def _taken(ask: Callable[[str], Answer], trial_ids: Sequence[str], watch: Stopwatch) -> dict[str, Any]:
    for trial_id in trial_ids[:WARMING]:
        ask(trial_id)
    each = []
    for trial_id in trial_ids[WARMING:]:
        watch.taken()
        ask(trial_id).model_dump_json()
        each.append(watch.taken())
    stages = {name for one in each for name in one if name != REST}
    return {
        "ms": [1e3 * one.total() for one in each],
        "stages": {name: [1e3 * one[name] for one in each] for name in (*sorted(stages), REST)},
    }


if __name__ == "__main__":
    main()
