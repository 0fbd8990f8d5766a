"""<related-trials> on a registry's page, as a person and as the browser's own guards find it."""

import http
import socket
from importlib.metadata import version

import httpx
import pytest

from api.app import create_app
from api.settings import Settings
from search.filters import Filters
from tests.browser.conftest import serving_app
from tests.browser.fake_api import answer_of, fake_api, hit
from tests.browser.shown import ASKED, NONE, broken_rules, told, widget
from tests.hostile import PAYLOADS
from tests.records import study


def test_it_shows_what_the_api_answers_under_a_strict_policy(host, registry, open_page):
    page = open_page(registry(widget(limit=3), [host]))
    answer = httpx.get(f"{host}/similar/{ASKED}?k=3").json()
    (loaded,) = told(page, "load")
    assert loaded == {"nctId": ASKED, "hits": [hit["nct_id"] for hit in answer["hits"]], "build": answer["build"]}

    links = page.locator("related-trials .item > a")
    assert links.all_inner_texts() == [hit["title"] for hit in answer["hits"]]
    assert [link.get_attribute("href") for link in links.all()] == [hit["url"] for hit in answer["hits"]]
    assert page.get_by_role("heading", level=2).all_inner_texts() == ["Related trials"]
    assert page.get_by_role("list").first.get_by_role("listitem").count() >= 3
    first = page.locator("related-trials .item").first
    assert first.locator(".badge").all_inner_texts() == ["Unknown status", "Phase 1 / Phase 2", "NCT02442037"]
    assert "Same condition: Ulcerative Colitis" in first.locator(".reason").inner_text()
    assert page.locator("related-trials .footer p").all_inner_texts() == [
        "Compared with 288 trials · data of February 6, 2026",
        "Similarity is computed, not medical advice.",
    ]
    assert broken_rules(page) == NONE
    assert page.context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_the_details_name_the_parts_that_add_up_to_the_score(host, registry, open_page):
    page = open_page(registry(widget(limit=1), [host]))
    told(page, "load")
    (best,) = httpx.get(f"{host}/similar/{ASKED}?k=1").json()["hits"]
    details = page.locator("related-trials details")
    details.locator("summary").click()
    numbers = [float(text) for text in details.locator("dd:not(.track)").all_inner_texts()]
    assert numbers == sorted((round(part, 2) for part in best["parts"].values()), reverse=True)
    assert details.locator(".score").inner_text() == f"Score {best['score']:.2f}, of at most 1"


def test_the_guards_of_the_page_are_up(host, registry, open_page):
    page = open_page(registry(widget(limit=1), [host]))
    told(page, "load")
    refused = page.evaluate("() => { try { document.body.innerHTML = '<p>' } catch (error) { return error.name } }")
    assert refused == "TypeError"
    assert [rule.split()[0] for rule in broken_rules(page)[0]] == ["require-trusted-types-for"]


def test_filters_and_preset_reach_the_api_and_attributes_render_anew(host, registry, open_page):
    page = open_page(registry(widget(limit=2, status="COMPLETED", preset="same-condition"), [host]))
    expected = httpx.get(f"{host}/similar/{ASKED}?k=2&status=COMPLETED&preset=same-condition").json()
    assert told(page, "load")[0]["hits"] == [hit["nct_id"] for hit in expected["hits"]]
    page.evaluate(
        "const w = document.querySelector('related-trials'); w.setAttribute('nct-id', 'nct02442037');"
        "w.setAttribute('heading-level', '3'); w.removeAttribute('status'); w.removeAttribute('preset')"
    )
    expected = httpx.get(f"{host}/similar/NCT02442037?k=2").json()
    assert told(page, "load", 2)[1]["hits"] == [hit["nct_id"] for hit in expected["hits"]]
    assert page.get_by_role("heading", level=3).inner_text() == "Related trials"
    assert len(told(page, "load")) == 2  # four attributes, one question
    assert broken_rules(page) == NONE


