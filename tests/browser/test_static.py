"""<related-trials> on files that an export wrote, served by a plain file server, and the export's own page."""

import functools
import http.server
import shutil
import threading
from contextlib import nullcontext
from types import SimpleNamespace

import httpx
import orjson
import pytest

from api.export.sharding import sharding_of
from api.export.static import export_static
from tests.browser.shown import ASKED, FALLBACK, NONE, broken_rules, told, violations, widget


@pytest.fixture(scope="session")
def serve_files():
    """Serves a folder as Python's own file server does; with `cors`, to pages of other sites too."""
    servers = []

    def serve(folder, *, cors):
        class Handler(http.server.SimpleHTTPRequestHandler):
            def end_headers(self):
                if cors:
                    self.send_header("Access-Control-Allow-Origin", "*")
                super().end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def exported(seeds_root, tmp_path_factory):
    """An export of the seeds."""
    folder = tmp_path_factory.mktemp("export") / "static"
    silent = SimpleNamespace(stage=lambda *_: nullcontext(lambda _: None))
    export_static(seeds_root, folder, k=10, jobs=1, progress=silent)
    return folder


@pytest.fixture(scope="session")
def files(exported, serve_files):
    """The address of the export, for pages of other sites."""
    return serve_files(exported, cors=True)


def test_files_show_what_the_api_answers_under_a_strict_policy(files, host, registry, open_page):
    page = open_page(registry(widget(src=f"{files}/index.json", limit=3), [files]))
    answer = httpx.get(f"{host}/similar/{ASKED}?k=3").json()
    (loaded,) = told(page, "load")
    assert loaded == {"nctId": ASKED, "hits": [hit["id"] for hit in answer["hits"]], "build": answer["build"]}
    assert page.locator("related-trials .item > a").all_inner_texts() == [hit["title"] for hit in answer["hits"]]
    assert page.locator("related-trials .footer p").first.inner_text() == (
        "Compared with 288 trials · data of February 6, 2026"
    )
    assert broken_rules(page) == NONE


@pytest.mark.parametrize(
    ("given", "passes"),
    [
        ({"status": "completed, recruiting"}, lambda hit: hit["status"] in ("COMPLETED", "RECRUITING")),
        ({"phase": "Phase 1; 3"}, lambda hit: {"PHASE1", "PHASE3"} & set(hit["phases"])),
        ({"country": "China; France"}, lambda hit: {"China", "France"} & set(hit["countries"])),
        (
            {"status": "unknown", "phase": "phase2"},
            lambda hit: hit["status"] == "UNKNOWN" and "PHASE2" in hit["phases"],
        ),
    ],
)
def test_filters_that_a_card_can_answer_apply_to_files(files, host, registry, open_page, given, passes):
    page = open_page(registry(widget(src=f"{files}/index.json", limit=50, **given), [files]))
    hits = httpx.get(f"{host}/similar/{ASKED}?k=10").json()["hits"]
    expected = [hit["id"] for hit in hits if passes(hit)]
    assert told(page, "load")[0]["hits"] == expected
    assert len(expected) < 10


def test_where_no_file_has_a_hit_left_the_fallback_leads_on(files, registry, open_page):
    page = open_page(registry(f"<main>{widget(src=f'{files}/index.json', country='Atlantis')}</main>", [files]))
    assert told(page, "load")[0]["hits"] == []
    page.get_by_text("No closely related trial was found.").wait_for()
    assert page.get_by_role("link", name="Search the registry").is_visible()
    assert violations(page) == []


@pytest.mark.parametrize(
    ("trial_id", "why"),
    [
        ("NCT99999999", "a file that is not there"),
        ("NCT06853529", "a trial that its file lacks"),
        ("DRKS00000001", "a registry that is not there"),
    ],
)
def test_a_trial_that_is_in_no_file_leaves_the_fallback(files, registry, open_page, trial_id, why):
    page = open_page(registry(widget(trial_id, src=f"{files}/index.json"), [files]))
    assert told(page, "error")[0]["status"] == 404, why
    assert page.get_by_role("link", name="Search the registry").is_visible()


def test_a_trial_is_found_by_its_other_ids_too(exported, tmp_path, serve_files, registry, open_page):
    folder = shutil.copytree(exported, tmp_path / "export")
    index = orjson.loads((folder / "index.json").read_bytes())
    (folder / "index.json").write_bytes(orjson.dumps({**index, "aliases": 2}))
    (folder / "aliases.json").write_bytes(orjson.dumps({"NCT00000009": ASKED, "EUCTR2019-001234-56": ASKED}))
    address = serve_files(folder, cors=True)
    asked = [ASKED, "NCT00000009", "euctr2019-001234-56"]
    body = "".join(widget(one, src=f"{address}/index.json") for one in asked)
    page = open_page(registry(body, [address]), viewport={"width": 800, "height": 4000})
    hits = [one["hits"] for one in told(page, "load", 3)]
    assert hits[0] == hits[1] == hits[2] != []


def test_the_widget_finds_the_file_that_the_export_put_a_trial_in(tmp_path, serve_files, host, registry, open_page):
    ids = [f"NCT{number:08}" for number in [*range(0, 3_000_000, 4_000), *range(7_000_000, 7_000_400)]]
    ids += ["X1", *(f"X1{number:03}" for number in range(60)), "CTRI/2020/03/024123", "2023-504567-12-00", "RBR-6nmwqd"]
    sharding = sharding_of(ids)
    assert sharding.split
    build = {"build_id": "b", "trials": len(ids), "data_date": None}
    (tmp_path / "similar").mkdir()
    for name, inside in sharding.shards(ids).items():
        trials = {trial_id.upper(): {"title": trial_id, "hits": []} for trial_id in inside}
        (tmp_path / "similar" / f"{name}.json").write_bytes(orjson.dumps({"build": build, "trials": trials}))
    index = {"format": 1, "build": build, "prefix": sharding.prefix, "split": sharding.split}
    (tmp_path / "index.json").write_bytes(orjson.dumps(index))
    address = serve_files(tmp_path, cors=True)
    asked = ["NCT07000399", "nct07000010", *ids[-3:]]
    body = "".join(widget(one, src=f"{address}/index.json") for one in asked)
    page = open_page(registry(body, [host, address]), viewport={"width": 800, "height": 4000})
    loaded = told(page, "load", len(asked))
    assert {one["nctId"].upper() for one in loaded} == {one.upper() for one in asked}
    assert broken_rules(page) == NONE


def test_the_page_of_an_export_works_from_any_file_host(exported, serve_files, host, open_page):
    address = serve_files(exported, cors=False)
    page = open_page(f"{address}/")
    example = page.locator("#trial").input_value()
    (loaded,) = told(page, "load")
    answer = httpx.get(f"{host}/similar/{example}?k=5").json()
    assert loaded["hits"] == [hit["id"] for hit in answer["hits"]]
    assert page.title() == "Related trials, as files"

    page.get_by_label("Trial", exact=True).fill(ASKED)
    page.get_by_label("Language").select_option("de")
    page.get_by_role("button", name="Show").click()
    answer = httpx.get(f"{host}/similar/{ASKED}?k=5").json()
    assert told(page, "load", 2)[1]["hits"] == [hit["id"] for hit in answer["hits"]]
    page.get_by_role("heading", name="Verwandte Studien").wait_for()
    snippet = page.locator("#snippet").inner_text()
    assert f'nct-id="{ASKED}" lang="de" src="{address}/index.json"' in snippet
    assert page.url == f"{address}/?trial={ASKED}&lang=de"
    assert broken_rules(page) == NONE
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_page_of_an_export(exported, serve_files, open_page, scheme):
    page = open_page(f"{serve_files(exported, cors=False)}/?trial={ASKED}", color_scheme=scheme)
    told(page, "load")
    assert violations(page) == []


def test_the_snippet_of_the_page_works_as_it_is_written(exported, serve_files, host, registry, open_page):
    address = serve_files(exported, cors=True)
    shown = open_page(f"{address}/?trial={ASKED}")
    told(shown, "load")
    snippet = shown.locator("#snippet").inner_text().replace("</related-trials>", f"{FALLBACK}</related-trials>")
    page = open_page(registry(snippet, [address], script=False))
    answer = httpx.get(f"{host}/similar/{ASKED}?k=5").json()
    assert told(page, "load")[0]["hits"] == [hit["id"] for hit in answer["hits"]]
    assert broken_rules(page) == NONE
