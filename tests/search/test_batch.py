import pytest

from search.artefact.reading import open_current
from search.batch import AT_ONCE, Batch
from search.engine import SearchEngine
from tests.records import study


def test_a_batch_answers_as_asked_one_by_one(seeds_root):
    artefact = open_current(seeds_root)
    trial_ids = artefact.trials.trial_ids(range(len(artefact.trials)))
    assert len(trial_ids) > 2 * AT_ONCE
    engine = SearchEngine(artefact)
    assert list(Batch(artefact).similar(trial_ids, k=7)) == [engine.similar(trial_id, k=7) for trial_id in trial_ids]


def test_a_batch_of_a_build_with_many_equal_trials_answers_as_asked_one_by_one(build, root):
    build([study(f"NCT{number:08}", f"Exosomes for colitis {number // 100}") for number in range(1, 701)])
    artefact = open_current(root)
    trial_ids = artefact.trials.trial_ids(range(0, 700, 7))
    engine = SearchEngine(artefact)
    assert list(Batch(artefact).similar(trial_ids, k=3)) == [engine.similar(trial_id, k=3) for trial_id in trial_ids]


@pytest.mark.parametrize("trial_ids", [[], ["NCT06853522"]])
def test_a_batch_may_be_small(seeds_root, trial_ids):
    found = list(Batch(open_current(seeds_root)).similar(trial_ids, k=1))
    assert [hits.hits[0].trial.trial_id for hits in found] == ["NCT02442037"] * len(trial_ids)