def test_every_filter_of_the_api_is_an_attribute(host, registry, open_page):
    given = {
        "status": "completed; unknown", "phase": "1, 2", "condition": "colitis", "study_type": "interventional",
        "intervention_type": "biological", "country": "China;United States", "sponsor": "hospital",
        "sponsor_class": "other", "start_from": "2001", "start_to": "2025-01", "updated_from": "2001",
        "updated_to": "2026-01-01", "has_results": "false",
    }  # fmt: skip
    assert set(given) == set(Filters.model_fields)
    app, asked = fake_api(answer_of([]))
    with serving_app(app) as noting:
        page = open_page(registry(widget(src=noting, **given), [host, noting]))
        told(page, "load")
    (query,) = (dict(httpx.QueryParams(url.query).multi_items()) for url in asked)
    lists = {name: httpx.QueryParams(asked[0].query).get_list(name) for name in ("status", "country")}
    assert lists == {"status": ["completed", "unknown"], "country": ["China", "United States"]}
    assert {name: query[name] for name in given if name not in lists} == {
        name: value for name, value in given.items() if name not in lists
    }
    assert httpx.get(f"{host}/similar/{ASKED}", params=httpx.QueryParams(asked[0].query)).status_code == 200


@pytest.mark.parametrize(
    "trial_id",
    ["ISRCTN12345678", "EUCTR2004-000012-13-DE", "CTRI/2020/03/024123", "ChiCTR2000029953", "2023-504567-12-00"],
)
def test_a_trial_of_another_registry_is_asked_for_by_its_own_id(host, registry, open_page, trial_id):
    app, asked = fake_api(answer_of([hit(1, "kin", id="DRKS00000001", nct_id=None)]))
    with serving_app(app) as other:
        page = open_page(registry(widget(trial_id, src=other), [host, other]))
        (loaded,) = told(page, "load")
    assert (loaded["nctId"], loaded["hits"]) == (trial_id, ["DRKS00000001"])
    assert asked[0].path == f"/similar/{trial_id}"
    assert page.locator("related-trials .badge").all_inner_texts() == ["Recruiting", "DRKS00000001"]


def test_a_programme_is_one_item_that_names_its_other_trials(host, registry, open_page):
    members = [
        {"id": "NCT00000002", "title": "<b>Extension</b>", "cause": "extension"},
        {"id": "NCT00000003", "title": "Roll-over", "cause": "roll_over"},
    ]
    app, _ = fake_api(answer_of([hit(1, "Parent", programme={"count": 3, "members": members}), hit(4, "Alone")]))
    with serving_app(app) as grouping:
        page = open_page(registry(widget(src=grouping, lang="de"), [host, grouping]))
        told(page, "load")
    programme = page.locator("related-trials [part=programme]")
    assert programme.count() == 1
    programme.locator("summary").click()
    assert programme.locator("summary").inner_text().startswith("+2 in diesem Programm")
    assert programme.locator("li").all_inner_texts() == ["<b>Extension</b> · NCT00000002", "Roll-over · NCT00000003"]


@pytest.mark.parametrize(
    "head",
    [
        f'<meta name="nct_id" content="{ASKED}">',
        f'<link rel="canonical" href="https://registry.example/study/{ASKED}?tab=1">',
    ],
    ids=["meta", "canonical"],
)
def test_the_page_can_name_the_trial_in_its_head(host, registry, open_page, head):
    body = "<p>NCT00000001</p><related-trials limit='1'></related-trials>"
    assert told(open_page(registry(body, [host], head=head)), "load")[0]["nctId"] == ASKED


def test_no_related_trial_is_said_with_a_way_on(registry, open_page, host):
    page = open_page(registry(widget(country="Atlantis"), [host]))
    assert told(page, "load")[0]["hits"] == []
    note = page.locator("related-trials .note")
    assert note.inner_text() == "No closely related trial was found. Search for trials"
    assert note.locator("a").get_attribute("href").startswith(f"{host}/?q=hucMSCs")


def test_weakly_related_trials_are_left_out(host, registry, open_page):
    bands = ["strong", "moderate", "weak", "weak"]
    app, _ = fake_api(answer_of([hit(rank, band, band=band) for rank, band in enumerate(bands, 1)]))
    with serving_app(app) as banded:
        page = open_page(registry(widget(src=banded), [host, banded]))
        assert told(page, "load")[0]["hits"] == ["NCT00000001", "NCT00000002"]
        assert page.locator("related-trials .item > a").all_inner_texts() == ["strong", "moderate"]


