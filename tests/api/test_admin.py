"""What the operator alone may ask."""

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from tests.records import study

KEY = "a-secret-of-the-operator"
AUTHORIZED = {"Authorization": f"Bearer {KEY}"}


def test_there_is_no_admin_where_there_is_no_key(client):
    response = client.post("/admin/reload", headers=AUTHORIZED)
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
    assert response.json()["detail"] == "POST /admin/reload: Not Found; the routes are listed at /docs"


@pytest.mark.parametrize("shown", [None, "Bearer", "Bearer wrong", f"Basic {KEY}", KEY, f"Bearer {KEY}x", "Bearer é"])
def test_another_key_is_refused(seeds_engine, shown):
    client = TestClient(create_app(seeds_engine, Settings(admin_key=KEY, metrics="key")))
    headers = {"Authorization": shown.encode()} if shown else {}
    for response in (client.post("/admin/reload", headers=headers), client.get("/metrics", headers=headers)):
        assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
        assert response.headers["content-type"] == "application/problem+json"
        assert KEY not in response.text


def test_a_refused_build_is_tried_again_at_once(root, build):
    client = TestClient(create_app(None, Settings(index=root, admin_key=KEY)))
    first = build([study("NCT00000001", "Aspirin for migraine")]).build_id
    assert client.get("/health/ready").json()["build_id"] == first
    second = build([study("NCT00000001", "Aspirin for headache")]).build_id
    file = root / "builds" / second / "titles.npy"
    sound = file.read_bytes()
    file.unlink()
    assert client.get("/health/ready").json()["stale"]["build_id"] == second
    file.write_bytes(sound)
    assert client.get("/health/ready").json()["build_id"] == first  # it waits half a minute
    response = client.post("/admin/reload", headers=AUTHORIZED)
    assert (response.status_code, response.json()) == (200, {"status": "ready", "build_id": second, "stale": None})
    assert response.headers["cache-control"] == "no-store"
    assert client.get("/health/ready").json()["build_id"] == second


@pytest.mark.parametrize(("who", "status"), [("public", 200), ("key", 404), ("off", 404)])
def test_who_may_read_the_metrics_is_the_operators_wish(seeds_engine, who, status):
    client = TestClient(create_app(seeds_engine, Settings(metrics=who)))
    assert client.get("/metrics").status_code == status


def test_the_key_opens_the_metrics(seeds_engine):
    client = TestClient(create_app(seeds_engine, Settings(metrics="key", admin_key=KEY)))
    assert client.get("/metrics", headers=AUTHORIZED).status_code == 200
