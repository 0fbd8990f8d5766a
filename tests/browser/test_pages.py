"""The pages in a real browser: whoever looks, on whatever screen, by keyboard, with scripts and without."""

import re

import httpx
import pytest

from api.app import create_app
from api.settings import Settings
from search.engine import SearchEngine
from tests.browser.conftest import serving_app
from tests.browser.shown import ASKED, NONE, broken_rules, violations
from tests.hostile import PAYLOADS, hostile_records

OPEN = "prefer=recruiting&status=RECRUITING&status=NOT_YET_RECRUITING"
PAGES = {
    "home": "/",
    "results": "/?q=umbilical+cord+stem+cells+for+colitis&status=COMPLETED&status=UNKNOWN",
    "further results": "/?q=colitis&offset=10",
    "named": f"/?q={ASKED}",
    "nothing found": "/?q=colitis&country=Narnia",
    "trial": f"/trials/{ASKED}",
    "by condition": f"/trials/{ASKED}?preset=same-condition&colour=condition",
    "open alternatives": f"/trials/{ASKED}?{OPEN}",
    "none related": f"/trials/{ASKED}?country=Narnia",
    "compare": f"/compare/{ASKED}/NCT02442037",
    "widget": f"/widget?nct_id={ASKED}&limit=2",
    "plain page": f"/widget/page?nct_id={ASKED}&limit=2",
    "not found": "/trials/NCT99999999",
    "wrong": "/?q=colitis&status=ajar",
}


def settled(page):
    """`page`, once the widget on it, where there is one, has answered."""
    for frame in page.frames:
        if frame.locator("related-trials").count():
            frame.locator("related-trials").scroll_into_view_if_needed()
            frame.locator("related-trials [part=list]").wait_for()
    return page


@pytest.fixture(scope="module")
def hostile_host(tmp_path_factory, build_at):
    root = tmp_path_factory.mktemp("hostile") / "index"
    build_at(root, hostile_records())
    with serving_app(create_app(SearchEngine.open(root), Settings(index=root))) as address:
        yield address


@pytest.fixture(scope="module")
def empty_host(tmp_path_factory):
    with serving_app(create_app(None, Settings(index=tmp_path_factory.mktemp("none")))) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_no_rule_is_broken(host, open_page, name, scheme):
    page = settled(open_page(host + PAGES[name], color_scheme=scheme))
    for summary in page.locator("main summary:visible").all():
        summary.click()
    assert violations(page) == []
    assert broken_rules(page) == NONE
    assert page.context.cookies() == []


@pytest.mark.parametrize("name", PAGES)
def test_it_fits_a_screen_of_320_pixels_and_the_widest(host, open_page, name):
    page = settled(open_page(host + PAGES[name], viewport={"width": 320, "height": 640}))
    for summary in page.locator("main summary:visible").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.set_viewport_size({"width": 2560, "height": 1200})
    assert page.evaluate("document.documentElement.scrollWidth") <= 2560


@pytest.mark.parametrize("name", PAGES)
def test_without_javascript_all_of_it_is_there(host, open_page, name):
    page = open_page(host + PAGES[name], java_script_enabled=False)
    text = page.locator("main").inner_text()
    scripted = open_page(host + PAGES[name])
    assert text
    if name not in ("widget", "plain page"):
        assert scripted.locator("main").inner_text() == text


def test_a_search_works_without_javascript_and_its_address_can_be_shared(host, open_page):
    page = open_page(host, java_script_enabled=False)
    page.get_by_role("searchbox").fill("stem cells for colitis")
    page.get_by_role("button", name="Search").click()
    first = page.locator(".card .title").first.inner_text()
    page.get_by_label(re.compile("^Completed")).check()
    page.get_by_role("button", name="Apply filters").click()
    assert set(page.locator(".card .status").all_inner_texts()) == {"Completed"}
    assert (
        open_page(page.url).locator(".card .title").all_inner_texts() == page.locator(".card .title").all_inner_texts()
    )
    page.get_by_role("link", name="remove this filter").click()
    assert page.locator(".card .title").first.inner_text() == first