@pytest.mark.parametrize("nct_id", ["NCT1", "../version", "NCT06853522?k=1", "NCT99999999"])
def test_the_fallback_stays_where_the_id_is_wrong_or_unknown(host, registry, open_page, nct_id):
    page = open_page(registry(widget(nct_id), [host]))
    (error,) = told(page, "error")
    assert error["status"] == (404 if nct_id == "NCT99999999" else 0)
    assert page.get_by_role("link", name="Search the registry").is_visible()
    assert broken_rules(page) == NONE


def test_a_failing_api_is_asked_twice_and_the_fallback_stays(host, registry, open_page):
    app, asked = fake_api({}, http.HTTPStatus.INTERNAL_SERVER_ERROR)
    with serving_app(app) as failing:
        page = open_page(registry(widget(src=failing), [host, failing]))
        assert told(page, "error")[0]["status"] == 500
    assert [url.path for url in asked] == [f"/similar/{ASKED}"] * 2
    assert page.get_by_role("link", name="Search the registry").is_visible()
    assert page.locator("related-trials [part=container]").count() == 0


def test_an_api_that_is_down_leaves_no_empty_box_even_without_a_fallback(host, registry, open_page):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = f"http://127.0.0.1:{listener.getsockname()[1]}"
    page = open_page(registry(widget(src=closed, fallback=" ", lang="de"), [host, closed]))
    assert told(page, "error")[0]["status"] == 0
    said = "Verwandte Studien können gerade nicht angezeigt werden."
    page.get_by_text(said).wait_for()


def test_an_answer_of_another_shape_is_an_error_not_half_a_list(host, registry, open_page):
    app, _ = fake_api({"hits": [{"title": None}, None]})
    with serving_app(app) as odd:
        page = open_page(registry(widget(src=odd), [host, odd]))
        told(page, "error")
    assert page.get_by_role("link", name="Search the registry").is_visible()


def test_hostile_titles_terms_and_addresses_are_inert(host, registry, open_page):
    def hostile(rank, text):
        reason = {"kind": text, "query_term": text, "hit_term": text + "!", "via": text}
        more = {"id": text, "nct_id": text, "status": text, "phases": [text], "band": text, "parts": {text: 0.5}}
        return hit(rank, text, url="javascript:alert(1)", reasons=[reason], **more)

    app, _ = fake_api(answer_of([hostile(rank, text) for rank, text in enumerate(PAYLOADS, 1)]))
    with serving_app(app) as evil:
        page = open_page(registry(widget(src=evil, limit=50), [host, evil]))
        told(page, "load")
        titles = page.locator("related-trials .item > .link")
        assert [title.text_content() for title in titles.all()] == list(PAYLOADS)
        for summary in page.locator("related-trials summary").all():
            summary.click()
        assert page.locator("related-trials .item a").count() == 0  # no address of the web, no link
        assert page.locator("related-trials :is(script, img, svg, iframe, template, style)").count() == 0
        assert broken_rules(page) == NONE


def test_the_api_groups_a_programme_and_the_widget_shows_it(build, root, host, registry, open_page):
    def record(trial_id, title, sponsor="AB Science", product="AB-1010"):
        lead = {"leadSponsor": {"name": sponsor, "class": "INDUSTRY"}}
        modules = {"sponsorCollaboratorsModule": lead, "conditions": ["Mastocytosis"], "interventions": [product]}
        return study(trial_id, title, **modules)

    build(
        [
            record("NCT00000001", "A Study of AB-2020 in Mastocytosis", "Somebody", "AB-2020"),
            record("NCT00000002", "Efficacy of AB-1010 in Mastocytosis"),
            record("NCT00000003", "An Open-Label Extension Study of AB-1010 in Mastocytosis"),
        ]
    )
    with serving_app(create_app(None, Settings(index=root))) as small:
        body = widget("NCT00000001", src=small, collapse="programme")
        page = open_page(registry(body, [host, small]))
        (loaded,) = told(page, "load")
    (leader,) = loaded["hits"]
    (other,) = {"NCT00000002", "NCT00000003"} - {leader}
    programme = page.locator("related-trials [part=programme]")
    assert programme.locator("summary").inner_text().startswith("+1 in this programme")
    assert programme.locator("li").text_content().endswith(other)


