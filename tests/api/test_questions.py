"""What is asked in a body: several trials, trials to be unlike, a text; and many trials one by one."""

import json

import pytest

from api.bodies import BatchBody, ListBody, QuestionBody
from api.parameters import ListParameters
from search.filters import parse_filters
from search.listing import Listing
from search.passage import Facet
from search.question import Question
from tests.api.test_problems import problem_of

FIRST, SECOND, THIRD = "NCT06853522", "NCT01221428", "NCT04548583"


def ask(client, path="/similar", **body):
    response = client.post(path, json=body)
    assert response.status_code == 200, response.text
    return response.json()


def ranked(engine, question, listing):
    return [(hit.rank, hit.trial.trial_id, hit.score) for hit in engine.ask(question, listing).hits]


def of(answer):
    return [(hit["rank"], hit["id"], hit["score"]) for hit in answer["hits"]]


def test_several_trials_others_to_be_unlike_and_a_text_are_answered_as_the_engine_ranks(client, seeds_engine):
    answer = ask(
        client,
        positives=[FIRST, {"id": "nct01221428", "weight": 2.5}],
        negatives=[THIRD],
        text="stem cells",
        k=7,
        country=["China"],
        weights={"condition": 2, "intervention": 0.5},
    )
    question = Question(positives={FIRST: 1.0, SECOND: 2.5}, negatives=(THIRD,), text="stem cells")
    weights = {Facet.CONDITION: 2.0, Facet.INTERVENTION: 0.5}
    listing = Listing(k=7, filters=parse_filters(country=["China"]), weights=weights)
    assert of(answer) == ranked(seeds_engine, question, listing)
    assert not {FIRST, SECOND, THIRD} & {hit["id"] for hit in answer["hits"]}
    asked = answer["query"]
    assert [(item["id"], item["weight"]) for item in asked["positives"]] == [(FIRST, 1.0), (SECOND, 2.5)]
    assert ([item["id"] for item in asked["negatives"]], asked["text"], asked["k"]) == ([THIRD], "stem cells", 7)
    assert asked["weights"] == {"condition": 2.0, "intervention": 0.5}
    assert asked["filters"] == {"country": ["China"]}


def test_one_trial_in_a_body_is_answered_as_in_an_address(client):
    options = {"k": 5, "status": ["COMPLETED", "UNKNOWN"], "start_from": "2010", "diversity": 0.3, "exclude": [SECOND]}
    assert ask(client, positives=[FIRST], **options) == client.get(f"/similar/{FIRST}", params=options).json()


def test_a_text_in_a_body_is_answered_as_in_an_address(client):
    assert ask(client, text="stem cells for colitis") == client.get("/search?q=stem+cells+for+colitis").json()


def test_a_body_takes_what_an_address_does_by_the_same_names():
    own = {QuestionBody: {"positives", "negatives", "text"}, BatchBody: {"ids"}, ListBody: set()}
    for body, names in own.items():
        assert set(body.model_fields) == set(ListParameters.model_fields) | names


