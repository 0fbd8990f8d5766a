import dataclasses
import datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.artefact.trial_table import FEW, SCHEMA, TrialTable, read_trials, to_batch
from search.trial import Intervention, MeshTerm, Trial

text = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
maybe_text = st.none() | text
texts = st.lists(text, max_size=3).map(tuple)
mesh = st.lists(st.builds(MeshTerm, term=text, id=maybe_text), max_size=2).map(tuple)
date = st.none() | st.sampled_from(["2015", "2015-05", "2015-05-17"])

TRIALS = st.builds(
    Trial,
    trial_id=st.integers(0, 10**8 - 1).map("NCT{:08}".format),
    brief_title=text,
    official_title=maybe_text,
    acronym=maybe_text,
    conditions=texts,
    keywords=texts,
    interventions=st.lists(st.builds(Intervention, name=text, type=maybe_text, other_names=texts), max_size=2).map(
        tuple
    ),
    condition_mesh=mesh,
    condition_mesh_ancestors=mesh,
    intervention_mesh=mesh,
    intervention_mesh_ancestors=mesh,
    brief_summary=maybe_text,
    study_type=maybe_text,
    phases=texts,
    status=maybe_text,
    enrolment=st.none() | st.integers(0, 2**63 - 1),
    sex=maybe_text,
    minimum_age=maybe_text,
    maximum_age=maybe_text,
    start_date=date,
    completion_date=date,
    last_update_date=date,
    countries=texts,
    sponsor=maybe_text,
    sponsor_class=maybe_text,
    secondary_ids=texts,
    aliases=texts,
    has_results=st.none() | st.booleans(),
)


def table_of(*batches):
    return pa.Table.from_batches([to_batch(batch) for batch in batches], schema=SCHEMA)


@given(st.lists(st.lists(TRIALS, max_size=3), max_size=3))
def test_every_trial_comes_back_as_it_was_put_in(batches):
    table = table_of(*batches)
    trials = [trial for batch in batches for trial in batch]
    opened = TrialTable(table)
    assert len(opened) == len(trials)
    assert [opened.trial(row) for row in range(len(trials))] == trials
    assert opened.trial_ids(range(len(trials))) == [trial.trial_id for trial in trials]
    fields = [field.name for field in dataclasses.fields(Trial)[2:]]
    assert list(read_trials(table, fields)) == trials


def test_rows_are_named_in_the_order_asked_for():
    table = TrialTable(table_of([Trial(trial_id=f"NCT0000000{n}", brief_title="a") for n in range(4)]))
    assert table.trial_ids([3, 0, 3]) == ["NCT00000003", "NCT00000000", "NCT00000003"]


def test_of_a_few_columns_the_other_fields_stay_empty():
    trial = Trial(trial_id="NCT00000001", brief_title="a", conditions=("Crohn disease",), sponsor="Sanofi")
    assert list(read_trials(table_of([trial]), ["conditions"])) == [
        Trial(trial_id="NCT00000001", brief_title="a", conditions=("Crohn disease",))
    ]


@pytest.mark.parametrize(
    ("registered", "first", "last"),
    [
        (None, None, None),
        ("2016-02", datetime.date(2016, 2, 1), datetime.date(2016, 2, 29)),
        ("2015-05-17", datetime.date(2015, 5, 17), datetime.date(2015, 5, 17)),
    ],
)
def test_a_date_is_kept_as_registered_beside_its_first_and_last_day(registered, first, last):
    trial = Trial(trial_id="NCT00000001", brief_title="a", start_date=registered, last_update_date=registered)
    row = table_of([trial]).to_pylist()[0]
    assert row["start_date"] == row["last_update_date"] == registered
    assert (row["start_first"], row["start_last"]) == (first, last)
    assert (row["updated_first"], row["updated_last"]) == (first, last)


def test_masks_reach_across_batches():
    batches = [
        [Trial(trial_id="NCT00000001", brief_title="a", countries=("China", "Japan"), enrolment=5)],
        [
            Trial(trial_id="NCT00000002", brief_title="b"),
            Trial(trial_id="NCT00000003", brief_title="c", countries=("Peru",)),
        ],
        [Trial(trial_id="NCT00000004", brief_title="d", countries=("japan",), enrolment=9)],
    ]
    table = TrialTable(table_of(*batches))
    assert table.equals("countries", ["JAPAN"]).tolist() == [True, False, False, True]
    assert table.equals("trial_id", ["NCT00000003", "NCT00000002"]).tolist() == [False, True, True, False]
    assert table.contains("brief_title", "D").tolist() == [False, False, False, True]
    assert table.at_least("enrolment", 5).tolist() == [True, False, False, True]
    assert table.at_most("enrolment", 8).tolist() == [True, False, False, False]
    assert table.equals("countries", []).tolist() == [False] * 4


SAYING = [
    Trial(trial_id="NCT00000001", brief_title="Cells", keywords=("cord", "IL-6")),
    Trial(trial_id="NCT00000002", brief_title="B", interventions=(Intervention("x", None, ("y", "Cord")),)),
    Trial(trial_id="NCT00000003", brief_title="C", condition_mesh=(MeshTerm("Colitis"), MeshTerm("Cord"))),
    Trial(trial_id="NCT00000004", brief_title="D", brief_summary="CORD", countries=("China", "Chad")),
    Trial(trial_id="NCT00000005", brief_title="E", first_posted_date="2015", countries=("China",)),
]


def test_a_pattern_is_found_in_texts_lists_and_lists_within_lists():
    # Two batches, so that rows reach across them.
    table = TrialTable(pa.Table.from_batches([to_batch(SAYING[:2]), to_batch(SAYING[2:])]))
    assert table.says("cord").tolist() == [True, True, True, True, False]
    assert table.says("cord", np.array([4, 1, 0])).tolist() == [False, True, True]
    assert table.says("cord", columns=("keywords", "condition_mesh.term")).tolist() == [True, False, True, False, False]
    assert table.says("cord", np.array([], np.int64)).tolist() == []
    assert table.is_null("posted_first").tolist() == [True, True, True, True, False]
    assert table.distinct("countries") == ("Chad", "China")


def test_many_rows_are_searched_as_few_are():
    table = TrialTable(table_of(*[SAYING] * 300))
    rows = np.random.default_rng(0).permutation(len(table))
    many = table.says("cord", rows)
    assert len(rows) > FEW
    assert many.tolist() == (rows % 5 != 4).tolist()
    assert [table.says("cord", rows[[place]])[0] for place in range(20)] == many[:20].tolist()


def test_what_has_no_words_is_found_whichever_field_says_it_and_however_it_is_cased():
    ids = Trial(trial_id="EUCTR2019-000001-10", brief_title="cord", aliases=("NCT00000009", "CORD"), acronym="Chord")
    table = TrialTable(table_of(SAYING[:2], [*SAYING[2:], ids]))
    assert table.rows_unworded(r"\bcord\b", "CORD").tolist() == [1, 2, 5]
    assert table.rows_unworded("cord", "cord").tolist() == [1, 2, 5]
    assert table.rows_unworded("2019-0", "2019").tolist() == [5]
    assert table.rows_unworded("chord|cells", "xyz").tolist() == []
