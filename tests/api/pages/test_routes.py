"""The pages: who gets one, of what status, under which policy, and where their links lead."""

import json
import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from search.answer import similar_answer
from search.listing import Listing
from search.programme import Collapse

ASKED = "NCT06853522"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PAGES = {
    "/": 200,
    "/?q=stem+cells+for+colitis": 200,
    "/?q=colitis&status=RECRUITING&country=&condition=": 200,
    "/?q=colitis&country=Narnia": 200,
    f"/?q={ASKED}": 200,
    f"/trials/{ASKED}": 200,
    f"/trials/{ASKED}?preset=same-condition&colour=condition&offset=10": 200,
    f"/trials/{ASKED}?prefer=recruiting&status=RECRUITING&status=NOT_YET_RECRUITING": 200,
    f"/similar/{ASKED}": 200,
    "/search?q=colitis": 200,
    f"/compare/{ASKED}/NCT01221428": 200,
    "/widget": 200,
    f"/widget?nct_id={ASKED}&limit=3&status=RECRUITING&lang=de": 200,
    f"/widget/page?nct_id={ASKED}": 200,
    "/nowhere": 404,
    "/trials/NCT99999999": 404,
    f"/compare/{ASKED}/NCT99999999": 404,
    f"/compare/{ASKED}/{ASKED}": 422,
    "/trials/colitis": 422,
    "/?q=colitis&status=ajar": 422,
    "/?q=%21%21": 422,
    "/?q=colitis&offset=-1": 422,
    "/widget?limit=0": 422,
}


class Links(HTMLParser):
    """Every address that a page names."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, _, attributes):
        self.found += [value for name, value in attributes if name in ("href", "src", "action", "data-suggest")]


def get(client, path, **headers):
    return client.get(path, headers={**BROWSER, **headers})


def links_of(page):
    parser = Links()
    parser.feed(page)
    return parser.found


@pytest.mark.parametrize(("path", "status"), PAGES.items(), ids=PAGES)
def test_a_browser_gets_a_page_with_nothing_inline(client, path, status):
    response = get(client, path)
    assert (response.status_code, response.headers["content-type"]) == (status, "text/html; charset=utf-8")
    policy = dict(part.partition(" ")[::2] for part in response.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in response.headers["content-security-policy"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", response.text)
    scripts = re.findall(r"<script([^>]*)>([^<]*)</script>", response.text)
    assert all(" src=" in attributes or 'type="application/ld+json"' in attributes for attributes, _ in scripts)
    assert response.headers["vary"].split(", ")[0] == "Accept"


def test_every_address_within_leads_somewhere(client):
    inside = set()
    for path in PAGES:
        for link in links_of(get(client, path).text):
            address = urlsplit(link)
            if address.netloc and address.netloc != "testserver":
                assert address.scheme == "https"
            elif address.path and (address.path, address.query) != urlsplit(path)[2:4]:
                inside.add(address.path + (f"?{address.query}" if address.query else ""))
    # Of the many compared and listed trials a few will do.
    several = [link for link in sorted(inside) if link.startswith(("/compare/", "/trials/NCT0", "/v1/compare"))]
    for link in (inside - set(several)) | set(several[::9]):
        assert get(client, link).status_code == 200, link


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/html;q=0.5", "", "image/*"])
def test_a_program_gets_data_where_a_browser_gets_a_page(client, accept):
    for path in [f"/trials/{ASKED}", f"/similar/{ASKED}", "/search?q=colitis", f"/compare/{ASKED}/NCT01221428"]:
        response = client.get(path, headers={"Accept": accept})
        if accept == "image/*":
            assert response.status_code == 406
        else:
            assert response.headers["content-type"] == "application/json", path
    for path in ["/nowhere", "/trials/NCT99999999"]:
        assert client.get(path, headers={"Accept": accept}).headers["content-type"] == "application/problem+json"


def test_the_versioned_form_and_a_named_format_are_data_for_browsers_too(client):
    for path in [f"/v1/trials/{ASKED}", f"/similar/{ASKED}?format=json", "/v1/nowhere"]:
        assert "json" in get(client, path).headers["content-type"]


@pytest.mark.parametrize("path", [f"/trials/{ASKED}", f"/compare/{ASKED}/NCT01221428"])
def test_page_and_data_have_tags_of_their_own_and_both_are_known_again(client, path):
    page, data = get(client, path), client.get(path)
    assert page.headers["etag"] != data.headers["etag"]
    assert "Accept" in data.headers["vary"].split(", ")
    assert get(client, path, **{"If-None-Match": page.headers["etag"]}).status_code == 304
    assert get(client, path, **{"If-None-Match": data.headers["etag"]}).status_code == 200


def test_a_trial_page_says_what_the_api_says(client):
    page, answer = get(client, f"/trials/{ASKED}").text, client.get(f"/similar/{ASKED}?collapse=programme").json()
    titles = re.findall(r'<h[23] class="title" id="title-\d+"[^>]*><a href="/trials/(\w+)">(.*?)</a>', page)
    assert [trial_id for trial_id, _ in titles] == [hit["id"] for hit in answer["hits"]]
    assert [re.sub("</?mark>", "", title) for _, title in titles] == [
        hit["title"].replace("'", "&#39;") for hit in answer["hits"]
    ]
    for hit in answer["hits"]:
        assert f"Score {hit['score']:.2f}" in page
        assert f'href="/compare/{ASKED}/{hit["id"]}"' in page


def test_a_page_says_how_often_such_a_score_was_right(seeds_engine, calibrated_engine, seeds_root):
    pages = [
        get(TestClient(create_app(engine, Settings(index=seeds_root))), f"/trials/{ASKED}").text
        for engine in (seeds_engine, calibrated_engine)
    ]
    hits = similar_answer(calibrated_engine, ASKED, Listing(collapse=Collapse.PROGRAMME)).hits
    said = [re.findall(r"with such a score, (\d+)% were in one Cochrane review", page) for page in pages]
    assert said == [[], [f"{100 * hit.probability:.0f}" for hit in hits]]


def test_the_address_of_the_data_answers_with_what_the_page_shows(client):
    for path in [f"/trials/{ASKED}?preset=same-condition&k=4", "/?q=stem+cells&status=COMPLETED"]:
        page = get(client, path).text
        (link,) = re.findall(r'<a href="([^"]+)">This answer as JSON', page)
        hits = client.get(link.replace("&amp;", "&")).json()["hits"]
        assert re.findall(r'<h[23] class="title" id="title-\d+"[^>]*><a href="/trials/(\w+)">', page) == [
            hit["id"] for hit in hits
        ]


def test_a_list_goes_on_page_by_page_and_comes_back(client):
    first = get(client, "/?q=colitis&k=5").text
    ids = re.findall(r'<h[23] class="title" id="title-\d+"[^>]*><a href="/trials/(\w+)">', first)
    assert 'rel="prev"' not in first
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = get(client, following.replace("&amp;", "&")).text
    assert 'id="title-6"' in second
    (back,) = re.findall(r'rel="prev" href="([^"]+)"', second)
    assert (
        re.findall(
            r'<h[23] class="title" id="title-\d+"[^>]*><a href="/trials/(\w+)">',
            get(client, back.replace("&amp;", "&")).text,
        )
        == ids
    )


def test_filters_that_a_text_names_are_offered_and_not_applied(client):
    page = get(client, "/?q=recruiting+phase+2+trials+of+colitis+in+China").text
    (href, said) = re.search(r'class="offer">Meant as a filter\? <a href="([^"]+)">([^<]+)</a>', page).groups()
    assert said.startswith("status: Recruiting, phase: Phase 2, country: China ")
    assert "remove this filter" not in page
    taken = get(client, href.replace("&amp;", "&")).text
    assert re.findall(r"<a [^>]*><span>([^<]+)</span><span class=\"unseen\">.{1,3}remove", taken) == [
        "Status: Recruiting", "Phase: Phase 2", "Country: China",
    ]  # fmt: skip
    assert 'class="offer"' not in taken


def test_only_open_trials_are_open_alternatives_and_their_cost_is_told(client):
    path = f"/trials/{ASKED}?prefer=recruiting&status=RECRUITING&status=NOT_YET_RECRUITING"
    page = get(client, path).text
    badges = re.findall(r'<article.*?<span class="status \w+">([^<]+)</span>', page, re.DOTALL)
    assert set(badges) <= {"Recruiting", "Not yet recruiting"}
    assert re.search(r"What that costs: the \d+ listed here score [01]\.\d\d on average, the closest \d+ of any", page)
    assert '<a href="/trials/NCT06853522#related">Balanced</a>' in page


def test_search_engines_are_told_of_the_trial(client):
    page = get(client, f"/trials/{ASKED}").text
    (told,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    study = json.loads(told)
    assert (study["@type"], study["identifier"]) == ("MedicalTrial", ASKED)
    assert f'<link rel="canonical" href="http://testserver/trials/{ASKED}">' in page


def test_the_snippet_is_the_one_that_the_plain_page_runs(client):
    asked = f"nct_id={ASKED}&limit=3&status=RECRUITING&preset=same-condition"
    widget, plain = get(client, f"/widget?{asked}").text, get(client, f"/widget/page?{asked}").text
    pinned = client.get("/widget/integrity.json").json()
    tag = f'<related-trials nct-id="{ASKED}" limit="3" preset="same-condition" status="RECRUITING">'
    assert tag in plain
    assert tag.replace("<", "&lt;").replace(">", "&gt;") in widget
    for page in (widget, plain):
        assert pinned["integrity"] in page
        assert pinned["path"] in page


def test_several_values_of_a_filter_reach_the_plain_page_as_the_widget_takes_them(client):
    asked = f"nct_id={ASKED}&status=RECRUITING&status=COMPLETED&country=China&country=Japan"
    widget = get(client, f"/widget?{asked}").text
    assert 'status="RECRUITING;COMPLETED" country="China;Japan"' in unescape(widget)
    preview = unescape(re.search(r'<iframe class="live" src="([^"]+)"', widget)[1])
    assert 'status="RECRUITING;COMPLETED" country="China;Japan"' in get(client, preview).text


@pytest.mark.parametrize("path", ["/", "/trials/NCT06853522", "/widget"])
def test_without_an_index_a_page_says_what_to_do(tmp_path, path):
    client = TestClient(create_app(None, Settings(index=tmp_path)), raise_server_exceptions=False)
    response = get(client, path)
    assert response.status_code == 503
    assert "trialkin rebuild-index" in response.text
    assert "No answers just now" in response.text
    assert response.headers["cache-control"] == "no-store"


def test_a_fault_of_the_server_is_a_page_that_shows_nothing_of_its_inside():
    class Broken:
        manifest = None

    client = TestClient(create_app(Broken(), Settings()), raise_server_exceptions=False)
    response = get(client, "/trials/NCT06853522")
    assert response.status_code == 500
    assert "Something broke here" in response.text
    assert "Traceback" not in response.text


def test_assets_are_kept_for_ever_and_their_names_change_with_them(client):
    (sheet,) = re.findall(r'href="(/assets/pages\.[0-9a-f]{10}\.css)"', get(client, "/").text)
    response = client.get(sheet)
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert client.get("/assets/pages.css").status_code == 404
    assert client.get("/assets/..%2fpages.css").status_code == 404


def test_addresses_take_the_prefix_of_a_proxy_in_front(app):
    client = TestClient(app, root_path="/kin")
    page = get(client, f"/trials/{ASKED}").text
    inside = [link for link in links_of(page) if link.startswith("/")]
    assert inside
    assert all(link.startswith("/kin/") for link in inside)
