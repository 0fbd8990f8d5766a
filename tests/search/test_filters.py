"""Each filter against a plain loop over the seeds, of which many lack what is asked for."""

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.parse import parse_study
from indexer.sources.files import SEEDS, open_source
from search.artefact.trial_table import TrialTable, to_batch
from search.errors import BadInput
from search.filters import Filters, allowed_rows, parse_filters
from search.trial import Intervention, MeshTerm, Trial
from search.vocabulary import InterventionType, Phase, SponsorClass, Status, StudyType


def table_of(trials):
    return TrialTable(pa.Table.from_batches([to_batch(trials)]))


SEED_TRIALS = [parse_study(record.study) for record in open_source(SEEDS).records()]
# The seeds know no sponsor class and no results; give them some, so that those filters have something to find.
TRIALS = [
    dataclasses.replace(
        trial,
        sponsor_class=[None, "INDUSTRY", "OTHER", "NIH"][number % 4],
        has_results=[None, True, False][number % 3],
    )
    for number, trial in enumerate(SEED_TRIALS)
]
TABLE = table_of(TRIALS)
SPONSORS = sorted({trial.sponsor for trial in TRIALS if trial.sponsor})
COUNTRIES = sorted({country for trial in TRIALS for country in trial.countries})
DAYS = sorted({date for trial in TRIALS for date in (trial.start_date, trial.last_update_date) if date})


def passing(**given):
    """NCT ids that pass."""
    mask = allowed_rows(parse_filters(**given), TABLE)
    return [trial.trial_id for trial, passes in zip(TRIALS, mask, strict=True) if passes]


def loop(passes):
    return [trial.trial_id for trial in TRIALS if passes(trial)]


def not_before(date, bound):
    """Whether the partial `date` can be on or after the partial `bound`: what is not known of a date may be late."""
    return date is not None and date.ljust(10, "~") >= bound


def not_after(date, bound):
    return date is not None and date <= bound.ljust(10, "~")


def lower(text):
    """Lower case letter by letter, as Unicode's simple mapping has it: İ is i."""
    return "".join(letter.lower()[0] for letter in text)


some = st.lists


@given(some(st.sampled_from(Status), min_size=1, max_size=4))
def test_status(values):
    assert passing(status=values) == loop(lambda trial: trial.status in values)


@given(some(st.sampled_from(Phase), min_size=1, max_size=3))
def test_phase_passes_a_trial_of_two_phases_by_either(values):
    assert passing(phase=values) == loop(lambda trial: any(phase in values for phase in trial.phases))


@given(some(st.sampled_from(StudyType), min_size=1))
def test_study_type(values):
    assert passing(study_type=values) == loop(lambda trial: trial.study_type in values)


@given(some(st.sampled_from(InterventionType), min_size=1, max_size=3))
def test_intervention_type_passes_by_any_intervention(values):
    assert passing(intervention_type=values) == loop(
        lambda trial: any(intervention.type in values for intervention in trial.interventions)
    )


@given(some(st.sampled_from(SponsorClass), min_size=1, max_size=3))
def test_sponsor_class(values):
    assert passing(sponsor_class=values) == loop(lambda trial: trial.sponsor_class in values)


@given(some(st.sampled_from(COUNTRIES), min_size=1, max_size=3), st.sampled_from([str.upper, str.lower, str]))
def test_country_passes_by_any_location_in_any_case(values, spelled):
    assert passing(country=[spelled(value) for value in values]) == loop(
        lambda trial: any(country in values for country in trial.countries)
    )


@given(st.sampled_from(SPONSORS), st.data())
def test_sponsor_passes_by_a_part_of_its_name_in_any_case(name, data):
    start = data.draw(st.integers(0, len(name) - 1))
    part = name[start : data.draw(st.integers(start + 1, len(name)))]
    # Case does not always lead back: a dotless i becomes I, and I becomes i.
    for spelled in (part, part.upper(), part.lower()):
        holding = [name for name in SPONSORS if lower(spelled) in lower(name)]
        assert passing(sponsor=spelled) == [trial.trial_id for trial in TRIALS if trial.sponsor in holding]


partial = st.sampled_from(DAYS).flatmap(lambda date: st.sampled_from([date, date[:7], date[:4]]))