def test_a_trial_is_reached_compared_and_narrowed_by_keyboard_alone(host, open_page):
    page = open_page(f"{host}/?q={ASKED}")

    def tab_to(pattern):
        for _ in range(200):
            page.keyboard.press("Tab")
            name = page.evaluate(
                "document.activeElement.getAttribute('aria-label') || document.activeElement.innerText"
            )
            assert page.evaluate("document.activeElement !== document.body"), pattern
            if re.search(pattern, name or ""):
                return
        raise AssertionError(pattern)

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to content"
    assert page.locator(".skip").bounding_box()["y"] >= 0  # seen while it has the focus
    tab_to("hucMSCs Exosomes")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/trials/{ASKED}")
    tab_to("^Same condition$")
    page.keyboard.press("Enter")
    page.wait_for_url("**preset=same-condition**")
    tab_to("^Compare")
    page.keyboard.press("Enter")
    page.wait_for_url("**/compare/**")
    assert page.get_by_role("heading", name="Field by field").is_visible()


def test_every_point_of_the_picture_is_a_named_link_and_the_table_says_the_same(host, open_page):
    page = open_page(f"{host}/trials/{ASKED}")
    hits = httpx.get(f"{host}/similar/{ASKED}?collapse=programme").json()["hits"]
    points = page.locator("svg.map a")
    assert [point.get_attribute("href") for point in points.all()] == [f"/trials/{hit['id']}" for hit in hits]
    for hit, point in zip(hits, points.all(), strict=True):
        assert point.locator("title").text_content().startswith(f"{hit['rank']}: {hit['title']}, ")
        assert point.evaluate("point => point.tabIndex") == 0
    page.locator(".as-table summary").click()
    assert page.locator(".as-table tbody th").all_inner_texts() == [hit["id"] for hit in hits]
    places = [point.locator("circle").bounding_box() for point in points.all()]
    middles = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in places]
    nearest = min(((x - u) ** 2 + (y - v) ** 2) ** 0.5 for n, (x, y) in enumerate(middles) for u, v in middles[n + 1 :])
    assert nearest >= places[0]["width"]  # none covers another
    points.first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/trials/{hits[0]['id']}")


def test_no_word_of_the_table_is_broken_on_a_phone(host, open_page):
    page = open_page(f"{host}/trials/{ASKED}", viewport={"width": 375, "height": 800})
    page.locator(".as-table summary").click()
    line = page.locator(".as-table thead th").first.bounding_box()["height"]
    heights = [cell.bounding_box()["height"] for cell in page.locator(".as-table thead th").all()]
    assert heights == [line] * 6
    assert page.evaluate("document.documentElement.scrollWidth") == 375


def test_what_is_typed_is_suggested_and_chosen_by_keyboard(host, open_page):
    page = open_page(host)
    field = page.get_by_role("combobox")
    field.press_sequentially("ulc")
    options = page.get_by_role("option")
    options.first.wait_for()
    told = httpx.get(f"{host}/suggest?q=ulc").json()["suggestions"]
    assert options.locator(".text").all_inner_texts() == [each["text"] for each in told]
    assert field.get_attribute("aria-expanded") == "true"
    assert violations(page) == []
    field.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    field.press("ArrowUp")
    assert field.get_attribute("aria-activedescendant") is None
    field.press("Escape")
    assert options.count() == 0 or not options.first.is_visible()
    assert field.input_value() == "ulc"
    field.press_sequentially("e")
    options.first.wait_for()
    field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_url("**/?q=*")
    assert page.get_by_role("combobox").input_value() == told[0]["text"]
    assert broken_rules(page) == NONE


def test_an_id_that_is_begun_is_suggested_with_its_title(host, open_page):
    page = open_page(host)
    page.get_by_role("combobox").press_sequentially("nct068535")
    option = page.get_by_role("option").first
    option.wait_for()
    assert option.inner_text().startswith(f"{ASKED} hucMSCs")
    option.click()
    page.wait_for_url(f"**/?q={ASKED}")
    assert page.locator(".named h2").inner_text() == "hucMSCs Exosomes for the Treatment of Active Ulcerative Colitis"


