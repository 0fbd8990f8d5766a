"""What a browser may do with an answer, whatever the answer is."""

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings

DATA = "default-src 'none'; frame-ancestors 'none'"


class BrokenEngine:
    """Fails at every question."""

    manifest = None


@pytest.mark.parametrize("path", ["/similar/NCT06853522", "/health/live", "/none", "/search", "/openapi.json"])
def test_an_answer_is_data_and_nothing_else(client, path):
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"] == DATA


def test_the_documentation_may_run_its_own_scripts_and_no_others(client):
    policy = dict(part.split(" ", 1) for part in client.get("/docs").headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self' 'unsafe-inline'"
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"


def test_a_fault_of_the_server_has_the_headers_too():
    client = TestClient(create_app(BrokenEngine(), Settings()), raise_server_exceptions=False)
    response = client.get("/version", headers={"Origin": "https://page.example", "X-Request-ID": "abc"})
    assert (response.status_code, response.headers["content-type"]) == (500, "application/problem+json")
    assert response.headers["content-security-policy"] == DATA
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-request-id"] == "abc"