@pytest.mark.parametrize("part", ["colitis", "CROHN", "bowel dis", "neoplasms", "no such condition", "."])
def test_a_condition_passes_by_a_part_of_its_name_or_of_a_mesh_heading_at_or_above_it(part):
    def says(trial):
        meshes = (*trial.condition_mesh, *trial.condition_mesh_ancestors)
        return any(lower(part) in lower(text) for text in (*trial.conditions, *(mesh.term for mesh in meshes)))

    assert passing(condition=part) == loop(says)


def test_a_condition_is_found_through_the_heading_above_its_own():
    mesh = {"condition_mesh": (MeshTerm("Crohn Disease"),), "condition_mesh_ancestors": (MeshTerm("Bowel Diseases"),)}
    table = table_of(
        [Trial(trial_id="NCT00000001", brief_title="A", **mesh), Trial(trial_id="NCT00000002", brief_title="B")]
    )
    assert allowed_rows(parse_filters(condition="bowel dis"), table).tolist() == [True, False]


@given(partial, st.sampled_from([("start_from", "start_date"), ("updated_from", "last_update_date")]))
def test_from_a_day_month_or_year_on(bound, names):
    name, field = names
    assert passing(**{name: bound}) == loop(lambda trial: not_before(getattr(trial, field), bound))


@given(partial, st.sampled_from([("start_to", "start_date"), ("updated_to", "last_update_date")]))
def test_to_the_end_of_a_day_month_or_year(bound, names):
    name, field = names
    assert passing(**{name: bound}) == loop(lambda trial: not_after(getattr(trial, field), bound))


@pytest.mark.parametrize("wanted", [True, False])
def test_has_results_passes_only_where_that_is_known(wanted):
    assert passing(has_results=wanted) == loop(lambda trial: trial.has_results is wanted)


@settings(max_examples=50)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "status": some(st.sampled_from(Status), min_size=1),
            "phase": some(st.sampled_from(Phase), min_size=1),
            "study_type": some(st.sampled_from(StudyType), min_size=1),
            "sponsor_class": some(st.sampled_from(SponsorClass), min_size=1),
            "country": some(st.sampled_from(COUNTRIES), min_size=1),
            "start_from": partial,
            "updated_to": partial,
            "has_results": st.booleans(),
        },
    )
)
def test_filters_add_up(given):
    each = [set(passing(**{name: value})) for name, value in given.items()]
    expected = [trial.trial_id for trial in TRIALS if all(trial.trial_id in ids for ids in each)]
    if given:
        assert passing(**given) == expected
    else:
        assert allowed_rows(parse_filters(), TABLE) is None


def test_what_is_not_known_passes_no_filter():
    bare = table_of([Trial(trial_id="NCT00000001", brief_title="Nothing but a title")])
    for filters in (
        {"status": list(Status)},
        {"phase": list(Phase)},
        {"study_type": list(StudyType)},
        {"intervention_type": list(InterventionType)},
        {"country": ["China", ""]},
        {"sponsor": "a"},
        {"sponsor_class": list(SponsorClass)},
        {"start_from": "1000"},
        {"start_to": "9999"},
        {"updated_from": "1000"},
        {"updated_to": "9999"},
        {"has_results": True},
        {"has_results": False},
    ):
        assert allowed_rows(parse_filters(**filters), bare).tolist() == [False], filters


def test_an_intervention_without_a_type_passes_by_none():
    trials = [
        Trial(trial_id="NCT00000001", brief_title="a", interventions=(Intervention("x"), Intervention("y", "DRUG"))),
        Trial(trial_id="NCT00000002", brief_title="b", interventions=(Intervention("x"),)),
        Trial(trial_id="NCT00000003", brief_title="c"),
        Trial(trial_id="NCT00000004", brief_title="d", interventions=(Intervention("z", "DEVICE"),)),
    ]
    mask = allowed_rows(Filters(intervention_type=("DRUG",)), table_of(trials))
    assert mask.tolist() == [True, False, False, False]


