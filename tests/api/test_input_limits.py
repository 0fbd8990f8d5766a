"""How much may be asked at once, and what is said of more."""

import asyncio

import httpx2
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings


@pytest.fixture
def strict(seeds_engine):
    """The API with short limits, and a route that takes a body."""
    app = create_app(
        seeds_engine,
        Settings(max_url=256, max_headers=1024, max_parameters=3, max_body=1024, body_seconds=0.05),
    )

    @app.post("/length", include_in_schema=False)
    def length(body: dict[str, str]) -> int:
        return sum(map(len, body.values()))

    return app


def refused(response, status):
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["access-control-allow-origin"] == "*"
    return response.json()["detail"]


ORIGIN = {"Origin": "https://page.example"}


@pytest.mark.parametrize(
    ("path", "headers", "status", "detail"),
    [
        (f"/search?q={'a' * 256}", {}, 414, "path and query are longer than 256 bytes; ask for less"),
        (f"/similar/{'é' * 60}", {}, 414, "path and query are longer than 256 bytes; ask for less"),
        (
            "/version",
            {"X-Long": "a" * 1024},
            431,
            "the header fields are longer than 1,024 bytes; send fewer or shorter ones",
        ),
        ("/search?q=a&q=b&q=c&q=d", {}, 422, "more than 3 query parameters; ask for less at once"),
    ],
)
def test_what_is_too_long_is_refused_unread(strict, path, headers, status, detail):
    assert refused(TestClient(strict).get(path, headers=headers | ORIGIN), status) == detail


def test_a_body_too_large_is_refused_whether_or_not_its_length_is_stated(strict):
    client = TestClient(strict)
    assert client.post("/length", json={"a": "b" * 900}).json() == 900
    stated = client.post("/length", json={"a": "b" * 1100}, headers=ORIGIN)
    chunked = client.post("/length", content=iter([b"{" + b" " * 600, b" " * 600 + b"}"]), headers=ORIGIN)
    for response in (stated, chunked):
        assert refused(response, 413) == "the body is larger than 1,024 bytes; send less at once"


def test_a_body_that_does_not_arrive_is_not_waited_for(strict):
    async def slowly():
        yield b"{"
        await asyncio.sleep(20)

    async def ask():
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(strict), base_url="http://test") as client:
            return await client.post("/length", content=slowly(), headers=ORIGIN)

    assert refused(asyncio.run(ask()), 408) == "the body did not arrive within 0.05 s; send it again"
