"""Answers given before, and given again."""

import pytest
from starlette.testclient import TestClient

from api.answer_cache import AnswerCache
from api.app import create_app
from api.settings import Settings
from tests.records import study

ASKED = "/similar/NCT06853522?k=3"


@pytest.fixture
def served(seeds_root):
    """The API on the seeds, its build open as it is once it is served."""
    return serving(seeds_root)


def serving(root, **settings):
    app = create_app(None, Settings(index=root, **settings))
    app.state.engine()
    return TestClient(app)


def outcomes(client):
    lines = client.get("/metrics").text.splitlines()
    return {line.split('"')[1]: float(line.split()[-1]) for line in lines if line.startswith("trialkin_cache_total")}


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
def test_an_answer_given_again_is_the_same_to_the_last_header(served, coding):
    headers = {"Accept-Encoding": coding, "X-Request-ID": "one", "Origin": "https://page.example"}
    first, again = (served.get(ASKED, headers=headers) for _ in range(2))
    assert outcomes(served) == {"miss": 1, "hit": 1}
    assert (again.status_code, again.content, again.headers) == (200, first.content, first.headers)
    known = served.get(ASKED, headers={**headers, "If-None-Match": first.headers["etag"]})
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", first.headers["etag"])
    assert not {"content-type", "content-length", "content-encoding"} & set(known.headers)
    assert outcomes(served) == {"miss": 1, "hit": 2}
    headed = served.head(ASKED, headers=headers)
    assert (headed.content, headed.headers) == (b"", first.headers)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (f"{ASKED}&status=COMPLETED", {}),
        (f"/v1{ASKED}", {}),
        (ASKED, {"Accept": "text/csv"}),
        (ASKED, {"Accept-Encoding": "identity"}),
        (ASKED, {"Host": "other.example"}),
    ],
)
def test_another_question_has_an_answer_of_its_own(served, path, headers):
    served.get(ASKED)
    served.get(path, headers=headers)
    assert outcomes(served) == {"miss": 2}


@pytest.mark.parametrize("path", ["/similar/NCT99999999", "/search?k=3", "/health/ready", "/metrics", "/none"])
def test_errors_and_what_is_true_only_now_are_not_kept(served, path):
    for _ in range(2):
        served.get(path)
    assert outcomes(served) == {}


def test_a_new_build_answers_anew(root, build):
    records = [study("NCT00000001", "Aspirin for migraine"), study("NCT00000002", "Ibuprofen for migraine")]
    build(records)
    client = serving(root)
    for expected in (["NCT00000002"], ["NCT00000002"]):
        assert [hit["id"] for hit in client.get("/similar/NCT00000001").json()["hits"]] == expected
    build([*records, study("NCT00000003", "Triptans for migraine")])
    assert len(client.get("/similar/NCT00000001").json()["hits"]) == 2


def test_nothing_is_kept_where_there_is_no_memory_for_it(seeds_root):
    client = serving(seeds_root, cache_mib=0)
    for _ in range(2):
        assert client.get(ASKED).status_code == 200
    assert outcomes(client) == {}


def test_the_memory_is_bounded_and_the_least_recently_asked_makes_way(seeds_root):
    client = serving(seeds_root, cache_mib=1)
    plain = {"Accept-Encoding": "identity"}
    size = len(client.get("/similar/NCT06853522?k=10&weights=condition:1,intervention:1000", headers=plain).content)
    assert size < 1024 * 1024 / 16, "too large to be kept at all"
    for weight in range(1, 200):
        client.get(f"/similar/NCT06853522?k=10&weights=condition:1,intervention:{weight}", headers=plain)
    answers = next(cache for cache in middlewares(client.app) if isinstance(cache, AnswerCache))._answers
    assert 0 < answers.currsize <= 1024 * 1024
    before = outcomes(client)
    client.get("/similar/NCT06853522?k=10&weights=condition:1,intervention:199", headers=plain)
    client.get("/similar/NCT06853522?k=10&weights=condition:1,intervention:1000", headers=plain)
    after = outcomes(client)
    assert (after["hit"] - before.get("hit", 0), after["miss"] - before["miss"]) == (1, 1)


def middlewares(app):
    layer = app.middleware_stack
    while layer is not None:
        yield layer
        layer = getattr(layer, "_app", getattr(layer, "app", None))
