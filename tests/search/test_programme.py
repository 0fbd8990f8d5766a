from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from search.engine import SearchEngine
from search.programme import Group, ProgrammeCause, collapse, programme_cause
from search.trial import Intervention, MeshTerm, Trial


def trial(number: int = 1, title: str = "Efficacy of AB-1010", **fields: Any) -> Trial:
    products = fields.pop("products", ("AB-1010",))
    given = {
        "sponsor": "AB Science",
        "sponsor_class": "INDUSTRY",
        "conditions": ("Mastocytosis",),
        "interventions": tuple(Intervention(name, "DRUG") for name in products),
    }
    return Trial(trial_id=f"NCT{number:08}", brief_title=title, **{**given, **fields})


PARENT = trial(1, org_study_id="AB06006")


@pytest.mark.parametrize(
    ("title", "cause"),
    [
        # Titles as registered, but for the product.
        ("An Open-Label Extension Study of AB-1010 in Mastocytosis", ProgrammeCause.EXTENSION),
        ("Extension to AB06006 to Evaluate Long-term Safety", ProgrammeCause.EXTENSION),
        ("AB-1010: Open-label Safety Extension", ProgrammeCause.EXTENSION),
        ("Roll Over Study to Provide AB-1010 to Participants Previously Treated", ProgrammeCause.ROLL_OVER),
        ("A Rollover Study for Subjects of an AB-1010 Trial", ProgrammeCause.ROLL_OVER),
        ("Long-Term Follow-up Study for Patients Previously Treated With AB-1010", ProgrammeCause.LONG_TERM_FOLLOW_UP),
        ("Safety of AB-1010 in Adults Who Completed Study AB06006", ProgrammeCause.LONG_TERM_FOLLOW_UP),
        ("Long-Term Safety Study of AB-1010", ProgrammeCause.SAME_SPONSOR_AND_INTERVENTION),
    ],
)
def test_a_trial_that_follows_on_another_is_known_by_its_title(title: str, cause: ProgrammeCause) -> None:
    assert programme_cause(PARENT, trial(2, title)) is cause
    assert programme_cause(trial(2, title), PARENT) is cause


@pytest.mark.parametrize(
    "title", ["Sleep Extension in Mastocytosis", "Trunk Extension Endurance", "Telephone Follow-up after Discharge"]
)
def test_other_extensions_and_follow_ups_follow_on_nothing(title: str) -> None:
    assert programme_cause(PARENT, trial(2, title, products=("Diary",))) is None


def test_a_trial_that_another_registry_has_too_is_one_with_it_whatever_else_the_records_say() -> None:
    european = replace(trial(1, "Effect of AB-1010", sponsor=None), trial_id="EUCTR2019-001234-56")
    american = trial(2, sponsor="Another", secondary_ids=("EudraCT 2019-001234-56",))

    assert programme_cause(european, american) is programme_cause(american, european) is ProgrammeCause.SAME_TRIAL
    # Within a registry the id is that of another trial.
    assert programme_cause(trial(1, sponsor="One"), trial(2, sponsor="Two", secondary_ids=("NCT00000001",))) is None


def test_an_extension_must_share_the_sponsor_and_the_product() -> None:
    extension = trial(2, "An Extension Study of AB-1010")
    assert programme_cause(PARENT, replace(extension, sponsor="Another Company")) is None
    assert programme_cause(PARENT, replace(extension, sponsor=None)) is None
    assert programme_cause(PARENT, trial(2, "An Extension Study of CD-2020", products=("CD-2020",))) is None
    assert programme_cause(PARENT, replace(extension, conditions=("Asthma",))) is None


def test_an_extension_that_names_its_parent_needs_no_more() -> None:
    bare = trial(2, "Extension of Study AB06006", products=(), conditions=())
    assert programme_cause(PARENT, bare) is ProgrammeCause.EXTENSION
    assert programme_cause(replace(PARENT, org_study_id="AB06007"), bare) is None
    # The company was bought meanwhile: only the registry's own id is sure.
    sold = trial(3, "An Extension Study", sponsor="Buyer", products=(), brief_summary="For those of NCT00000001.")
    assert programme_cause(PARENT, sold) is ProgrammeCause.EXTENSION
    assert programme_cause(PARENT, replace(bare, sponsor="Buyer")) is None


def test_an_acronym_ties_an_extension_to_its_parent() -> None:
    parent = trial(1, acronym="ECLIPSE", products=())
    assert programme_cause(parent, trial(2, "ECLIPSE Extension Study", products=())) is ProgrammeCause.EXTENSION
    assert (
        programme_cause(parent, trial(2, "An Extension Study", products=(), acronym="ECLIPSE-2"))
        is ProgrammeCause.EXTENSION
    )
    assert programme_cause(parent, trial(2, "A Solar Eclipse Extension Study", products=())) is None


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("CAIN457A2302", "CAIN457A2303"),
        ("CAIN457A2302", "CAIN457A2302E1"),
        ("KW-0761-001", "KW-0761-002"),
        ("CNTO1275CRD3001", "CNTO1275CRD3003"),
        ("ABC-301", "ABC-302"),
        ("B1971057", "B1971060"),
        ("I4V-MC-JADV", "I4V-MC-JADZ"),
        ("D1234C00001", "D1234C00002"),
    ],
)
def test_a_sponsor_s_series_of_study_ids_is_one_programme(ours: str, theirs: str) -> None:
    first, second = (
        trial(1, "One", org_study_id=ours),
        trial(2, "Other", org_study_id=theirs, products=("AB-1010", "Ruxolitinib")),
    )
    assert programme_cause(first, second) is ProgrammeCause.SAME_ORG_STUDY_STEM
    assert programme_cause(first, replace(second, sponsor="Another Company")) is None
    assert programme_cause(first, replace(second, conditions=("Asthma",))) is None


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("CAIN457A2302", "CAIN457F2310"),  # another indication
        ("M14-234", "M14-533"),  # the year and a running number
        ("204861", "204862"),
        ("ABC-301", "ABD-301"),
    ],
)
def test_ids_that_say_nothing_of_the_product_join_nothing(ours: str, theirs: str) -> None:
    first, second = (
        trial(1, "One", org_study_id=ours),
        trial(2, "Other", org_study_id=theirs, products=("AB-1010", "Ruxolitinib")),
    )
    assert programme_cause(first, second) is None


