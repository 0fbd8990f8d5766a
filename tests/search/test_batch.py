import pytest

from search.artefact.reading import open_current
from search.batch import AT_ONCE, Batch
from search.engine import SearchEngine
from search.filters import Filters
from search.indexes import catalogue, ivf
from search.listing import Listing
from search.passage import Facet
from search.question import Question
from search.vocabulary import Status
from tests.records import study


def test_a_batch_answers_as_asked_one_by_one(seeds_root):
    artefact = open_current(seeds_root)
    trial_ids = artefact.trials.trial_ids(range(len(artefact.trials)))
    assert len(trial_ids) > 2 * AT_ONCE
    engine = SearchEngine(artefact)
    assert list(Batch(engine).similar(trial_ids, k=7)) == [engine.similar(trial_id, k=7) for trial_id in trial_ids]


def test_a_batch_of_a_build_with_many_equal_trials_answers_as_asked_one_by_one(build, root):
    build([study(f"NCT{number:08}", f"Exosomes for colitis {number // 100}") for number in range(1, 701)])
    artefact = open_current(root)
    trial_ids = artefact.trials.trial_ids(range(0, 700, 7))
    engine = SearchEngine(artefact)
    assert list(Batch(engine).similar(trial_ids, k=3)) == [engine.similar(trial_id, k=3) for trial_id in trial_ids]


def test_what_was_foreseen_is_answered_under_any_listing_as_by_the_engine(seeds_engine):
    trial_ids = ["NCT06853522", "NCT01221428", "NCT04548583"]
    batch = Batch(seeds_engine)
    batch.foresee(trial_ids)
    for listing in (
        Listing(filters=Filters(status=(Status.RECRUITING,))),
        Listing(weights={Facet.CONDITION: 1.0}, exclude=("NCT02442037",)),
        Listing(k=80, diversity=0.5),
    ):
        for trial_id in trial_ids:
            asked = Question(positives={trial_id: 1.0})
            theirs, ours = batch.engine.ask(asked, listing), seeds_engine.ask(asked, listing)
            assert theirs.hits == ours.hits
            assert theirs.candidates.tolist() == ours.candidates.tolist()


def test_a_batch_of_a_build_with_lists_answers_as_asked_one_by_one(build_at, tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "EXACT_UP_TO", 100)
    monkeypatch.setattr(ivf, "ONE_LIST_UP_TO", 100)
    build_at(tmp_path, [study(f"NCT{number:08}", f"Exosomes for colitis {number // 7}") for number in range(1, 401)])
    artefact = open_current(tmp_path)
    artefact.passages.probes = 3
    engine, trial_ids = SearchEngine(artefact), artefact.trials.trial_ids(range(0, 400, 9))
    assert list(Batch(engine).similar(trial_ids, k=3)) == [engine.similar(trial_id, k=3) for trial_id in trial_ids]


@pytest.mark.parametrize("trial_ids", [[], ["NCT06853522"]])
def test_a_batch_may_be_small(seeds_root, trial_ids):
    found = list(Batch(SearchEngine.open(seeds_root)).similar(trial_ids, k=1))
    assert [hits.hits[0].trial.trial_id for hits in found] == ["NCT02442037"] * len(trial_ids)
