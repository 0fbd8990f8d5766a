"""A server follows what is published: no question fails, and every answer is of one build."""

import itertools
import re
import threading
from collections import Counter
from functools import partial
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from api import engine_slot
from api.app import create_app
from api.engine_slot import EngineSlot, RefusedBuild
from api.settings import Settings
from search.artefact.layout import build_folder, current_file
from search.artefact.lifecycle import prune, rollback
from search.artefact.manifest import WAY_OUT
from search.artefact.writing import set_current
from search.encoders.built import built_encoder
from search.encoders.hashing import HashingEncoder
from tests.api.serving import serving
from tests.records import study

SWAPS = 100
CLIENTS = 3


def edition(name, count=6):
    """Records whose every title says which edition they are of."""
    return [study(f"NCT0000000{n}", f"Aspirin {n} for migraine, {name} edition") for n in range(1, count + 1)]


def editions_told(answer):
    """The editions that an answer's texts speak of."""
    texts = [answer["query"]["title"] or "", *(hit["title"] for hit in answer["hits"])]
    return {found for text in texts for found in re.findall(r", (\w+) edition", text)}


@pytest.fixture
def following(root, build):
    """A server in this process on a first build, its index, and that build's id."""
    first = build(edition("first")).build_id
    client = TestClient(create_app(None, Settings(index=root)))
    assert client.get("/health/ready").json() == {"status": "ready", "build_id": first, "stale": None}
    return client, root, first


def served(client):
    """The build that answers, as an answer itself shows it."""
    answer = client.get("/similar/NCT00000001").json()
    (told,) = editions_told(answer)
    return answer["build"]["build_id"], told


def maps_of_builds(process):
    """How many pieces of builds' files the process has in its memory; 1 where the system does not tell."""
    maps = Path(f"/proc/{process.pid}/maps")
    return maps.read_text().count("/builds/") if maps.exists() else 1


def spoil(root, build_id, name="titles.npy"):
    """Cuts a file of a build; how the refusal of it reads."""
    file = build_folder(root, build_id) / name
    size = file.stat().st_size
    content = file.read_bytes()
    file.unlink()  # a new file: who has mapped the old one keeps it
    file.write_bytes(content[:-1])
    return f"{file} has {size - 1} bytes, not {size}; {WAY_OUT}"


