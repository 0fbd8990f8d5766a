"""Whatever is done to a record, parsing it ends in a Trial of sound types that can be stored, or in UnusableRecord."""

import copy
import dataclasses
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.parse import UnusableRecord, parse_study
from search.artefact.trial_table import read_trials, to_batch
from search.dates import date_bounds
from search.trial import Intervention, MeshTerm, Trial
from tests.indexer.full_study import FULL_STUDY

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**62)
    | st.floats()
    | st.decimals()
    | st.text(max_size=8)
    | st.sampled_from(["NCT00000001", "2019-05", "0000-00", "  ", "\x00"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "type", "id", "term", "date", "count", "otherNames", "country"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where every value of a record stands."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inside for place in paths(item, (*path, key)))]


def with_mutation(record: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    parent = record
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    return record


@given(st.sampled_from(paths(FULL_STUDY)), JUNK, st.data())
@settings(max_examples=120, deadline=None)
def test_a_mutated_record_is_a_sound_trial_or_unusable(path: tuple[Any, ...], junk: Any, data: st.DataObject) -> None:
    record = with_mutation(copy.deepcopy(FULL_STUDY), path, junk)
    record = with_mutation(record, data.draw(st.sampled_from(paths(record))), data.draw(JUNK))
    try:
        trial = parse_study(record)
    except UnusableRecord:
        return

    assert_sound(trial)
    stored = pa.Table.from_batches([to_batch([trial])])
    assert list(read_trials(stored, [field.name for field in dataclasses.fields(Trial)[2:]])) == [trial]


@given(JUNK)
@settings(deadline=None)
def test_any_value_at_all_is_unusable(junk: Any) -> None:
    try:
        parse_study(junk)
    except UnusableRecord:
        return
    raise AssertionError(f"{junk!r} was taken for a trial")


def assert_sound(trial: Trial) -> None:
    texts = {
        "trial_id", "brief_title", "official_title", "acronym", "brief_summary", "study_type", "status", "sex",
        "minimum_age", "maximum_age", "start_date", "completion_date", "last_update_date", "sponsor", "sponsor_class",
        "first_posted_date", "allocation", "intervention_model", "masking", "primary_purpose", "org_study_id",
    }  # fmt: skip
    for name in texts:
        value = getattr(trial, name)
        assert value is None or (type(value) is str and value == " ".join(value.split()) != ""), name
    for name in ("conditions", "keywords", "phases", "countries", "secondary_ids", "aliases"):
        values = getattr(trial, name)
        assert type(values) is tuple
        assert len(set(values)) == len(values)
        assert all(type(value) is str and value.strip() for value in values), name
    for intervention in trial.interventions:
        assert type(intervention) is Intervention
        assert intervention.name.strip()
    for name in ("condition_mesh", "condition_mesh_ancestors", "intervention_mesh", "intervention_mesh_ancestors"):
        assert all(type(term) is MeshTerm and term.term for term in getattr(trial, name))
    for date in (trial.start_date, trial.completion_date, trial.last_update_date):
        assert date is None or date_bounds(date)
    assert trial.enrolment is None or (type(trial.enrolment) is int and 0 <= trial.enrolment < 2**63)
    assert trial.has_results in (None, True, False)
