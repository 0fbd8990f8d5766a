"""How often one client may ask."""

import re

import httpx2
import pytest
from limits.errors import StorageError
from starlette.testclient import TestClient

from api import rate_limits
from api.app import create_app
from api.rate_limits import client_of
from api.settings import Settings
from search.errors import BadInput
from tests.api.serving import serving


@pytest.fixture
def limited(seeds_engine):
    """The API, where a client may ask twice in an hour."""
    return create_app(seeds_engine, Settings(rate_limit="10/second; 2/hour"))


def test_a_client_that_asks_more_is_told_when_to_come_back_and_others_are_not(limited):
    client = TestClient(limited, client=("192.0.2.7", 1))
    answers = [client.get("/version", headers={"Origin": "https://page.example"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"10-in-1s";q=10;w=1, "2-in-3600s";q=2;w=3600'
    assert [answer.headers["ratelimit"].split(";t=")[0] for answer in answers[:2]] == [
        '"2-in-3600s";r=1',
        '"2-in-3600s";r=0',
    ]
    refused = answers[2]
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["detail"] == "more than 2 requests in 3600 s; ask again later"
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert refused.headers["access-control-allow-origin"] == "*"
    assert {"Retry-After", "RateLimit"} <= set(refused.headers["access-control-expose-headers"].split(", "))
    assert TestClient(limited, client=("192.0.2.8", 1)).get("/version").status_code == 200


def test_a_person_who_asks_more_is_told_so_by_a_page_whose_files_are_not_counted(limited):
    client = TestClient(limited, client=("192.0.2.9", 1), headers={"Accept": "text/html,*/*;q=0.8"})
    for _ in range(2):
        page = client.get("/")
        styles = re.findall(r'/assets/[^"]+', page.text)
        assert styles
        assert {client.get(path).status_code for path in styles} == {200}
    refused = client.get("/")
    assert (refused.status_code, refused.headers["content-type"]) == (429, "text/html; charset=utf-8")
    assert "Too many questions at once" in refused.text
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert client.get("/v1/version").headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/health/live", "/v1/health/ready", "/metrics"])
def test_what_watches_the_server_is_not_counted(limited, path):
    client = TestClient(limited)
    assert [client.get(path).status_code for _ in range(4)] == [200] * 4


def test_nothing_is_counted_unless_it_is_set(client):
    assert "ratelimit" not in client.get("/version").headers


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_client_is_an_address_or_the_network_of_one(address, client):
    assert client_of({"client": (address, 1)}) == client


def test_a_server_that_cannot_count_answers(limited, monkeypatch):
    async def fail(*_):
        raise StorageError(ConnectionError("no redis"))

    monkeypatch.setattr(rate_limits.RateLimiter, "hit", fail)
    assert TestClient(limited).get("/version").status_code == 200


def test_a_storage_whose_client_is_not_installed_is_refused_at_the_start(seeds_engine):
    with pytest.raises(BadInput, match=r"redis://localhost cannot be used .* pip install 'limits\[async-redis\]'"):
        create_app(seeds_engine, Settings(rate_limit="2/hour", rate_limit_storage="redis://localhost"))


def test_a_proxy_is_believed_only_where_it_is_trusted(seeds_root):
    def asked(trusted):
        with serving(seeds_root, TRIALKIN_RATE_LIMIT="1/hour", TRIALKIN_TRUSTED_PROXIES=trusted) as (_, address, _):
            headers = [{"X-Forwarded-For": f"198.51.100.9, 192.0.2.{last}"} for last in (1, 1, 2)]
            return [httpx2.get(f"{address}/version", headers=header).status_code for header in headers]

    assert asked("127.0.0.0/8") == [200, 429, 200]
    assert asked("") == [200, 429, 429]


def test_a_person_who_asks_more_gets_a_page_that_says_so(limited):
    client = TestClient(limited, headers={"Accept": "text/html"})
    refused = [client.get("/") for _ in range(3)][-1]
    assert (refused.status_code, refused.headers["content-type"]) == (429, "text/html; charset=utf-8")
    assert "More than 2 requests in 3600 s; ask again later." in refused.text
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert refused.headers["cache-control"] == "no-store"
