import dataclasses

import pytest

from search.errors import BadInput
from search.trial import Trial, parse_nct_id


@pytest.mark.parametrize("text", ["NCT06853522", "nct06853522", "  Nct06853522 ", "NCT 0685 3522\n", "NCT\t06853522"])
def test_an_nct_id_is_read_in_any_case_and_with_stray_spaces(text):
    assert parse_nct_id(text) == "NCT06853522"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NCT",
        "NCT0685352",
        "NCT068535222",
        "06853522",
        "NCT0685352O",
        "NCT\u0660\u0666\u0668\u0665\u0663\u0665\u0662\u0662",
        "XNCT06853522",
    ],
)
def test_anything_else_is_refused_with_what_an_id_looks_like(text):
    with pytest.raises(BadInput) as refused:
        parse_nct_id(text)
    assert (
        str(refused.value)
        == f"{text!r} is not an NCT id; one looks like NCT06853522 (NCT and eight digits, ^NCT[0-9]{{8}}$)"
    )


def test_a_trial_is_a_value():
    trial = Trial(trial_id="NCT00000001", brief_title="Whey protein")
    with pytest.raises(dataclasses.FrozenInstanceError):
        trial.brief_title = "Exosomes"
    assert trial == Trial(trial_id="NCT00000001", brief_title="Whey protein")
    assert hash(trial) == hash(Trial(trial_id="NCT00000001", brief_title="Whey protein"))


def test_only_the_id_and_the_title_must_be_known():
    trial = Trial(trial_id="NCT00000001", brief_title="Whey protein")
    others = dataclasses.fields(Trial)[2:]
    assert {getattr(trial, field.name) for field in others} == {None, ()}


def test_no_field_holds_a_person():
    names = {field.name for field in dataclasses.fields(Trial)}
    assert not {name for name in names if any(word in name for word in ("contact", "investigator", "official_name"))}
