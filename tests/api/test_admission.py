"""At overload the server sheds: it answers what it can in time, and says of the rest to come back."""

import asyncio
import importlib
import pkgutil
import threading
from types import SimpleNamespace

import httpx2
import pytest
from fastapi.routing import APIRoute, APIRouter

import api
from api.app import create_app
from api.computed import ComputedRoute
from api.dependencies import engine_of
from api.settings import Settings

PROBES = {"/version", "/health/ready"}
TRIAL = "/trials/NCT06853522"


class HeldEngine:
    """Answers no question until it is let go."""

    manifest = SimpleNamespace(build_id="20261122T165717-233603")

    def __init__(self, engine):
        self.engine = engine
        self.go = threading.Event()
        self.asked = threading.Semaphore(0)
        self.computing = self.most = 0
        self.lock = threading.Lock()

    def trial(self, identifier):
        with self.lock:
            self.computing += 1
            self.most = max(self.most, self.computing)
        self.asked.release()
        self.go.wait(30)
        with self.lock:
            self.computing -= 1
        return self.engine.trial(identifier)


@pytest.fixture
def held(seeds_engine):
    """An engine that holds all questions; let go at the end whatever happens."""
    engine = HeldEngine(seeds_engine)
    yield engine
    engine.go.set()


def asking(engine, scenario, **settings):
    """What `scenario` of a client and the application returns, in one event loop as a server has it."""
    app = create_app(engine, Settings(**settings))

    async def run():
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            return await scenario(client, app.state.admission)

    return asyncio.run(run())


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.001)


def shed(response):
    assert (response.status_code, response.headers["content-type"]) == (503, "application/problem+json")
    assert (response.headers["retry-after"], response.headers["cache-control"]) == ("1", "no-store")
    assert response.headers["x-content-type-options"] == "nosniff"
    return response.json()["detail"]


def test_no_more_are_computed_at_once_than_the_setting_says_and_the_queue_is_bounded(held):
    async def scenario(client, admission):
        first = [asyncio.create_task(client.get(f"{TRIAL}")) for _ in range(5)]
        await until(lambda: (held.computing, admission.running, admission.waiting) == (2, 2, 3))
        refused = await client.get(TRIAL)
        assert shed(refused) == "more is asked than can be answered; ask again later"
        held.go.set()
        assert {response.status_code for response in await asyncio.gather(*first)} == {200}
        assert (admission.running, admission.waiting) == (0, 0)

    asking(held, scenario, concurrency=2, queue=3, queue_seconds=20, deadline_seconds=20)
    assert held.most == 2


def test_a_question_that_waits_too_long_is_given_up(held):
    async def scenario(client, admission):
        first = asyncio.create_task(client.get(TRIAL))
        await until(lambda: admission.running == 1)
        shed(await client.get(TRIAL))
        assert (admission.running, admission.waiting) == (1, 0)
        held.go.set()
        assert (await first).status_code == 200
        assert (await client.get(TRIAL)).status_code == 200

    asking(held, scenario, concurrency=1, queue_seconds=0.05, deadline_seconds=20)


def test_an_answer_that_takes_too_long_is_cut_off_and_keeps_its_place_until_it_ends(held):
    async def scenario(client, admission):
        assert shed(await client.get(TRIAL)) == "no answer within 0.05 s; ask for less, or later"
        assert admission.running == 1
        shed(await client.get(TRIAL))  # the place is still taken: it waits, and is given up too
        assert held.most == 1
        held.go.set()
        await until(lambda: admission.running == 0)
        assert (await client.get(TRIAL)).status_code == 200

    asking(held, scenario, concurrency=1, deadline_seconds=0.05, queue_seconds=0.05)


def test_at_overload_what_needs_no_computing_is_answered(held):
    async def scenario(client, admission):
        first = asyncio.create_task(client.get(TRIAL))
        await until(lambda: admission.running == 1)
        paths = ["/health/live", "/health/ready", "/none", "/widget/related-trials.js", "/openapi.json"]
        statuses = [(await client.get(path)).status_code for path in paths]
        assert statuses == [200, 200, 404, 200, 200]
        shed(await client.get(TRIAL))
        held.go.set()
        await first

    asking(held, scenario, concurrency=1, queue=0, deadline_seconds=20)


def test_at_overload_answers_given_before_are_given_again(seeds_root):
    app = create_app(None, Settings(index=seeds_root, concurrency=1, queue=0))
    app.state.engine()

    async def scenario():
        transport, go = httpx2.ASGITransport(app), asyncio.Event()
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            first = await client.get(TRIAL)
            busy = asyncio.create_task(app.state.admission.run(go.wait))
            await until(lambda: app.state.admission.running == 1)
            again = await client.get(TRIAL)
            assert (again.status_code, again.content) == (200, first.content)
            known = await client.get(TRIAL, headers={"If-None-Match": first.headers["etag"]})
            assert known.status_code == 304
            shed(await client.get("/trials/NCT02442037"))
            counts = (await client.get("/metrics")).text
            assert 'trialkin_shed_total{cause="queue full"} 1.0' in counts
            assert "trialkin_running 1.0" in counts
            go.set()
            await busy

    asyncio.run(scenario())


def test_a_fault_gives_its_place_back(seeds_engine):
    async def scenario(client, admission):
        for _ in range(3):
            assert (await client.get("/trials/NCT99999999")).status_code == 404
        assert admission.running == 0
        assert (await client.get(TRIAL)).status_code == 200

    asking(seeds_engine, scenario, concurrency=1, queue=0)


def test_a_client_that_goes_away_while_it_waits_gives_up_its_turn(held):
    async def scenario(client, admission):
        first = asyncio.create_task(client.get(TRIAL))
        await until(lambda: admission.running == 1)
        gone = asyncio.create_task(client.get(TRIAL))
        await until(lambda: admission.waiting == 1)
        gone.cancel()
        await until(lambda: admission.waiting == 0)
        held.go.set()
        assert (await first).status_code == 200
        assert admission.running == 0

    asking(held, scenario, concurrency=1, queue_seconds=20, deadline_seconds=20)


def test_a_wrong_question_needs_no_place(held):
    async def scenario(client, admission):
        first = asyncio.create_task(client.get(TRIAL))
        await until(lambda: admission.running == 1)
        assert (await client.get("/search")).status_code == 422
        held.go.set()
        await first

    asking(held, scenario, concurrency=1, queue=1, deadline_seconds=20)


def test_every_route_that_asks_the_engine_is_computed_in_its_turn():
    def asks(dependant):
        return dependant.call is engine_of or any(map(asks, dependant.dependencies))

    modules = [importlib.import_module(f"api.{found.name}") for found in pkgutil.walk_packages(api.__path__)]
    routers = [thing for module in modules for thing in vars(module).values() if isinstance(thing, APIRouter)]
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    assert {"/similar/{trial_id}", "/search", "/compare/{trial_id}/{other_id}"} <= {route.path for route in routes}
    uncomputed = [route for route in routes if asks(route.dependant) and not isinstance(route, ComputedRoute)]
    assert {route.path for route in uncomputed} == PROBES