def test_through_a_hundred_swaps_no_question_fails_and_every_answer_is_of_one_build(root, build):
    builds = {name: build(edition(name)).build_id for name in ("first", "second")}
    name_of = {build_id: name for name, build_id in builds.items()}
    faults, seen, done = [], Counter(), threading.Event()
    questions = [("/similar/NCT00000001", {"k": 5}), ("/search", {"q": "aspirin for migraine", "k": 5})]

    def ask_on(address):
        with httpx2.Client(base_url=address, timeout=30) as client:
            for path, query in itertools.cycle(questions):
                if done.is_set():
                    break
                response = client.get(path, params=query)
                if response.status_code != 200:
                    faults.append(response.text)
                    continue
                answer = response.json()
                told = editions_told(answer)
                if told != {name_of[answer["build"]["build_id"]]} or len(answer["hits"]) != 5:
                    faults.append((told, answer))
                seen[answer["build"]["build_id"]] += 1

    with serving(root) as (process, address, _):
        first_maps = maps_of_builds(process)
        clients = [threading.Thread(target=ask_on, args=[address]) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            followed = 0
            for build_id in itertools.islice(itertools.cycle(builds.values()), SWAPS):
                set_current(root, build_id)
                # Another question may be opening it: then this one is still answered from the build before.
                answers = (httpx2.get(f"{address}/health/ready").json()["build_id"] for _ in range(1_000))
                followed += build_id in answers
            last_maps = maps_of_builds(process)
        finally:
            done.set()
            for client in clients:
                client.join()

    assert faults == []
    assert followed == SWAPS
    assert set(seen) == set(builds.values())
    assert seen.total() >= SWAPS
    assert last_maps <= 3 * first_maps  # what is not served any more is let go


def test_a_published_build_is_served_by_the_next_answer(following, build):
    client, _, first = following
    assert served(client) == (first, "first")
    second = build(edition("second")).build_id
    assert served(client) == (second, "second")
    assert client.get("/version").json()["build_id"] == second


def test_an_answer_begun_before_a_swap_ends_on_its_own_build(following, build):
    client, _, _ = following
    slot = client.app.state.engine
    engine = slot()
    build(edition("second"))
    assert slot() is not engine
    assert "first" in engine.trial("NCT00000001").brief_title
    assert {hit.trial.brief_title.split(", ")[1] for hit in engine.similar("NCT00000001").hits} == {"first edition"}


def test_a_rollback_is_followed(following, build):
    client, root, first = following
    build(edition("second"))
    assert served(client)[1] == "second"
    rollback(root)
    assert served(client) == (first, "first")


def test_a_corrupt_build_is_refused_and_the_old_one_goes_on_being_served(following, build, caplog):
    client, root, first = following
    second = build(edition("second")).build_id
    reason = spoil(root, second)

    for _ in range(3):
        assert served(client) == (first, "first")
    ready = client.get("/health/ready")

    assert ready.status_code == 200
    assert ready.json() == {
        "status": "ready",
        "build_id": first,
        "stale": {"build_id": second, "reason": reason},
    }
    told = [message for name, _, message in caplog.record_tuples if name.startswith("api")]
    assert told == [f"build {second} is refused, {first} is served on: {reason}"]


@pytest.mark.parametrize("mend", ["rollback", "rebuild"])
def test_a_refusal_is_forgotten_once_another_build_is_live(following, build, mend):
    client, root, first = following
    spoil(root, build(edition("second")).build_id)
    assert client.get("/health/ready").json()["stale"]
    if mend == "rollback":
        rollback(root)
        assert served(client) == (first, "first")
    else:
        third = build(edition("third")).build_id
        assert served(client) == (third, "third")
    assert client.get("/health/ready").json()["stale"] is None


def test_what_was_refused_for_a_passing_reason_is_tried_again(following, build, monkeypatch):
    client, root, first = following
    second = build(edition("second")).build_id
    hidden = build_folder(root, second).rename(root / "not mounted yet")
    assert served(client) == (first, "first")
    hidden.rename(build_folder(root, second))
    assert served(client) == (first, "first")  # not at every question

    monkeypatch.setattr(client.app.state.engine, "_retry_at", 0.0)

    assert served(client) == (second, "second")


@pytest.mark.parametrize("change", ["gone", "garbage"])
def test_without_a_readable_current_the_build_that_is_open_answers(following, change):
    client, root, first = following
    current_file(root).unlink()
    if change == "garbage":
        current_file(root).write_bytes(b"\xff\xfe")

    assert served(client) == (first, "first")
    stale = client.get("/health/ready").json()["stale"]
    assert ("no index under" if change == "gone" else "which is not there") in stale["reason"]


def test_pruning_the_build_that_is_served_breaks_no_answer(root, build):
    first = build(edition("first")).build_id
    with serving(root) as (_, address, _), httpx2.Client(base_url=address) as client:
        assert served(client) == (first, "first")
        second = build(edition("second")).build_id
        assert prune(root, keep=1) == [first]
        assert served(client) == (second, "second")
        found = {hit["nct_id"] for hit in client.get("/search?q=aspirin").json()["hits"]}
        assert found == {f"NCT0000000{n}" for n in range(1, 7)}


def test_a_build_that_is_pruned_while_it_is_opened_gives_way_to_the_newer_one(following, build, monkeypatch):
    client, root, _ = following
    slot = client.app.state.engine
    second = build(edition("second")).build_id
    newer = []

    def overtaken(folder):
        if not newer:  # between the look at CURRENT and the opening
            newer.append(build(edition("third")).build_id)
            prune(root, keep=1)
        return open_build(folder)

    open_build = engine_slot.open_build
    monkeypatch.setattr(engine_slot, "open_build", overtaken)

    assert served(client) == (newer[0], "third")
    assert not build_folder(root, second).exists()
    assert slot.refused is None


def test_an_engine_that_was_handed_over_stays(root, build, seeds_engine):
    build(edition("first"))
    slot = EngineSlot(seeds_engine, Settings(index=root))
    assert slot() is seeds_engine
    assert slot.refused is None


class Weights:
    """Opens hashing encoders of a revision that can be changed, and counts how often."""

    def __init__(self):
        self.opened = 0
        self.revision = HashingEncoder.revision

    def __call__(self, spec):
        assert spec == "hashing"
        self.opened += 1
        encoder = HashingEncoder()
        encoder.revision = self.revision
        return encoder


@pytest.fixture
def weights(monkeypatch):
    weights = Weights()
    monkeypatch.setattr(engine_slot, "built_encoder", partial(built_encoder, open_encoder=weights))
    return weights


def test_the_encoder_is_carried_over_to_a_build_of_the_same(following, build, weights):
    client, _, _ = following
    assert client.get("/search?q=aspirin").status_code == 200
    for name in ("second", "third"):
        build(edition(name))
        assert editions_told(client.get("/search?q=aspirin").json()) == {name}
    assert weights.opened == 1


def test_a_server_that_is_asked_by_trial_only_loads_no_encoder(following, build, weights):
    client, _, _ = following
    build(edition("second"))
    assert served(client)[1] == "second"
    assert weights.opened == 0


def test_a_build_whose_encoder_is_not_here_is_refused_where_texts_are_asked(following, build, weights, monkeypatch):
    client, _, first = following
    client.get("/search?q=aspirin")
    monkeypatch.setattr(HashingEncoder, "revision", "hashing-2")
    second = build(edition("second")).build_id

    assert served(client) == (first, "first")
    assert client.get("/search?q=aspirin").status_code == 200
    refused = client.app.state.engine.refused
    assert isinstance(refused, RefusedBuild)
    assert refused.build_id == second
    assert refused.reason.startswith("the index was built with hashing of revision hashing-2, here it is of revision")

    weights.revision = "hashing-2"
    monkeypatch.setattr(client.app.state.engine, "_retry_at", 0.0)
    assert served(client) == (second, "second")
    assert editions_told(client.get("/search?q=aspirin").json()) == {"second"}
