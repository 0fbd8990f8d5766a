"""Every error of every route, in one shape, with words that help."""

from types import SimpleNamespace

import pytest
from fastapi import HTTPException
from starlette.testclient import TestClient

from api.app import create_app
from api.problems import STATUS_OF, Problem
from api.settings import Settings
from search.errors import BadInput, TrialkinError
from tests.records import study

KNOWN_FILTERS = [
    *["status", "phase", "study_type", "intervention_type", "country", "condition", "sponsor", "sponsor_class"],
    *["start_from", "start_to", "updated_from", "updated_to", "has_results"],
]
KNOWN_OF_LISTS = [
    *["k", "offset", "preset", "weights", "exclude", "as_of", "min_score", "min_band"],
    *["diversity", "collapse", "prefer"],
]


def problem_of(response):
    """The problem in `response`, of the one shape: all five members, the media type, the status and the path."""
    assert response.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate(response.json(), extra="forbid")
    assert list(response.json()) == ["type", "title", "status", "detail", "instance"]
    assert problem.type == "about:blank"
    assert problem.status == response.status_code
    assert problem.instance == response.request.url.path
    return problem


@pytest.mark.parametrize("route", ["similar", "trials"])
@pytest.mark.parametrize("malformed", ["NCT123", "06853522", "NCT068535221", "ulcerative colitis", "NCT0685352٢", "é"])
def test_a_malformed_id_is_refused_with_the_pattern(client, route, malformed):
    problem = problem_of(client.get(f"/{route}/{malformed}"))
    assert problem.status == 422
    assert problem.detail == f"{malformed!r} is not a trial id; one looks like NCT06853522 or ISRCTN12345678"


@pytest.mark.parametrize("route", ["similar", "trials"])
def test_an_unknown_trial_is_not_found_and_says_what_to_try(client, route):
    problem = problem_of(client.get(f"/{route}/nct99999999"))
    assert (problem.status, problem.title) == (404, "Not Found")
    assert problem.detail == "no trial NCT99999999 in this index; check the id, or search by text instead"


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("k=0", "k: Input should be greater than or equal to 1"),
        ("k=101", "k: Input should be less than or equal to 100"),
        ("k=ten", "k: Input should be a valid integer, unable to parse string as an integer"),
        ("start_from=soon", "start_from: 'soon' is no date; write 2015, 2015-05 or 2015-05-17"),
        ("updated_to=2015-02-30", "updated_to: '2015-02-30' is no date; write 2015, 2015-05 or 2015-05-17"),
        ("sponsor=", "sponsor: String should have at least 1 character"),
        ("has_results=perhaps", "has_results: Input should be a valid boolean, unable to interpret input"),
        ("preset=same", "preset: Input should be 'balanced', 'same-condition' or 'same-intervention'"),
        ("weights=condition", "'condition' gives no weights; write condition:2,intervention:1, or one of them"),
        ("phase=5", "phase: '5' is no Phase; known: NA, EARLY_PHASE1, PHASE1, PHASE2, PHASE3, PHASE4"),
        (
            "study_type=trial",
            "study_type: 'trial' is no StudyType; known: INTERVENTIONAL, OBSERVATIONAL, EXPANDED_ACCESS",
        ),
        (
            "k=0&phase=5",
            "phase: '5' is no Phase; known: NA, EARLY_PHASE1, PHASE1, PHASE2, PHASE3, PHASE4; "
            "k: Input should be greater than or equal to 1",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_its_parameter_and_the_known_ones(client, query, detail):
    for route in ("/similar/NCT06853522?", "/search?q=colitis&"):
        problem = problem_of(client.get(route + query))
        assert (problem.status, problem.detail) == (422, detail)


@pytest.mark.parametrize("name", ["statsu", "Status", "stauts"])
def test_an_unknown_parameter_is_refused_and_the_nearest_known_one_named(client, name):
    known = ", ".join([*KNOWN_FILTERS, *KNOWN_OF_LISTS, "fields", "format"])
    problem = problem_of(client.get(f"/similar/NCT06853522?{name}=recruiting"))
    assert problem.status == 422
    assert problem.detail == f"unknown parameter {name!r}; did you mean status? known: {known}"


def test_an_unknown_parameter_like_no_other_is_answered_with_the_known_ones(client):
    problem = problem_of(client.get("/search?q=colitis&zzz=1"))
    known = ", ".join([*KNOWN_FILTERS, *KNOWN_OF_LISTS, "fields", "format", "q"])
    assert problem.detail == f"unknown parameter 'zzz'; known: {known}"


@pytest.mark.parametrize("path", ["/compare/NCT06853522/NCT01221428", "/version"])
def test_a_route_without_parameters_says_so(client, path):
    problem = problem_of(client.get(f"{path}?fields=title"))
    assert (problem.status, problem.detail) == (422, "unknown parameter 'fields'; known: none")


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("", "q: Field required"),
        ("?q=", "q: String should have at least 1 character"),
        ("?q=%20%09", "nothing to look for in ''; name a condition, an intervention or both"),
        (f"?q={'a' * 10_001}", "q: String should have at most 10000 characters"),
    ],
)
def test_a_text_is_neither_empty_nor_endless(client, query, detail):
    problem = problem_of(client.get(f"/search{query}"))
    assert (problem.status, problem.detail) == (422, detail)