@pytest.mark.parametrize(
    ("date", "given", "passes"),
    [
        ("2015-05", {"start_from": "2015-05-31"}, True),
        ("2015-05", {"start_from": "2015-06-01"}, False),
        ("2015-05", {"start_to": "2015-05-01"}, True),
        ("2015-05", {"start_to": "2015-04-30"}, False),
        ("2015", {"start_from": "2015-12-31", "start_to": "2016"}, True),
        ("2015", {"start_from": "2016"}, False),
        ("2015-05-17", {"start_from": "2015-05", "start_to": "2015-05"}, True),
        ("2015-05-17", {"start_from": "2015-05-17", "start_to": "2015-05-17"}, True),
        ("2016-02-29", {"start_to": "2016-02"}, True),
        ("2016-03-01", {"start_to": "2016-02"}, False),
        ("2015-05-17", {"start_from": " 2015 "}, True),
    ],
)
def test_a_partial_date_passes_where_one_of_its_days_does(date, given, passes):
    table = table_of([Trial(trial_id="NCT00000001", brief_title="a", start_date=date)])
    assert allowed_rows(parse_filters(**given), table).tolist() == [passes]


@pytest.mark.parametrize(
    "spelled",
    [
        "RECRUITING,NOT_YET_RECRUITING",
        "recruiting, not yet recruiting",
        ["Recruiting", "not-yet-recruiting"],
        ["recruiting,Not yet recruiting", "RECRUITING"],
    ],
)
def test_values_come_one_by_one_or_with_commas_and_spelled_freely(spelled):
    wanted = ("RECRUITING", "NOT_YET_RECRUITING")
    assert set(parse_filters(status=spelled).status) == set(wanted)
    assert passing(status=spelled) == loop(lambda trial: trial.status in wanted)


def test_a_country_may_have_a_comma_in_its_name():
    found = passing(country=["korea, republic of"])
    assert found == loop(lambda trial: "Korea, Republic of" in trial.countries)
    assert found


@pytest.mark.parametrize("country", ["TÜRKIYE", "türkiye", "Straße", "STRASSE", "ΚΎΠΡΟΣ"])
def test_a_country_is_found_as_it_is_written_whatever_its_letters(country):
    table = table_of([Trial(trial_id="NCT00000001", brief_title="a", countries=(country,))])
    assert allowed_rows(Filters(country=(country,)), table).tolist() == [True]


@pytest.mark.parametrize("part", ["istanbul", "İSTANBUL", "ISTANBUL ü", "Üniversitesi"])
def test_a_sponsor_is_found_whatever_its_letters(part):
    table = table_of([Trial(trial_id="NCT00000001", brief_title="a", sponsor="İstanbul Üniversitesi")])
    assert allowed_rows(Filters(sponsor=part), table).tolist() == [True]


def test_a_sponsor_is_no_pattern():
    table = table_of(
        [
            Trial(trial_id="NCT00000001", brief_title="a", sponsor="Sanofi (Paris)"),
            Trial(trial_id="NCT00000002", brief_title="b", sponsor="Sanofi Paris"),
        ]
    )
    assert allowed_rows(Filters(sponsor="i (P"), table).tolist() == [True, False]
    assert allowed_rows(Filters(sponsor=".*"), table).tolist() == [False, False]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"study_type": ["trial"]},
            "cannot filter by study_type: 'trial' is no StudyType; "
            "known: INTERVENTIONAL, OBSERVATIONAL, EXPANDED_ACCESS",
        ),
        ({"phase": "2,seven"}, "cannot filter by phase: 'seven' is no Phase; known: NA, EARLY_PHASE1, PHASE1, "),
        (
            {"start_from": "last May"},
            "cannot filter by start_from: 'last May' is no date; write 2015, 2015-05 or 2015-05-17",
        ),
        ({"sponsor": ""}, "cannot filter by sponsor: String should have at least 1 character"),
        ({"colour": "red"}, "cannot filter by colour: Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_filter_named(given, message):
    with pytest.raises(BadInput) as refused:
        parse_filters(**given)
    assert str(refused.value).startswith(message)


def test_no_filter_allows_all_without_a_mask():
    assert allowed_rows(Filters(), TABLE) is None
    assert allowed_rows(parse_filters(status=[], country=[]), TABLE) is None


def test_a_mask_is_boolean_and_has_a_place_for_each_row():
    mask = allowed_rows(Filters(status=(Status.COMPLETED,)), TABLE)
    assert mask.dtype == np.bool_
    assert mask.shape == (len(TRIALS),)
    assert mask.sum() == 76  # counted in the records