def test_that_the_condition_is_another_is_said_in_the_line_that_is_always_seen(host, registry, open_page):
    def reason(kind, term):
        return {"kind": kind, "query_term": "ours", "hit_term": term, "likeness": 1.0, "via": None}

    kinds = {"same_intervention": "Exosomes", "same_words": "Cells", "different_condition": ""}
    app, _ = fake_api(answer_of([hit(1, "Kin", reasons=[reason(kind, term) for kind, term in kinds.items()])]))
    with serving_app(app) as answering:
        page = open_page(registry(widget(src=answering), [host, answering]))
        told(page, "load")
    said = page.locator("related-trials .reason > span").all_inner_texts()
    assert said == ["Same intervention: Exosomes", "Same words: Cells", "Different condition"]


def test_two_on_a_page_answer_each_for_itself(host, registry, open_page):
    page = open_page(registry(widget(limit=1) + widget("NCT02442037", limit=1), [host]))
    loaded = {detail["nctId"]: detail["hits"] for detail in told(page, "load", 2)}
    assert loaded == {
        nct_id: [httpx.get(f"{host}/similar/{nct_id}?k=1").json()["hits"][0]["nct_id"]]
        for nct_id in (ASKED, "NCT02442037")
    }
    assert broken_rules(page) == NONE


def test_it_is_taken_out_and_put_back_without_asking_again(host, registry, open_page):
    page = open_page(registry(widget(limit=1), [host]))
    told(page, "load")
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    shown = page.evaluate(
        "async () => { const w = document.querySelector('related-trials'); w.remove();"
        "await new Promise(requestAnimationFrame); document.body.append(w);"
        "await new Promise(requestAnimationFrame); return w.shadowRoot.querySelectorAll('.item > a').length }"
    )
    assert (shown, requests) == (1, [])
    # Taken out while it waits, it stops; put back, it starts again.
    page.evaluate(
        "() => { const w = document.querySelector('related-trials'); w.setAttribute('limit', '2'); w.remove();"
        "document.body.append(w) }"
    )
    assert len(told(page, "load", 2)[1]["hits"]) == 2


def test_it_asks_only_when_it_comes_near(host, registry, open_page):
    page = open_page(registry('<svg height="4000"></svg>' + widget(limit=1), [host]))
    page.locator("related-trials .loading").wait_for()
    height = page.locator("related-trials").bounding_box()["height"]
    assert height > 150
    assert (
        page.evaluate("performance.getEntriesByType('resource').some(({ name }) => name.includes('/similar/'))")
        is False
    )
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    told(page, "load")
    assert abs(page.locator("related-trials").bounding_box()["height"] - height) < 100


def test_a_click_is_told(host, registry, open_page):
    page = open_page(registry(widget(limit=1), [host]))
    (loaded,) = told(page, "load")
    page.evaluate(
        "() => { const a = document.querySelector('related-trials').shadowRoot.querySelector('.item > a');"
        "a.addEventListener('click', (event) => event.preventDefault()); a.click() }"
    )
    nct_id = loaded["hits"][0]
    url = f"https://clinicaltrials.gov/study/{nct_id}"
    assert told(page, "click") == [{"nctId": nct_id, "rank": 1, "url": url}]


def test_the_versioned_module_runs_under_its_integrity_hash_and_no_other(host, registry, open_page):
    pinned = httpx.get(f"{host}/widget/integrity.json").json()
    assert pinned["path"] == f"/widget/related-trials-{version('trialkin')}.js"

    def page_with(integrity):
        script = f'<script type="module" src="{host}{pinned["path"]}" integrity="{integrity}"></script>'
        body = widget(limit=1, lang="de")
        return open_page(registry(body, [host], head=script, script=False))

    page = page_with(pinned["integrity"])
    told(page, "load")
    assert page.get_by_role("heading", level=2).inner_text() == "Verwandte Studien"
    assert broken_rules(page) == NONE
    other = page_with("sha384-" + "A" * 64)
    assert other.get_by_role("link", name="Search the registry").is_visible()
    assert other.evaluate("customElements.get('related-trials')") is None
