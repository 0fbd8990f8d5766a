"""What changed from one build to another, worked out by hand."""

import pytest

from search import difference as difference_module
from search.difference import ChangedTrial, TrialName, difference, two_builds
from search.engine import SearchEngine
from search.errors import BadInput, NoIndex
from tests.records import study

CROHN, ASTHMA = {"conditions": ["Crohn disease"]}, {"conditions": ["Asthma"]}
OLD = [
    study("NCT00000001", "Exosomes in Crohn disease", **CROHN),
    study("NCT00000002", "Stem cells in Crohn disease", **CROHN, updated="2020"),
    study("NCT00000003", "Whey protein", **ASTHMA),
    study("NCT00000005", "Placebo", **ASTHMA),
]
NEW = [
    study("NCT00000001", "Exosomes in Crohn disease", **CROHN),
    study("NCT00000002", "Stem cells in Crohn disease", **CROHN, updated="2021"),
    study("NCT00000004", "Exosomes in Crohn disease, a second trial", **CROHN),
    study("NCT00000005", "Placebo", conditions=["Asthma", "Hay fever"]),
]


@pytest.fixture
def builds(build):
    return build(OLD).build_id, build(NEW).build_id


def test_trials_that_came_went_and_changed_are_named_with_what_changed(root, builds):
    found = difference(root, *builds, sample=None)
    assert (found.old, found.new, found.trials) == (*builds, (4, 4))
    assert found.came == [TrialName(id="NCT00000004", title="Exosomes in Crohn disease, a second trial")]
    assert found.went == [TrialName(id="NCT00000003", title="Whey protein")]
    assert found.changed == [
        ChangedTrial(
            id="NCT00000002",
            title="Stem cells in Crohn disease",
            fields=["last_update_date", "updated_first", "updated_last"],
        ),
        ChangedTrial(id="NCT00000005", title="Placebo", fields=["conditions"]),
    ]


def test_related_lists_that_changed_are_those_of_the_engines(root, builds):
    found = difference(root, *builds, sample=None)
    assert found.asked == 3  # those that both builds have
    new = SearchEngine.open(root)
    by_id = {trial.id: trial for trial in found.lists}
    assert "NCT00000004" in by_id["NCT00000001"].came
    for trial in found.lists:
        now = [hit.trial.trial_id for hit in new.similar(trial.id, k=10).hits]
        assert set(trial.came) <= set(now)
        assert not set(trial.went) & set(now)


@pytest.mark.parametrize(("sample", "asked"), [(0, 0), (2, 2), (3, 3), (50, 3), (None, 3)])
def test_no_more_trials_are_asked_than_wanted(root, builds, sample, asked):
    assert difference(root, *builds, sample=sample).asked == asked


def test_a_build_differs_in_nothing_from_itself_and_from_one_of_the_same_records(root, build):
    first, second = build(OLD).build_id, build(OLD[::-1]).build_id
    for other in (first, second):
        found = difference(root, first, other, sample=None)
        assert (found.came, found.went, found.changed, found.lists, found.asked) == ([], [], [], [], 4)


@pytest.mark.parametrize("rows", [1, 3, 7])
def test_every_changed_trial_among_many_is_found_wherever_it_stands(root, build, monkeypatch, rows):
    monkeypatch.setattr(difference_module, "_ROWS_A_LOOK", rows)
    changed = {1, 2, 8, 13, 20}
    old = [study(f"NCT{number:08}", f"Trial {number}") for number in range(1, 21)]
    new = [study(f"NCT{n:08}", f"Trial {n}{', revised' if n in changed else ''}") for n in range(1, 21)]
    found = difference(root, build(old).build_id, build(new).build_id, sample=0)
    assert {int(trial.id[3:]) for trial in found.changed} == changed
    assert {tuple(trial.fields) for trial in found.changed} == {("brief_title",)}


def test_the_live_build_is_compared_with_the_one_before_it_unless_others_are_named(root, build):
    first, second, third = (build(OLD).build_id for _ in range(3))
    assert two_builds(root, None, None) == (second, third)
    assert two_builds(root, first, None) == (first, third)
    assert two_builds(root, first, second) == (first, second)
    assert two_builds(root, third, first) == (third, first)
    with pytest.raises(BadInput) as refused:
        two_builds(root, "20200101T000000-000000", None)
    assert str(refused.value) == (
        f"no build '20200101T000000-000000' under {root}; there are: {first}, {second}, {third}"
    )
    with pytest.raises(BadInput) as refused:
        two_builds(root, None, first)
    assert str(refused.value) == f"there is no build before {first} under {root} to compare with"


def test_without_an_index_there_is_nothing_to_compare(root):
    with pytest.raises(NoIndex):
        two_builds(root, None, None)
