"""The feed of related trials, read as a feed reader does."""

import re
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.feed import feed_of
from api.settings import Settings
from search.answer import Answer
from search.bands import Band
from tests.api.test_problems import problem_of
from tests.records import study

FEED = "/similar/NCT06853522/feed"
IN_ATOM = "{http://www.w3.org/2005/Atom}"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def atom_of(response):
    assert response.headers["content-type"].startswith("application/atom+xml")
    return ElementTree.fromstring(response.content)


def texts(parent, name):
    return [element.text for element in parent.findall(IN_ATOM + name)]


def dated(trial_id, title, *, posted=None, started=None, updated=None):
    status = {
        "studyFirstPostDateStruct": posted and {"date": posted},
        "startDateStruct": started and {"date": started},
        "lastUpdatePostDateStruct": updated and {"date": updated},
    }
    return study(trial_id, title, conditions=["Migraine"], statusModule={key: of for key, of in status.items() if of})


@pytest.fixture
def migraine(root, build):
    """A feed over trials of which each knows other days; in the order of their ids, the asked one is the first."""
    build(
        [
            dated("NCT00000001", "Aspirin for migraine", posted="2020-01-01", updated="2020-06-01"),
            dated("NCT00000002", "Aspirin in migraine, posted first", posted="2015-03-04", updated="2024-05-06"),
            dated("NCT00000003", "Aspirin in migraine, posted last", posted="2023-07-08", started="2011"),
            dated("NCT00000004", "Aspirin in migraine, to start", started="2030-01", updated="2022-01-01"),
            dated("NCT00000005", "Aspirin in migraine & <of> no day\x07"),
            dated("NCT00000006", "Aspirin in migraine, started", started="2016-02"),
        ]
    )
    return TestClient(create_app(None, Settings(index=root)))


def test_the_feed_tells_the_newest_trial_first(migraine):
    feed = atom_of(migraine.get("/similar/NCT00000001/feed"))
    told = [(texts(entry, "title")[0][:11], *texts(entry, "updated")) for entry in feed.iter(f"{IN_ATOM}entry")]
    assert told == [
        ("NCT00000004", "2022-01-01T00:00:00Z"),
        ("NCT00000003", "2023-07-08T00:00:00Z"),
        ("NCT00000006", "2016-02-01T00:00:00Z"),
        ("NCT00000002", "2024-05-06T00:00:00Z"),
        ("NCT00000005", "1970-01-01T00:00:00Z"),
    ]
    assert texts(feed, "updated") == ["2024-05-06T00:00:00Z"]
    assert [texts(entry, "published") for entry in feed.iter(f"{IN_ATOM}entry")] == [
        [],
        ["2023-07-08T00:00:00Z"],
        [],
        ["2015-03-04T00:00:00Z"],
        [],
    ]


def test_text_that_means_something_in_xml_or_nothing_is_told_as_text(migraine):
    feed = atom_of(migraine.get("/similar/NCT00000001/feed"))
    titles = [texts(entry, "title")[0] for entry in feed.iter(f"{IN_ATOM}entry")]
    assert any("migraine & <of> no day" in title for title in titles)


def test_a_new_trial_comes_into_the_feed_and_no_id_changes(migraine, build):
    before = atom_of(migraine.get("/similar/NCT00000001/feed"))
    entries = [texts(entry, "id")[0] for entry in before.iter(f"{IN_ATOM}entry")]
    tag = migraine.get("/similar/NCT00000001/feed").headers["etag"]
    build(
        [
            dated("NCT00000001", "Aspirin for migraine", posted="2020-01-01"),
            *(dated(f"NCT0000000{n}", f"Aspirin in migraine, {n}", started="2016-02") for n in range(2, 7)),
            dated("NCT00000009", "Aspirin in migraine, a new one", posted="2026-01-01"),
        ]
    )
    response = migraine.get("/similar/NCT00000001/feed", headers={"If-None-Match": tag})
    after = atom_of(response)
    now = [texts(entry, "id")[0] for entry in after.iter(f"{IN_ATOM}entry")]
    assert now[0] == "https://clinicaltrials.gov/study/NCT00000009"
    assert set(now) - set(entries) == {now[0]}
    assert texts(after, "id") == texts(before, "id")


