from typing import Any

import pytest

from search.reasons import Reason, ReasonKind
from search.record_reasons import reasons_by_record, years
from search.trial import Intervention, Trial


def trial(number: int = 1, **fields: Any) -> Trial:
    return Trial(trial_id=f"NCT{number:08}", brief_title="A trial", **fields)


def said(first: Trial, second: Trial) -> list[tuple[ReasonKind, str]]:
    return [(reason.kind, reason.hit_term) for reason in reasons_by_record(first, second)]


def test_sponsor_and_phases_are_compared_by_the_record() -> None:
    ours = trial(sponsor="Qingdao University", phases=("PHASE1", "PHASE2"))
    theirs = trial(2, sponsor="QINGDAO UNIVERSITY", phases=("PHASE2", "PHASE3"))
    assert reasons_by_record(ours, theirs) == [
        Reason(ReasonKind.SAME_SPONSOR, "Qingdao University", "QINGDAO UNIVERSITY", 1.0),
        Reason(ReasonKind.SAME_PHASE, "PHASE2", "PHASE2", 1.0),
    ]
    assert reasons_by_record(trial(phases=("NA",)), trial(phases=("NA",))) == []


def test_records_that_are_silent_have_nothing_in_common() -> None:
    assert reasons_by_record(trial(), trial(2)) == []


def test_a_design_is_the_same_where_all_of_it_is_known_and_equal() -> None:
    plan = {"allocation": "RANDOMIZED", "intervention_model": "PARALLEL", "masking": "DOUBLE"}
    assert said(trial(**plan), trial(2, **plan)) == [(ReasonKind.SAME_DESIGN, "randomized, parallel, double masking")]
    assert said(trial(**plan), trial(2, **{**plan, "masking": "NONE"})) == []
    partly = {**plan, "masking": None}
    assert said(trial(**partly), trial(2, **partly)) == []
    open_label = {**plan, "masking": "NONE"}
    assert said(trial(**open_label), trial(2, **open_label))[0][1] == "randomized, parallel, open label"


@pytest.mark.parametrize(
    ("people", "group"),
    [
        ({"sex": "FEMALE", "minimum_age": "18 Years"}, "female"),
        ({"maximum_age": "17 Years", "sex": "ALL"}, "children"),
        ({"minimum_age": "2 Weeks", "maximum_age": "23 Months"}, "children"),
        ({"sex": "MALE", "minimum_age": "65 Years"}, "male, older adults"),
    ],
)
def test_a_population_that_is_not_everyone_is_named(people: dict[str, str], group: str) -> None:
    assert said(trial(**people), trial(2, **people)) == [(ReasonKind.SAME_POPULATION, group)]


def test_adults_of_any_sex_are_everyone_and_only_what_both_have_is_named() -> None:
    adults = {"sex": "ALL", "minimum_age": "18 Years", "maximum_age": "75 Years"}
    assert said(trial(**adults), trial(2, **adults)) == []
    girls = trial(sex="FEMALE", maximum_age="12 Years")
    assert said(girls, trial(2, sex="FEMALE", minimum_age="65 Years")) == [(ReasonKind.SAME_POPULATION, "female")]
    assert said(girls, trial(2, sex="MALE")) == []


def test_one_programme_is_named_with_its_cause() -> None:
    fields: dict[str, Any] = {
        "sponsor": "AB Science",
        "conditions": ("Mastocytosis",),
        "interventions": (Intervention("Masitinib", "DRUG"),),
    }
    extension = Trial(trial_id="NCT00000002", brief_title="An Extension Study of Masitinib", **fields)
    assert said(trial(**fields), extension)[0] == (ReasonKind.SAME_PROGRAMME, "extension")


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        ("18 Years", 18),
        ("6 Months", 0.5),
        ("1 Year", 1),
        ("2 Weeks", 14 / 365.25),
        ("N/A", None),
        (None, None),
        ("", None),
    ],
)
def test_ages_are_read_in_years(age: str | None, expected: float | None) -> None:
    assert years(age) == (None if expected is None else pytest.approx(expected))