def test_a_body_is_answered_in_every_form_with_the_fields_that_are_named_and_kept_by_nobody(client):
    body = {"positives": [FIRST, SECOND], "k": 3}
    hits = ask(client, **body)["hits"]
    lines = client.post("/similar?fields=id,title&format=ndjson", json=body)
    assert [json.loads(line) for line in lines.text.splitlines()] == [
        {"id": hit["id"], "title": hit["title"]} for hit in hits
    ]
    table = client.post("/similar", json=body, headers={"Accept": "text/csv"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    for response in (lines, table):
        assert response.headers["cache-control"] == "no-store"
        assert "etag" not in response.headers


def test_each_trial_of_a_batch_is_answered_as_alone_and_those_that_are_none_one_by_one(client):
    ids = [FIRST, "NCT99999999", "nct01221428", "colitis"]
    answers = ask(client, "/similar/batch", ids=ids, k=3, country=["China"])["answers"]
    assert [item["id"] for item in answers] == ids
    alone = [client.get(f"/similar/{name}?k=3&country=China").json() for name in ids]
    assert [item["answer"] or item["problem"] for item in answers] == alone
    assert [item["problem"] and item["problem"]["status"] for item in answers] == [None, 404, None, 422]


def test_a_batch_as_ndjson_is_one_trial_a_line(client):
    body = {"ids": [FIRST, "NCT99999999"], "k": 2}
    response = client.post("/similar/batch?fields=id", json=body, headers={"Accept": "application/x-ndjson"})
    first, second = (json.loads(line) for line in response.text.splitlines())
    assert all(list(hit) == ["id"] for hit in first["answer"]["hits"])
    assert {**first["answer"], "hits": None} == {**client.get(f"/similar/{FIRST}?k=2").json(), "hits": None}
    assert (second["answer"], second["problem"]["status"]) == (None, 404)
    assert client.post("/similar/batch?fields=id", json=body).json() == {"answers": [first, second]}


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ({}, 422, "nothing is asked; name a trial to be like, or write a text"),
        ({"negatives": [THIRD]}, 422, "nothing is asked; name a trial to be like, or write a text"),
        (
            {"positives": ["NCT99999999"]},
            404,
            "no trial NCT99999999 in this index; check the id, or search by text instead",
        ),
        ({"positives": [{"id": FIRST, "wt": 1}]}, 422, "positives.0: unknown parameter 'wt'; known: id, weight"),
        (
            {"positives": [{"id": FIRST, "wieght": 2}]},
            422,
            "positives.0: unknown parameter 'wieght'; did you mean weight? known: id, weight",
        ),
        ({"positives": FIRST}, 422, "positives: Input should be a list"),
        ({"positives": [7]}, 422, "positives.0: Input should be an object"),
        ({"positives": [{"id": FIRST, "weight": 0}]}, 422, "positives.0.weight: Input should be greater than 0"),
        (
            {"positives": [{"id": FIRST, "weight": 1e9}]},
            422,
            "positives.0.weight: Input should be less than or equal to 100",
        ),
        ({"positives": [FIRST] * 21}, 422, "positives: 21 items are given; at most 20 can be"),
        (
            {"positives": [FIRST], "negatives": [FIRST]},
            422,
            f"{FIRST} is to be like and to be unlike at once; name it once",
        ),
        (
            {"positives": [FIRST], "weights": {"title": 1}},
            422,
            "weights.title.[key]: Input should be 'condition' or 'intervention'",
        ),
        ({"positives": [FIRST], "k": "5"}, 422, "k: Input should be a number"),
        ({"positives": [FIRST], "diversity": True}, 422, "diversity: Input should be a number"),
        ({"positives": [FIRST], "status": "completed"}, 422, "status: Input should be a list of texts"),
        ({"positives": [FIRST], "start_to": 0}, 422, "start_to: Input should be a text such as 2015-05"),
        ({"positives": [FIRST], "has_results": "no"}, 422, "has_results: Input should be true or false"),
        ({"positives": [FIRST], "weights": "condition:2"}, 422, "weights: Input should be an object"),
        ({"positives": [FIRST], "k": 0}, 422, "k: Input should be greater than or equal to 1"),
        ({"text": " \t"}, 422, "nothing to look for in ''; name a condition, an intervention or both"),
        ({"text": "a" * 10_001}, 422, "text: String should have at most 10000 characters"),
        ([1], 422, "the body is no object; send a JSON object, with Content-Type: application/json"),
    ],
    ids=str,
)
def test_a_question_that_cannot_be_asked_says_what_is_wrong_with_it(client, body, status, detail):
    problem = problem_of(client.post("/similar", json=body))
    assert (problem.status, problem.detail) == (status, detail)


@pytest.mark.parametrize(
    ("ids", "detail"),
    [
        ([], "ids: 0 items are given; at least 1 must be"),
        ([FIRST] * 26, "ids: 26 items are given; at most 25 can be"),
        ([FIRST, "N" * 101], "ids.1: String should have at most 100 characters"),
    ],
    ids=["none", "many", "long"],
)
def test_a_batch_is_neither_empty_nor_endless(client, ids, detail):
    problem = problem_of(client.post("/similar/batch", json={"ids": ids}))
    assert (problem.status, problem.detail) == (422, detail)


def test_an_unknown_field_of_a_body_is_refused_and_the_nearest_known_one_named(client):
    problem = problem_of(client.post("/similar", json={"positives": [FIRST], "negative": [THIRD]}))
    assert problem.detail.startswith("unknown parameter 'negative'; did you mean negatives? known: ")


@pytest.mark.parametrize(
    ("content", "status", "detail"),
    [
        (b"{", 422, "the body is no JSON: Expecting property name enclosed in double quotes at character 1"),
        (b"", 422, "the body is empty; send a JSON object, with Content-Type: application/json"),
        (b'{"text": NaN}', 422, "text: Input should be a valid string"),
        (b'{"text": "x", "min_score": NaN}', 422, "min_score: Input should be a finite number"),
        (b'{"text": "x", "diversity": NaN}', 422, "diversity: Input should be less than or equal to 1"),
        (
            b'{"positives": [{"id": "NCT06853522", "weight": NaN}]}',
            422,
            "positives.0.weight: Input should be less than or equal to 100",
        ),
        (b"\xff", 400, "POST /similar: There was an error parsing the body; the routes are listed at /docs"),
        (b"[" * 100_000, 400, "POST /similar: There was an error parsing the body; the routes are listed at /docs"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_body_that_is_no_json_is_a_problem(client, content, status, detail):
    problem = problem_of(client.post("/similar", content=content, headers={"Content-Type": "application/json"}))
    assert (problem.status, problem.detail) == (status, detail)


def test_a_body_of_another_type_is_refused_with_the_type_it_should_have(client):
    problem = problem_of(client.post("/similar", data={"positives": FIRST}))
    assert problem.status == 422
    assert problem.detail == "the body is no object; send a JSON object, with Content-Type: application/json"