@pytest.mark.parametrize("stem", ["IRB-2019-", "HUM00123"])
def test_an_institution_s_running_numbers_join_nothing(stem: str) -> None:
    first, second = (
        trial(n, title, org_study_id=f"{stem}{n:03}", products=(), sponsor_class="OTHER")
        for n, title in ((1, "Mindfulness in mastocytosis"), (2, "Diet in mastocytosis"))
    )
    assert programme_cause(first, second) is None


def test_one_product_of_one_company_in_one_disease_is_a_programme() -> None:
    other = trial(2, "Another title", products=("ab-1010 200 mg tablets", "Placebo"), sponsor="AB Science, Inc.")
    assert programme_cause(trial(), other) is ProgrammeCause.SAME_SPONSOR_AND_INTERVENTION
    assert programme_cause(trial(), replace(other, conditions=("Asthma",))) is None
    assert programme_cause(trial(), replace(other, sponsor="Another Company")) is None
    assert programme_cause(trial(), replace(other, sponsor=None)) is None


def test_a_longer_condition_is_met_by_two_words_of_it_and_not_by_one() -> None:
    breast, metastatic, cancer = (
        trial(n, conditions=(c,)) for n, c in enumerate(["Breast Cancer", "Metastatic Breast Cancer", "Cancer"], 1)
    )
    assert programme_cause(breast, metastatic) is ProgrammeCause.SAME_SPONSOR_AND_INTERVENTION
    assert programme_cause(breast, cancer) is None


@pytest.mark.parametrize("control", ["Placebo", "Standard of care", "Saline", "Observation"])
def test_a_control_arm_makes_no_programme(control: str) -> None:
    assert programme_cause(trial(1, "One", products=(control,)), trial(2, "Other", products=(control,))) is None


def test_what_an_institution_does_again_and_again_is_no_programme() -> None:
    fields: dict[str, Any] = {
        "sponsor": "UNICANCER",
        "sponsor_class": "OTHER",
        "products": ("cisplatin", "fluorouracil"),
    }
    first = trial(1, "Radiation therapy with or without combination chemotherapy in advanced cancer", **fields)
    other = trial(2, "Combination chemotherapy plus surgery in treating patients with tongue tumours", **fields)
    again = trial(3, "Radiation therapy with combination chemotherapy in advanced cancer, elderly", **fields)
    assert programme_cause(first, other) is None
    assert programme_cause(first, again) is ProgrammeCause.SAME_SPONSOR_AND_INTERVENTION
    exercise = (Intervention("Exercise", "BEHAVIORAL"),)
    assert programme_cause(replace(first, interventions=exercise), replace(again, interventions=exercise)) is None


def test_trials_become_programmes_in_the_order_of_their_best_and_each_member_has_its_cause() -> None:
    trials = [
        trial(1, "Something else", sponsor="Another Company"),
        trial(2, "An Extension Study of AB-1010"),
        trial(3, "Something else again", sponsor="Third Company"),
        PARENT,
        trial(5, "AB-1010 in Mastocytosis"),
    ]
    assert collapse(trials) == [
        Group(0, ()),
        Group(1, ((3, ProgrammeCause.EXTENSION), (4, ProgrammeCause.EXTENSION))),
        Group(2, ()),
    ]
    assert collapse([]) == []


def test_a_chain_does_not_join_ends_that_have_nothing_in_common() -> None:
    one, both, two = (
        trial(1, "One", products=("AB-1010",), org_study_id="ABC-301"),
        trial(2, "Both", products=("AB-1010", "CD-2020"), org_study_id="ABC-302"),
        trial(3, "Two", products=("CD-2020",), org_study_id="XYZ-1"),
    )
    assert collapse([one, both, two]) == [Group(0, ((1, ProgrammeCause.SAME_ORG_STUDY_STEM),)), Group(2, ())]


def test_which_of_two_trials_comes_first_changes_nothing(seeds_engine: SearchEngine) -> None:
    ids = seeds_engine._artefact.trials.trial_ids(range(0, 288, 4))
    for first, second in permutations([seeds_engine.trial(identifier) for identifier in ids], 2):
        assert programme_cause(first, second) is programme_cause(second, first)


def test_the_seeds_hold_no_programme_for_their_33_pairs_of_one_sponsor_are_different_studies(
    seeds_engine: SearchEngine,
) -> None:
    trials = seeds_engine._artefact.trials.trials(range(288))
    assert [group for group in collapse(trials) if group.members] == []


def test_headings_of_the_registry_change_nothing() -> None:
    assert programme_cause(replace(PARENT, condition_mesh=(MeshTerm("X"),)), trial(2, "Other")) is not None
