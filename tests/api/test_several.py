"""Several trials at once: by their ids, and two side by side."""

import pytest

from tests.api.test_problems import problem_of

FIRST, SECOND = "NCT06853522", "NCT01221428"


@pytest.mark.parametrize("query", [f"ids={SECOND},{FIRST}", f"ids={SECOND}&ids={FIRST}", f"ids={SECOND},,nct06853522,"])
def test_trials_are_answered_in_the_order_asked_for_as_each_is_alone(client, seeds_engine, query):
    answer = client.get(f"/trials?{query}").json()
    assert answer["trials"] == [client.get(f"/trials/{trial_id}").json() for trial_id in (SECOND, FIRST)]
    assert answer["missing"] == []
    assert answer["build"]["build_id"] == seeds_engine.manifest.build_id


def test_a_trial_named_twice_is_answered_once_and_one_that_is_not_there_is_listed(client):
    answer = client.get(f"/trials?ids={FIRST},NCT99999999,nct06853522,NCT99999999").json()
    assert [trial["nct_id"] for trial in answer["trials"]] == [FIRST]
    assert answer["missing"] == ["NCT99999999"]


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("", "ids: Field required"),
        ("?ids=,", "ids: 0 ids are given; write 1 to 100, such as NCT06853522,NCT01221428"),
        (f"?ids={','.join([FIRST] * 101)}", "ids: 101 ids are given; write 1 to 100, such as NCT06853522,NCT01221428"),
        (f"?ids={'N' * 101}", "ids: String should have at most 100 characters"),
        (f"?id={FIRST}", "unknown parameter 'id'; did you mean ids? known: fields, ids, format"),
        (
            f"?ids={FIRST},colitis",
            "'colitis' is not a trial id; one looks like NCT06853522 or ISRCTN12345678",
        ),
    ],
)
def test_ids_are_neither_none_nor_many_nor_something_else(client, query, detail):
    problem = problem_of(client.get(f"/trials{query}"))
    assert (problem.status, problem.detail) == (422, detail)


def test_two_trials_stand_side_by_side(client):
    """Read off the two records by hand."""
    answer = client.get(f"/compare/{FIRST}/{SECOND}").json()
    assert (answer["first"]["nct_id"], answer["second"]["nct_id"]) == (FIRST, SECOND)
    condition, intervention = answer["facets"]
    assert [(reason["query_term"], reason["hit_term"]) for reason in condition["shared"]] == [
        ("Ulcerative Colitis (UC)", "Ulcerative Colitis")
    ]
    assert (condition["only_first"], condition["only_second"]) == ([], ["Mesenchymal Stem Cells", "Umbilical Cord"])
    assert [reason["kind"] for reason in intervention["shared"]] == ["related_intervention"]
    assert (intervention["only_first"], intervention["only_second"]) == (["saline +5% albumin"], [])
    fields = {field["field"]: (field["first"], field["second"], field["same"]) for field in answer["fields"]}
    assert fields["phases"] == (["EARLY_PHASE1"], ["PHASE1", "PHASE2"], False)
    assert fields["enrolment"] == (40, 50, False)
    assert fields["countries"] == (["China"], ["China"], True)
    assert fields["completion_date"] == ("2028-04-04", None, None)


def test_a_comparison_says_what_the_list_of_the_first_says(client):
    hits = {hit["nct_id"]: hit for hit in client.get(f"/similar/{FIRST}?k=20").json()["hits"]}
    assert SECOND in hits
    answer = client.get(f"/compare/{FIRST}/{SECOND}").json()
    reasons = [reason for facet in answer["facets"] for reason in facet["shared"]] + answer["other_reasons"]
    assert answer["score"] == hits[SECOND]["score"]
    assert reasons == hits[SECOND]["reasons"]


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        (f"{FIRST}/{FIRST}", 422, f"{FIRST} and {FIRST} are one trial; name two to compare"),
        (f"{FIRST}/NCT99999999", 404, "no trial NCT99999999 in this index; check the id, or search by text instead"),
        (f"NCT99999999/{FIRST}", 404, "no trial NCT99999999 in this index; check the id, or search by text instead"),
    ],
)
def test_only_two_trials_of_the_index_are_compared(client, path, status, detail):
    problem = problem_of(client.get(f"/compare/{path}"))
    assert (problem.status, problem.detail) == (status, detail)
