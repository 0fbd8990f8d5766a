"""Which pages of other sites may read the answers."""

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings

PAGE = "https://page.example"


def preflight(client, method="GET", origin=PAGE, headers="if-none-match"):
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return client.options("/similar/NCT06853522", headers=asked)


@pytest.fixture
def choosy(seeds_engine):
    """The API for the pages of one other site."""
    return TestClient(create_app(seeds_engine, Settings(cors_origins=(PAGE,))))


@pytest.mark.parametrize("path", ["/similar/NCT06853522", "/trials/foo", "/none"])
def test_any_page_may_read_answers_and_problems_but_not_as_somebody(client, path):
    response = client.get(path, headers={"Origin": PAGE})
    assert response.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in response.headers
    assert (
        response.headers["access-control-expose-headers"]
        == "ETag, RateLimit, RateLimit-Policy, Retry-After, X-Request-ID"
    )


def test_a_browser_that_asks_first_is_told_what_it_may_do(client):
    response = preflight(client)
    assert response.status_code == 200
    assert response.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS, POST"
    assert response.headers["access-control-max-age"] == "86400"


@pytest.mark.parametrize(
    ("wish", "refused"), [({"method": "DELETE"}, "method"), ({"headers": "x-secret"}, "headers")], ids=str
)
def test_what_a_page_may_not_do_is_refused_with_a_problem(client, wish, refused):
    response = preflight(client, **wish)
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    problem = response.json()
    assert problem["detail"] == f"Disallowed CORS {refused}; pages may use GET, HEAD, OPTIONS, POST, from: *"
    assert problem["instance"] == "/similar/NCT06853522"


def test_only_listed_origins_may_read_where_there_is_a_list(choosy):
    allowed, other = (choosy.get("/version", headers={"Origin": origin}) for origin in (PAGE, "https://other.example"))
    assert allowed.headers["access-control-allow-origin"] == PAGE
    assert "access-control-allow-origin" not in other.headers
    assert "Origin" in allowed.headers["vary"]
    assert preflight(choosy).status_code == 200
    assert "Disallowed CORS origin" in preflight(choosy, origin="https://other.example").json()["detail"]
