"""The element while its API is slow, and where it fails for a moment."""

import threading

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.browser.conftest import serving_app
from tests.browser.fake_api import answer_of, hit
from tests.browser.shown import ASKED, told, widget


@pytest.fixture
def slow():
    """The address of an API that answers once it is let, and what lets it."""
    answer, let = {}, threading.Event()

    def similar(request):
        let.wait(20)
        return JSONResponse(answer[request.path_params["trial_id"]])

    middleware = [Middleware(CORSMiddleware, allow_origins=["*"])]
    with serving_app(Starlette(routes=[Route("/similar/{trial_id}", similar)], middleware=middleware)) as address:
        yield address, answer, let
        let.set()


@pytest.mark.parametrize("width", [1280, 600, 390, 320])
def test_a_slow_api_shows_that_it_waits_and_then_the_list_without_a_jump(host, slow, registry, open_page, width):
    address, answer, let = slow
    answer[ASKED] = httpx.get(f"{host}/similar/{ASKED}?k=5").json()
    body = widget(src=address) + "<p id=below>Below</p>"
    page = open_page(registry(body, [host, address]), viewport={"width": width, "height": 640})
    waiting = page.locator("related-trials [aria-busy=true][lang=en]")
    waiting.wait_for()
    assert waiting.inner_text().strip() == "Looking for related trials…"
    reserved = page.locator("related-trials").bounding_box()["height"]
    let.set()
    told(page, "load")
    assert page.locator("related-trials [aria-busy=false]").count() == 1
    # How many lines the titles take nobody knows before.
    assert page.locator("related-trials").bounding_box()["height"] == pytest.approx(reserved, rel=0.15)


@pytest.mark.parametrize(
    ("language", "said", "named"),
    [
        ("de", "Verwandte Studien werden gesucht…", "Verwandte Studien"),
        ("es", "Buscando ensayos relacionados…", "Ensayos relacionados"),
        ("fr", "Recherche d\u2019essais apparentés…", "Essais apparentés"),
        ("ja", "関連する試験を探しています…", "関連する試験"),
        ("zh", "正在查找相关试验…", "相关试验"),
    ],
)
def test_it_waits_in_the_language_of_the_page(host, slow, registry, open_page, language, said, named):
    page = open_page(registry(widget(src=slow[0]), [host, slow[0]], lang=language))
    waiting = page.locator(f"related-trials [aria-busy=true][lang={language}]")
    waiting.wait_for()
    assert (waiting.inner_text().strip(), waiting.get_attribute("aria-label")) == (said, named)


def test_a_failure_that_passes_is_not_seen(host, registry, open_page):
    answers = [JSONResponse({}, 503), JSONResponse(answer_of([hit(1, "Kin")]))]
    middleware = [Middleware(CORSMiddleware, allow_origins=["*"])]
    routes = [Route("/similar/{trial_id}", lambda _: answers.pop(0))]
    with serving_app(Starlette(routes=routes, middleware=middleware)) as shaky:
        page = open_page(registry(widget(src=shaky), [host, shaky]))
        assert told(page, "load")[0]["hits"] == ["NCT00000001"]
        assert page.evaluate("told.map(([what]) => what)") == ["load"]
