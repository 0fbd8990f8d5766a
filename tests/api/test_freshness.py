"""How long an answer may be kept, and how a client learns that the one it has is still right."""

import re

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from tests.records import study

READS = ["/similar/NCT06853522?k=3", "/search?q=colitis", "/trials/NCT06853522", "/version"]
PLAIN = {"Accept-Encoding": "identity"}


def tag_of(client, path, **headers):
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return response.headers["etag"]


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_a_client_that_shows_the_tag_it_was_given_gets_304_and_no_body(client, path, coding):
    asked = {"Accept-Encoding": coding}
    first = client.get(path, headers=asked)
    again = client.get(path, headers={**asked, "If-None-Match": first.headers["etag"]})
    assert re.fullmatch(r'"[0-9a-f]{32}(-gzip)?"', first.headers["etag"])
    assert first.headers["cache-control"] == "public, max-age=60, stale-while-revalidate=3600"
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "cache-control", "x-content-type-options"):
        assert again.headers[name] == first.headers[name]
    assert "content-type" not in again.headers
    assert again.headers["vary"] == "Accept, Accept-Encoding, Origin"


@pytest.mark.parametrize("shown", ['W/{}, "other"', '"other",{}', '"a,b", {}'])
def test_the_tag_is_found_among_others_and_compared_weakly(client, shown):
    tag = tag_of(client, READS[0], **PLAIN)
    assert client.get(READS[0], headers={**PLAIN, "If-None-Match": shown.format(tag)}).status_code == 304


@pytest.mark.parametrize("shown", ['"other"', "nonsense", '"', ""])
def test_another_tag_gets_the_answer(client, shown):
    response = client.get(READS[0], headers={"If-None-Match": shown})
    assert (response.status_code, len(response.json()["hits"])) == (200, 3)


def test_other_parameters_have_another_tag_and_the_same_in_another_order_the_same(client):
    tags = [
        tag_of(client, f"/similar/NCT06853522?{query}", **PLAIN)
        for query in ("k=3&status=COMPLETED", "status=COMPLETED&k=3", "k=4&status=COMPLETED", "k=3", "")
    ]
    assert tags[0] == tags[1]
    assert len(set(tags)) == 4


def test_a_compressed_answer_has_a_tag_of_its_own(client):
    compressed = client.get(READS[0], headers={"Accept-Encoding": "gzip"})
    plain = client.get(READS[0], headers=PLAIN)
    assert compressed.headers["content-encoding"] == "gzip"
    assert int(compressed.headers["content-length"]) < len(plain.content) / 2
    assert "Accept-Encoding" in compressed.headers["vary"]
    assert compressed.json() == plain.json()
    assert compressed.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'
    wrong = client.get(READS[0], headers={**PLAIN, "If-None-Match": compressed.headers["etag"]})
    assert (wrong.status_code, wrong.content) == (200, plain.content)


def test_a_file_of_the_documentation_is_not_sent_twice(client):
    path = "/static-offline-docs/swagger-ui.css"
    tag = tag_of(client, path)
    assert tag.endswith('-gzip"')
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_a_new_build_has_new_tags(root, build):
    records = [study("NCT00000001", "Aspirin for migraine"), study("NCT00000002", "Ibuprofen for migraine")]
    build(records)
    client = TestClient(create_app(None, Settings(index=root)))
    old = tag_of(client, "/similar/NCT00000001")
    build([*records, study("NCT00000003", "Triptans for migraine")])
    response = client.get("/similar/NCT00000001", headers={"If-None-Match": old})
    assert response.status_code == 200
    assert {hit["nct_id"] for hit in response.json()["hits"]} == {"NCT00000002", "NCT00000003"}
    assert response.headers["etag"] != old


def test_how_long_an_answer_may_be_kept_is_the_operators_wish(seeds_engine):
    client = TestClient(create_app(seeds_engine, Settings(max_age=5, stale_while_revalidate=7)))
    assert client.get("/version").headers["cache-control"] == "public, max-age=5, stale-while-revalidate=7"


@pytest.mark.parametrize(
    "path", ["/health/live", "/health/ready", "/none", "/trials/foo", "/trials/NCT99999999", "/search"]
)
def test_health_and_errors_are_never_kept(client, path):
    response = client.get(path)
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers
