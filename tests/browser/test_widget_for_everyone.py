"""The element in six languages, by keyboard, on narrow screens, and in whatever colours and motion a reader wants."""

import pytest

from tests.browser.shown import NONE, broken_rules, told, violations, widget


@pytest.mark.parametrize(
    ("language", "heading", "status", "footer"),
    [
        ("de", "Verwandte Studien", "Status unbekannt", "Verglichen mit 288 Studien · Datenstand 6. Februar 2026"),
        (
            "es-MX", "Ensayos relacionados", "Estado desconocido",
            "Comparado con 288 ensayos · datos del 6 de febrero de 2026",
        ),
        ("fr", "Essais apparentés", "Statut inconnu", "Comparé à 288 essais · données du 6 février 2026"),
        ("zh-Hans-CN", "相关试验", "状态未知", "与 288 项试验比较 · 数据截至 2026年2月6日"),
        ("ja", "関連する試験", "状況不明", "288 件の試験と比較 · 2026年2月6日時点のデータ"),
        ("sv", "Related trials", "Unknown status", "Compared with 288 trials · data of February 6, 2026"),
    ],
)  # fmt: skip
def test_it_speaks_the_language_of_the_page(host, registry, open_page, language, heading, status, footer):
    page = open_page(registry(widget(limit=1), [host], lang=language))
    told(page, "load")
    assert page.get_by_role("heading", level=2).inner_text() == heading
    assert page.locator("related-trials .badge").first.inner_text() == status
    assert page.locator("related-trials .footer p").first.inner_text() == footer
    assert page.locator("related-trials .item > a").get_attribute("lang") == "en"
    assert broken_rules(page) == NONE


def test_the_keyboard_reaches_every_title_and_every_reason(host, registry, open_page):
    page = open_page(registry(widget(limit=2), [host]))
    told(page, "load")
    assert page.evaluate("document.activeElement === document.body")  # nothing stole the focus
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.shadowRoot?.activeElement?.localName"))
    assert reached == ["a", "summary", "a", "summary"]
    page.keyboard.press("Enter")
    assert page.locator("related-trials details").last.get_attribute("open") is not None
    heights = page.evaluate(
        "[...document.querySelector('related-trials').shadowRoot.querySelectorAll('a, summary')]"
        ".map((target) => target.getBoundingClientRect().height)"
    )
    assert min(heights) >= 24


@pytest.mark.parametrize("language", ["en", "de", "ja"])
def test_it_fits_a_narrow_screen(host, registry, open_page, language):
    page = open_page(registry(widget(), [host], lang=language), viewport={"width": 320, "height": 640})
    told(page, "load")
    for summary in page.locator("related-trials summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize(("scheme", "text"), [("light", "rgb(0, 0, 0)"), ("dark", "rgb(255, 255, 255)")])
def test_it_follows_the_pages_colours(host, registry, open_page, scheme, text):
    head = '<meta name="color-scheme" content="light dark">'
    page = open_page(registry(widget(limit=1), [host], head=head), color_scheme=scheme)
    told(page, "load")
    colours = page.evaluate(
        "() => { const root = document.querySelector('related-trials').shadowRoot;"
        "return ['.heading', '.link'].map((name) => getComputedStyle(root.querySelector(name)).color) }"
    )
    link = {"light": "rgb(11, 87, 164)", "dark": "rgb(138, 180, 248)"}[scheme]
    assert colours == [text, link]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "ja", "zh"])
def test_axe_finds_nothing_in_any_language_and_scheme(host, registry, open_page, language, scheme):
    head = '<meta name="color-scheme" content="light dark">'
    body = f"<main>{widget(limit=5)}</main>"
    page = open_page(registry(body, [host], head=head, lang=language), color_scheme=scheme)
    told(page, "load")
    for summary in page.locator("related-trials summary").all():
        summary.click()
    assert violations(page) == []


@pytest.mark.parametrize("state", ["loading", "none", "error"])
def test_axe_finds_nothing_in_the_other_states(host, registry, open_page, state):
    given = {"loading": {}, "none": {"country": "Atlantis"}, "error": {"src": "ftp://nowhere", "fallback": ""}}[state]
    before = '<svg height="4000"></svg>' if state == "loading" else ""
    page = open_page(registry(f"<main>{widget(**given)}{before}</main>", [host]))
    if state == "loading":
        page = open_page(registry(f"<main>{before}{widget()}</main>", [host]))
        page.locator("related-trials .loading").wait_for()
    else:
        told(page, "load" if state == "none" else "error")
    assert violations(page) == []


def test_colours_that_the_reader_forces_are_kept(host, registry, open_page):
    page = open_page(registry(widget(limit=1), [host]), forced_colors="active")
    told(page, "load")
    page.locator("related-trials summary").click()
    looks = page.evaluate(
        "() => { const root = document.querySelector('related-trials').shadowRoot;"
        "const of = (name, what) => getComputedStyle(root.querySelector(name))[what];"
        "const text = getComputedStyle(document.body).color;"
        "return [of('.bar', 'backgroundColor') === text, of('.meta', 'color') === text,"
        "of('section', 'borderTopStyle')] }"
    )
    assert looks == [True, True, "solid"]


@pytest.mark.parametrize(("motion", "name"), [("no-preference", "wait"), ("reduce", "none")])
def test_nothing_moves_for_readers_who_do_not_want_it(host, registry, open_page, motion, name):
    page = open_page(registry('<svg height="4000"></svg>' + widget(), [host]), reduced_motion=motion)
    bone = page.locator("related-trials .bone").first
    bone.wait_for(state="attached")
    assert bone.evaluate("(element) => getComputedStyle(element).animationName") == name
