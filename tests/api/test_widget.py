"""How the widget's files are served, and what they may weigh."""

import base64
import gzip
import hashlib
import re
from importlib.metadata import version
from pathlib import Path

import orjson
import pytest

from search.legs import FACET_LEGS, TRIAL_WEIGHTS
from search.reasons import ReasonKind
from search.vocabulary import Phase, Status

WIDGET = Path(__file__).parents[2] / "api" / "widget"
MODULE = WIDGET / "related-trials.js"
VERSIONED = f"/widget/related-trials-{version('trialkin')}.js"
DICTIONARIES = sorted((WIDGET / "lang").glob("*.json"))


def test_the_module_weighs_at_most_8_kb_gzipped():
    assert len(gzip.compress(MODULE.read_bytes(), mtime=0)) <= 8192


def test_the_module_uses_nothing_that_a_strict_policy_forbids_and_keeps_nothing():
    forbidden = r"(inner|outer|insertAdjacent)HTML|document\.write|\beval\(|new Function|(local|session)Storage|cookie"
    assert re.search(forbidden, MODULE.read_text(encoding="utf-8")) is None


@pytest.mark.parametrize(
    ("path", "cache"),
    [
        ("/widget/related-trials.js", "public, max-age=300, stale-while-revalidate=86400"),
        (VERSIONED, "public, max-age=31536000, immutable"),
    ],
)
def test_the_module_is_served_at_a_moving_and_at_an_unchanging_address(client, path, cache):
    response = client.get(path, headers={"Origin": "https://registry.example"})
    assert response.content == MODULE.read_bytes()
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == cache
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    again = client.get(path, headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_integrity_hash_is_that_of_the_versioned_module(client):
    digest = base64.b64encode(hashlib.sha384(client.get(VERSIONED).content).digest()).decode()
    assert client.get("/widget/integrity.json").json() == {
        "version": version("trialkin"),
        "path": VERSIONED,
        "integrity": f"sha384-{digest}",
    }


@pytest.mark.parametrize("path", ["related-trials-9.9.9.js", "../app.py", "%2e%2e/app.py", "lang/xx.json", "lang"])
def test_nothing_else_is_served(client, path):
    response = client.get(f"/widget/{path}")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_answers_may_be_read_by_pages_of_any_origin_without_credentials(client):
    headers = client.get("/similar/NCT06853522?k=1", headers={"Origin": "https://registry.example"}).headers
    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers


def test_the_module_knows_every_language_that_there_is_a_file_of(client):
    listed = re.search(r"const LANGUAGES = (\[.*?\]);", MODULE.read_text(encoding="utf-8"))
    assert orjson.loads(listed[1]) == [file.stem for file in DICTIONARIES]
    assert client.get("/widget/lang/de.json").content == (WIDGET / "lang" / "de.json").read_bytes()


@pytest.mark.parametrize("file", DICTIONARIES, ids=lambda file: file.stem)
def test_a_language_says_all_there_is_to_say(file):
    texts = orjson.loads(file.read_bytes())
    english = re.search(r"const ENGLISH = \{\n(.*?)\n\};", MODULE.read_text(encoding="utf-8"), re.DOTALL)[1]
    keys = set(re.findall(r"^  (\w+):", english, re.MULTILINE))
    assert set(texts) == keys
    assert set(texts["status"]) == set(Status)
    assert set(texts["phase"]) == set(Phase) - {Phase.NA}
    assert set(texts["reason"]) == set(ReasonKind) - {ReasonKind.SAME_PHASE}  # the phase is shown anyway
    # What a question by one trial gives; exact words and what to be unlike are of other questions.
    assert set(texts["part"]) == {*TRIAL_WEIGHTS, *FACET_LEGS.values()}
    assert set(texts["band"]) == {"strong", "moderate", "weak"}
    for key, places in {"score": ["score"], "through": ["term", "via"], "date": ["date"]}.items():
        assert sorted(re.findall(r"\{(\w+)\}", texts[key])) == places
    for forms in (texts["trials"], texts["programme"]):
        assert "other" in forms
        assert all("{n}" in form for form in forms.values())