def test_an_endless_id_is_refused_without_repeating_it(client):
    problem = problem_of(client.get(f"/similar/{'N' * 5000}"))
    assert (problem.status, problem.detail) == (422, "trial_id: String should have at most 100 characters")


def test_an_unknown_route_points_to_the_documentation(client):
    problem = problem_of(client.get("/alike"))
    assert (problem.status, problem.detail) == (404, "GET /alike: Not Found; the routes are listed at /docs")


@pytest.mark.parametrize("path", ["/similar/NCT06853522", "/search", "/trials/NCT06853522", "/version", "/health/live"])
def test_a_wrong_method_says_which_is_allowed(client, path):
    response = client.post(path)
    problem = problem_of(response)
    assert (problem.status, response.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert problem.detail == f"POST {path}: Method Not Allowed; the routes are listed at /docs"


@pytest.mark.parametrize("path", ["/similar/NCT06853522", "/search?q=x", "/trials/NCT1", "/version", "/health/ready"])
def test_without_an_index_every_question_says_which_command_builds_one(tmp_path, path):
    client = TestClient(create_app(None, Settings(index=tmp_path / "none")))
    problem = problem_of(client.get(path))
    assert problem.status == 503
    command = f"trialkin rebuild-index --index {tmp_path / 'none'}"
    assert problem.detail == f"no index under {tmp_path / 'none'}; build one with: {command}"
    assert client.get("/health/live").json() == {"status": "live"}


def test_an_index_built_later_is_found_without_a_restart(root, build):
    client = TestClient(create_app(None, Settings(index=root)))
    assert client.get("/health/ready").status_code == 503
    build([study("NCT00000001", "Aspirin for migraine"), study("NCT00000002", "Ibuprofen for migraine")])
    hits = client.get("/similar/NCT00000001").json()["hits"]
    assert [hit["nct_id"] for hit in hits] == ["NCT00000002"]
    assert client.get("/health/ready").status_code == 200


def kinds_of(kind):
    """`kind` and all that derive from it."""
    return [kind, *(deeper for derived in kind.__subclasses__() for deeper in kinds_of(derived))]


class FailingEngine:
    """Answers every question with one error."""

    manifest = SimpleNamespace(build_id="20261122T165717-233603")

    def __init__(self, error):
        self.error = error

    def trial(self, identifier):  # noqa: ARG002 - whatever is asked
        raise self.error


def asked_of(error):
    return TestClient(create_app(FailingEngine(error), Settings()), raise_server_exceptions=False).get("/trials/x")


@pytest.mark.parametrize("kind", kinds_of(TrialkinError)[1:], ids=lambda kind: kind.__name__)
def test_every_deliberate_error_has_a_status(kind):
    mapped = [STATUS_OF[base] for base in kind.__mro__ if base in STATUS_OF]
    assert mapped, f"{kind.__name__} is not in api.problems.STATUS_OF"
    problem = problem_of(asked_of(kind("the words of the error")))
    assert problem.status == mapped[0]
    assert (problem.detail == "the words of the error") == (problem.status != 500)


def test_what_the_caller_wrote_is_the_callers_fault():
    assert {asked_of(kind("x")).status_code for kind in kinds_of(BadInput)} == {422}


@pytest.mark.parametrize(
    "error",
    [
        *[OSError(5, "Input/output error", "/srv/secret"), MemoryError(), RuntimeError("/srv/secret")],
        *[KeyError("secret"), ValueError("secret"), UnicodeDecodeError("utf-8", b"secret", 0, 1, "secret")],
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_fault_of_the_server_shows_nothing_of_its_inside(error):
    response = asked_of(error)
    problem = problem_of(response)
    assert (problem.status, problem.title) == (500, "Internal Server Error")
    assert problem.detail == "this is a fault of the server, which has logged it; the same request may work again later"
    assert "secret" not in response.text


def test_an_error_of_the_web_framework_has_the_same_shape():
    app = create_app(None, Settings())

    def teapot():
        raise HTTPException(418, "short and stout")

    app.add_api_route("/teapot", teapot, include_in_schema=False)
    problem = problem_of(TestClient(app).get("/teapot"))
    assert (problem.status, problem.detail) == (418, "GET /teapot: short and stout; the routes are listed at /docs")
