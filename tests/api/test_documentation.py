"""/docs works where no other host can be reached."""

import re
from urllib.parse import urlsplit


def test_the_documentation_loads_nothing_from_another_host(client):
    page = client.get("/docs")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 3
    for address in loaded:
        assert urlsplit(address).netloc == ""
        assert client.get(address).status_code == 200


def test_the_documentation_is_a_swagger_ui_that_reads_openapi_3_1(client):
    script = client.get("/static-offline-docs/swagger-ui-bundle.js").text
    (version,) = re.findall(r'PACKAGE_VERSION:"(\d+)\.', script)
    assert int(version) >= 5
    assert client.get("/openapi.json").json()["openapi"].startswith("3.1")
    assert "url: '/openapi.json'" in client.get("/docs").text


def test_the_front_door_is_the_search_page_which_leads_to_the_documentation(client):
    response = client.get("/")
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert 'href="/docs"' in response.text


def test_a_missing_file_of_the_documentation_is_a_problem_too(client):
    response = client.get("/static-offline-docs/none.js")
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
