"""What the candidate stage misses and how two directions agree, on the bundled trials."""

import numpy as np
import pytest

from benchmarks.quality import stages
from benchmarks.quality.stages import Exhaustive, measured_directions, measured_stages
from search import ranking

ASKED = ["NCT06853522", "NCT02442037", "NCT00242424"]


def test_where_every_trial_is_a_candidate_both_stages_agree(seeds_engine):
    for identifier in ASKED:
        best = Exhaustive(seeds_engine.artefact).best(identifier, 50)
        hits = seeds_engine.similar(identifier, k=50).hits
        assert seeds_engine.artefact.trials.trial_ids(best.tolist()) == [hit.trial.trial_id for hit in hits]
    found = measured_stages(seeds_engine.artefact, ASKED)
    assert (found.recall, found.whole, found.candidates) == ((1.0, 1.0), (1.0, 1.0), 287)


def test_too_few_candidates_are_seen(seeds_engine, monkeypatch):
    # Of the five nearest passages and the five with most of the words, ten at most can be found.
    artefact = seeds_engine.artefact
    monkeypatch.setattr(stages, "rank", lambda evidence, artefact: ranking.rank(evidence, artefact, at_least=5))
    found = measured_stages(artefact, ASKED)
    lists = [Exhaustive(artefact).best(identifier, 50).tolist() for identifier in ASKED]
    assert 5 <= found.candidates <= 10
    assert 0 < found.recall[1] <= found.candidates / len(lists[0])
    assert found.whole[1] == 0


def test_directions_are_those_of_the_lists(seeds_engine):
    asked = dict.fromkeys(ASKED)
    pairs = [
        (identifier, hit, {back.trial.trial_id: back for back in seeds_engine.similar(hit.trial.trial_id, k=100).hits})
        for identifier in asked
        for hit in seeds_engine.similar(identifier, k=3).hits
    ]
    returned = [(hit, back[identifier]) for identifier, hit, back in pairs if identifier in back]

    found = measured_directions(seeds_engine, asked)

    assert (found.pairs, found.within) == (9, len(returned))
    assert found.in_ten == sum(back.rank <= 10 for _, back in returned)
    assert found.apart == pytest.approx(np.array([abs(hit.score - back.score) for hit, back in returned]))
