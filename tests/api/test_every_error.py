"""Whatever goes wrong, on whichever route: one shape, never kept, and no word of the server's inside."""

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from tests.api.test_problems import problem_of

VALUES = {"trial_id": "NCT06853522", "other_id": "NCT01221428"}
QUERIES = {"/search": {"q": "colitis"}, "/trials": {"ids": "NCT06853522"}, "/suggest": {"q": "coli"}}
BODIES = {"/similar": {"positives": ["NCT06853522"]}, "/similar/batch": {"ids": ["NCT06853522"]}}
OPERATIONS = [
    (method.upper(), path)
    for path, methods in create_app(None, Settings()).openapi()["paths"].items()
    for method in methods
]
PROBES = [("GET", "/health/live"), ("GET", "/health/ready")]
ASKING = [operation for operation in OPERATIONS if operation not in PROBES]
FREE = [*PROBES, ("GET", "/version")]
"""What is answered however often it is asked, and however busy the server is."""


def ask(client, operation, *, query=None, headers=None, values=VALUES, **options):
    """The answer of `operation` to a question that is all right but for what is given."""
    method, path = operation
    options = options or ({"json": BODIES[path]} if method == "POST" else {})
    asked = {**QUERIES.get(path, {}), **(query or {})}
    return client.request(method, path.format(**values), params=asked, headers=headers, **options)


def expect(response, status):
    problem = problem_of(response)
    assert problem.status == status
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers
    assert response.headers["x-request-id"]
    return problem


class Broken:
    """An engine that fails whatever it is asked for."""

    def __getattr__(self, name):
        raise RuntimeError(f"/srv/secret/{name}")


@pytest.mark.parametrize("operation", OPERATIONS, ids=" ".join)
def test_nothing_is_wrong_with_the_question_itself(client, operation):
    assert ask(client, operation).status_code == 200


@pytest.mark.parametrize("operation", ASKING, ids=" ".join)
def test_an_unknown_parameter(client, operation):
    assert expect(ask(client, operation, query={"zzz": "1"}), 422).detail.startswith("unknown parameter 'zzz'; known: ")


@pytest.mark.parametrize("operation", ASKING, ids=" ".join)
def test_a_form_that_is_not_offered(client, operation):
    assert (
        "name one of these in Accept: " in expect(ask(client, operation, headers={"Accept": "image/png"}), 406).detail
    )


@pytest.mark.parametrize("operation", OPERATIONS, ids=" ".join)
def test_a_method_that_is_not_answered(client, operation):
    response = client.request("PATCH", operation[1].format(**VALUES))
    expect(response, 405)
    assert "OPTIONS" in response.headers["allow"]


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if "{trial_id}" in one[1]], ids=" ".join)
@pytest.mark.parametrize(("trial_id", "status"), [("NCT99999999", 404), ("colitis", 422), ("N" * 101, 422)])
def test_a_trial_that_is_not_there(client, operation, trial_id, status):
    expect(ask(client, operation, values={**VALUES, "trial_id": trial_id}), status)


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(("content", "status"), [(b"{", 422), (b"[]", 422), (b"\xff", 400), (b'{"zzz": 1}', 422)])
def test_a_body_that_cannot_be_used(client, path, content, status):
    expect(ask(client, ("POST", path), content=content, headers={"Content-Type": "application/json"}), status)


@pytest.mark.parametrize("operation", OPERATIONS, ids=" ".join)
def test_more_than_the_server_takes(client, operation):
    expect(ask(client, operation, query={"zzz": "a" * 20_000}), 414)
    expect(ask(client, operation, headers={"X-Long": "a" * 20_000}), 431)
    expect(ask(client, operation, content=b" " * 300_000), 413)


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one != PROBES[0]], ids=" ".join)
def test_no_index(operation, tmp_path):
    client = TestClient(create_app(None, Settings(index=tmp_path / "none")))
    assert "trialkin rebuild-index" in expect(ask(client, operation), 503).detail


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one != PROBES[0]], ids=" ".join)
def test_a_fault_of_the_server(operation):
    client = TestClient(create_app(Broken(), Settings()), raise_server_exceptions=False)
    response = ask(client, operation)
    expect(response, 500)
    assert "secret" not in response.text


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one not in FREE], ids=" ".join)
def test_too_many_questions(seeds_engine, operation):
    client = TestClient(create_app(seeds_engine, Settings(rate_limit="1/hour")))
    assert ask(client, operation).status_code == 200
    response = ask(client, operation)
    expect(response, 429)
    assert int(response.headers["retry-after"]) > 0
