"""HEAD and OPTIONS, which every route answers."""

import pytest

ROUTES = ["/similar/NCT06853522?k=3", "/search?q=colitis", "/trials/NCT06853522", "/version", "/health/live", "/docs"]


@pytest.mark.parametrize("path", [*ROUTES, "/openapi.json", "/static-offline-docs/favicon.png", "/none", "/trials/foo"])
def test_head_answers_what_get_does_less_the_body(client, path):
    got, headed = (client.request(method, path, headers={"X-Request-ID": "one"}) for method in ("GET", "HEAD"))
    assert got.content
    assert headed.content == b""
    assert (headed.status_code, headed.headers) == (got.status_code, got.headers)
    assert int(headed.headers.get("content-length", len(got.content))) <= len(got.content)


@pytest.mark.parametrize("path", ROUTES)
def test_options_lists_what_may_be_asked(client, path):
    response = client.options(path)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"


def test_options_of_what_is_not_there_is_a_problem(client):
    response = client.options("/none")
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
