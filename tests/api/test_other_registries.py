"""Trials of several registries in one index, asked over the API."""

import html
import io
import re
from pathlib import Path

import orjson
import pytest
from rich.console import Console
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from indexer.build import rebuild_index
from indexer.sources.files import open_source
from search.encoders.hashing import HashingEncoder
from search.progress import progress_on
from tests.indexer.full_study import FULL_STUDY
from tests.indexer.sources.ictrp_exports import CHINESE, TRIALS, xml_text

INDIAN = {**CHINESE, "TrialID": "CTRI/2020/12/029986", "Public_title": "Yoga after stroke"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    folder = tmp_path_factory.mktemp("registries")
    source, index = folder / "source", folder / "index"
    source.mkdir()
    (source / "ictrp").write_text(xml_text(*TRIALS, INDIAN))
    (source / "registry").write_bytes(orjson.dumps(FULL_STUDY))
    progress = progress_on(Console(file=io.StringIO()))
    rebuild_index(open_source(str(source)), root=Path(index), encoder=HashingEncoder(), progress=progress)
    return TestClient(create_app(None, Settings(index=index)), raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("path", "trial_id", "nct_id"),
    [
        ("2019-001234-56", "EUCTR2019-001234-56", None),
        ("euctr2019-001234-56-nl", "EUCTR2019-001234-56", None),
        ("U1111-1234-5678", "NCT01234567", "NCT01234567"),
        ("nct00000018", "NCT01234567", "NCT01234567"),
        ("chictr2600132949", "ChiCTR2600132949", None),
        ("CTRI%2F2020%2f12%2F029986", "CTRI/2020/12/029986", None),
        ("CTRI-2020-12-029986", "CTRI/2020/12/029986", None),
    ],
)
def test_any_id_of_a_trial_is_asked_for_it(path: str, trial_id: str, nct_id: str | None, client: TestClient) -> None:
    for prefix in ("", "/v1"):
        asked = client.get(f"{prefix}/similar/{path}").json()["query"]
        assert (asked["id"], asked["nct_id"]) == (trial_id, nct_id)
    assert client.get(f"/trials/{path}").json()["id"] == trial_id
    assert client.get(f"/compare/{path}/NCT00000002").json()["first"]["id"] == trial_id


def test_a_trial_registered_twice_is_a_hit_that_says_so_either_way_round(client: TestClient) -> None:
    for asked, other in (("NCT01234567", "EUCTR2019-001234-56"), ("EUCTR2019-001234-56", "NCT01234567")):
        first = client.get(f"/similar/{asked}").json()["hits"][0]
        assert (first["id"], first["reasons"][0]) == (
            other,
            {"kind": "same_trial", "query_term": asked, "hit_term": other, "likeness": 1.0, "via": None},
        )
        assert "same_programme" not in [reason["kind"] for reason in first["reasons"]]


def test_a_trial_registered_twice_is_one_entry_of_a_collapsed_list(client: TestClient) -> None:
    hits = client.get("/search?q=exosomes&collapse=programme").json()["hits"]

    assert [(member["id"], member["cause"]) for member in hits[0]["programme"]["members"]] in [
        [("EUCTR2019-001234-56", "same_trial")],
        [("NCT01234567", "same_trial")],
    ]


def test_a_card_links_to_the_registry_of_the_trial(client: TestClient) -> None:
    hits = client.get("/similar/NCT01234567?min_score=-1").json()["hits"]

    assert {hit["id"]: hit["url"] for hit in hits} == {
        "EUCTR2019-001234-56": "https://www.clinicaltrialsregister.eu/ctr-search/search?query=2019-001234-56",
        "NCT00000002": "https://clinicaltrials.gov/study/NCT00000002",
        "ChiCTR2600132949": "https://trialsearch.who.int/Trial2.aspx?TrialID=ChiCTR2600132949",
        "CTRI/2020/12/029986": "https://trialsearch.who.int/Trial2.aspx?TrialID=CTRI%2F2020%2F12%2F029986",
    }


@pytest.mark.parametrize(
    "path", ["/trials/NCT00000002", "/trials/CTRI-2020-12-029986", "/widget?nct_id=ChiCTR2600132949"]
)
def test_every_link_of_a_page_to_a_trial_leads_there(path: str, client: TestClient) -> None:
    page = client.get(path, headers={"Accept": "text/html"})
    links = {link for link in re.findall(r'href="(/[^"#]*)"', page.text) if "/assets/" not in link}

    assert page.status_code == 200
    assert any("%2F" in link for link in links) or path.startswith("/widget")
    assert {link: client.get(html.unescape(link)).status_code for link in links} == dict.fromkeys(links, 200)


def test_an_id_typed_into_a_text_names_its_trial(client: TestClient) -> None:
    answer = client.get("/search", params={"q": "trials like eudract 2019-001234-56"}).json()

    assert answer["named"]["id"] == "EUCTR2019-001234-56"
    assert answer["hits"][0]["id"] == "NCT01234567"


def test_an_id_that_is_unknown_or_none_is_refused_as_what_it_is(client: TestClient) -> None:
    unknown = client.get("/similar/isrctn12345678")
    assert (unknown.status_code, unknown.json()["detail"]) == (
        404,
        "no trial ISRCTN12345678 in this index; check the id, or search by text instead",
    )
    none = client.get("/similar/some%2Fthing")
    assert (none.status_code, none.json()["detail"]) == (
        422,
        "'some/thing' is not a trial id; one looks like NCT06853522 or ISRCTN12345678",
    )
    assert client.get("/similar/CTRI/2020/12/029986").status_code == 404
