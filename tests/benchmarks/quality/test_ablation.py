"""The engine with a leg left out, on the bundled trials."""

import pytest

from benchmarks.quality.ablation import run_without
from search.engine import SearchEngine
from search.legs import TRIAL_WEIGHTS, Leg

SEED = "NCT06853522"
TEXT = {"t": "stem cells in ulcerative colitis"}


def ids(run):
    return [scored.doc_id for scored in run]


def test_without_nothing_left_out_it_is_the_engine(seeds_engine):
    assert ids(run_without(seeds_engine.artefact, (), [SEED])) == [
        hit.trial.trial_id for hit in seeds_engine.similar(SEED, k=100).hits
    ]
    assert ids(run_without(seeds_engine.artefact, (), TEXT, texts=TEXT)) == [
        hit.trial.trial_id for hit in seeds_engine.search(TEXT["t"], k=100).hits
    ]


@pytest.mark.parametrize("leg", [leg for leg in TRIAL_WEIGHTS if leg is not Leg.NEIGHBOURS])
def test_the_legs_left_keep_their_ratio(seeds_engine: SearchEngine, leg: Leg):
    # What the best lend comes after and depends on the rest: left out too, the sum can be worked out from the parts.
    kept = {other: TRIAL_WEIGHTS[other] for other in TRIAL_WEIGHTS if other not in (leg, Leg.NEIGHBOURS)}
    hits = seeds_engine.similar(SEED, k=100).hits
    sums = {hit.trial.trial_id: sum(hit.parts[other] for other in kept) / sum(kept.values()) for hit in hits}

    found = run_without(seeds_engine.artefact, {leg, Leg.NEIGHBOURS}, [SEED], among={SEED: list(sums)})

    ours = [sums[name] for name in ids(found)]
    assert ours == pytest.approx(sorted(ours, reverse=True), abs=0.001)