def test_a_slow_answer_is_announced_and_a_fast_one_is_not(host, open_page):
    page = open_page(host)
    held = []
    page.route("**/?q=*", lambda route: held.append(route))
    page.get_by_role("combobox").fill("colitis")
    # Asked in the page itself: from outside, everything waits for the page that is to come.
    said = page.evaluate(
        """() => new Promise((tell) => {
          const root = document.documentElement, main = document.querySelector("main");
          document.querySelector("form").requestSubmit();
          setTimeout(() => {
            const early = root.className;
            const seen = () => tell([early, root.className, main.ariaBusy]);
            new MutationObserver(seen).observe(main, { attributes: true });
          }, 50);
        })"""
    )
    assert said == ["", "waiting", "true"]
    held[0].continue_()
    page.wait_for_url("**/?q=colitis")
    assert page.locator("html.waiting").count() == 0
    page.unroute("**/?q=*")


def test_the_snippet_is_copied(host, open_page):
    page = open_page(f"{host}/widget?nct_id={ASKED}", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#snippet").inner_text()
    assert f'<related-trials nct-id="{ASKED}">' in copied
    assert httpx.get(f"{host}/widget/integrity.json").json()["integrity"] in copied


def test_the_plain_page_shows_the_widget_in_the_language_chosen(host, open_page):
    page = open_page(f"{host}/widget?nct_id={ASKED}&lang=de&limit=2")
    frame = page.frame_locator("iframe.live")
    page.locator("iframe.live").scroll_into_view_if_needed()
    frame.locator("related-trials").scroll_into_view_if_needed()
    frame.get_by_role("heading", name="Verwandte Studien").wait_for()
    assert broken_rules(page) == NONE
    assert page.frames[1].evaluate("violations") == []


@pytest.mark.parametrize(
    "path", ["/?q=alert", *(f"/trials/NCT{number:08}" for number in range(1, len(PAYLOADS) + 1)),
             "/compare/NCT00000001/NCT00000002", "/widget/page?nct_id=NCT00000002"],
)  # fmt: skip
def test_hostile_records_are_inert(hostile_host, open_page, path):
    page = open_page(hostile_host + path)
    for summary in page.locator("main summary:visible").all():
        summary.click()
    for link in page.locator("main a").all():
        assert not (link.get_attribute("href") or "").startswith("javascript:")
    assert page.locator("main :is(script, iframe, img, math, template, style)").count() == 0
    assert broken_rules(page) == NONE


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_questions_are_inert(host, open_page, payload):
    page = open_page(host + "/?" + str(httpx.QueryParams({"q": payload, "condition": payload})))
    assert page.get_by_role("combobox").input_value() == payload
    field = page.get_by_role("combobox")
    field.fill(payload[:40])
    assert broken_rules(page) == NONE


def test_a_hostile_suggestion_is_inert(hostile_host, open_page):
    page = open_page(hostile_host)
    page.get_by_role("combobox").press_sequentially("alert")
    page.get_by_role("option").first.wait_for()
    assert page.locator(".options-list :is(script, img, svg, iframe)").count() == 0
    assert broken_rules(page) == NONE


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_server_without_an_index_says_so_in_a_page(empty_host, open_page, scheme):
    page = open_page(empty_host, color_scheme=scheme)
    assert page.get_by_role("heading", level=1).inner_text() == "No answers just now"
    assert "trialkin rebuild-index" in page.locator(".lead").inner_text()
    assert violations(page) == []


def test_print_leaves_out_what_paper_cannot_do(host, open_page):
    page = open_page(f"{host}/trials/{ASKED}")
    page.emulate_media(media="print")
    for gone in [".search", ".switch", "header.site nav", ".skip"]:
        assert not page.locator(gone).first.is_visible()
    assert page.locator(".card").first.is_visible()
    assert page.locator(".advice").is_visible()