def test_an_atom_feed_has_all_that_rfc_4287_asks_for(client):
    response = client.get(f"{FEED}?k=10")
    feed = atom_of(response)
    hits = client.get("/similar/NCT06853522?k=10").json()["hits"]
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", texts(feed, "id")[0])
    assert texts(feed.find(f"{IN_ATOM}author"), "name") == ["Trialkin"]
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{IN_ATOM}link")}
    assert links == {
        "self": f"http://testserver{FEED}?k=10",
        "alternate": "https://clinicaltrials.gov/study/NCT06853522",
    }
    entries = feed.findall(f"{IN_ATOM}entry")
    assert {texts(entry, "id")[0] for entry in entries} == {hit["url"] for hit in hits}
    for element in [feed, *entries]:
        for name in ("id", "title", "updated"):
            assert len(texts(element, name)) == 1
        assert INSTANT.fullmatch(texts(element, "updated")[0])
    by_address = {hit["url"]: hit for hit in hits}
    for entry in entries:
        hit = by_address[texts(entry, "id")[0]]
        assert texts(entry, "title") == [f"{hit['id']}: {hit['title']}"]
        assert all(reason["hit_term"] in texts(entry, "summary")[0] for reason in hit["reasons"])


def test_a_json_feed_tells_the_same(client):
    for asked in ({"headers": {"Accept": "application/feed+json"}}, {"params": {"format": "jsonfeed"}}):
        response = client.get(FEED, **asked)
        assert response.headers["content-type"] == "application/feed+json"
        feed = response.json()
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        assert feed["feed_url"].startswith(f"http://testserver{FEED}")
        entries = atom_of(client.get(FEED)).findall(f"{IN_ATOM}entry")
        assert len(feed["items"]) == 30
        assert [(item["id"], item["title"], item["date_modified"]) for item in feed["items"]] == [
            (texts(entry, "id")[0], texts(entry, "title")[0], texts(entry, "updated")[0]) for entry in entries
        ]
        assert all(item["content_text"] for item in feed["items"])


def test_the_same_question_has_the_same_id_wherever_it_is_asked_and_another_has_another(client):
    ids = [
        texts(atom_of(client.get(path, headers={"Host": host})), "id")[0]
        for path, host in [
            (FEED, "one"),
            (f"/v1{FEED}", "two"),
            ("/similar/nct06853522/feed", "one"),
            (f"{FEED}?k=5", "one"),
        ]
    ]
    assert ids[0] == ids[1] == ids[2] != ids[3]


def test_a_feed_is_filtered_as_the_list_is(client):
    feed = client.get(f"{FEED}?format=jsonfeed&country=China").json()
    hits = client.get("/similar/NCT06853522?k=30&country=China").json()["hits"]
    assert {item["id"] for item in feed["items"]} == {hit["url"] for hit in hits}


def test_weakly_related_trials_are_told_of_only_where_they_are_asked_for(client):
    answer = Answer.model_validate(client.get("/similar/NCT06853522?k=6").json())
    bands = [Band.STRONG, Band.WEAK, Band.MODERATE, None, Band.WEAK, Band.STRONG]
    hits = tuple(hit.model_copy(update={"band": band}) for hit, band in zip(answer.hits, bands, strict=True))
    asked = {"address": "http://testserver", "page": "http://testserver", "question": ""}

    def told(answer):
        return {entry.hit.id for entry in feed_of(answer, **asked).entries}

    related = answer.model_copy(update={"hits": hits})
    assert told(related) == {hit.id for hit in hits if hit.band is not Band.WEAK}
    weak_too = answer.query.model_copy(update={"min_band": Band.WEAK})
    assert told(related.model_copy(update={"query": weak_too})) == {hit.id for hit in hits}


@pytest.mark.parametrize(
    ("path", "status"), [("/similar/NCT99999999/feed", 404), (f"{FEED}?fields=id", 422), (f"{FEED}?format=csv", 422)]
)
def test_what_has_no_feed_is_a_problem(client, path, status):
    assert problem_of(client.get(path)).status == status


def test_a_reader_of_neither_form_is_told_which_there_are(client):
    problem = problem_of(client.get(FEED, headers={"Accept": "application/rss+xml"}))
    assert problem.status == 406
    assert "application/atom+xml, application/feed+json" in problem.detail
