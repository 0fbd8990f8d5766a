"""What each route answers, against the engine and the records themselves."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest

from search.filters import parse_filters
from search.passage import Facet

ASKED = "NCT06853522"


@pytest.fixture(scope="module")
def records():
    """NCT id -> the raw record, read without any code of the project."""
    studies = Path(__file__).parents[2] / "seeds" / "studies.ndjson"
    found = [orjson.loads(line)["protocolSection"] for line in studies.read_bytes().splitlines()]
    return {record["identificationModule"]["nctId"]: record for record in found}


def test_similar_answers_what_the_engine_ranks(client, seeds_engine):
    answer = client.get(f"/similar/{ASKED}?k=7").json()
    ranked = seeds_engine.similar(ASKED, k=7).hits
    assert [(hit["rank"], hit["nct_id"], hit["score"]) for hit in answer["hits"]] == [
        (rank, hit.trial.trial_id, hit.score) for rank, hit in enumerate(ranked, start=1)
    ]
    assert ASKED not in [hit["nct_id"] for hit in answer["hits"]]
    assert list(answer) == ["query", "build", "hits", "named", "counts", "recognised", "cost", "note"]
    assert list(answer["hits"][0])[:4] == ["rank", "score", "id", "nct_id"]


def test_weights_change_the_list_as_the_engine_does_and_a_preset_is_a_name_for_them(client, seeds_engine):
    ranked = seeds_engine.similar(ASKED, k=5, weights={Facet.INTERVENTION: 1.0}).hits
    by_name, by_number = (
        client.get(f"/similar/{ASKED}?k=5&{wish}").json()
        for wish in ("preset=same-intervention", "preset=same-condition&weights=intervention:3")
    )
    found = [(hit["nct_id"], hit["score"]) for hit in by_name["hits"]]
    assert found == [(hit.trial.trial_id, hit.score) for hit in ranked]
    assert found == [(hit["nct_id"], hit["score"]) for hit in by_number["hits"]]
    assert by_number["query"]["weights"] == {"intervention": 3.0}
    assert found != [(hit["nct_id"], hit["score"]) for hit in client.get(f"/similar/{ASKED}?k=5").json()["hits"]]


def test_an_answer_says_what_was_asked_and_which_build_answered(client, seeds_engine):
    answer = client.get(f"/similar/{ASKED}?k=3&status=unknown,Completed&start_from=2010&preset=same-condition").json()
    assert answer["query"] == {
        "id": ASKED,
        "nct_id": ASKED,
        "title": "hucMSCs Exosomes for the Treatment of Active Ulcerative Colitis",
        "text": None,
        "positives": [
            {"id": ASKED, "title": "hucMSCs Exosomes for the Treatment of Active Ulcerative Colitis", "weight": 1.0}
        ],
        "negatives": [],
        "k": 3,
        "offset": 0,
        "filters": {"status": ["UNKNOWN", "COMPLETED"], "start_from": "2010-01-01"},
        "weights": {"condition": 1.0},
        "exclude": [],
        "as_of": None,
        "min_score": None,
        "min_band": None,
        "diversity": 0.0,
        "collapse": None,
        "prefer": None,
    }
    manifest = seeds_engine.manifest
    assert answer["build"] == {
        "build_id": manifest.build_id,
        "encoder": "hashing",
        "trials": 288,
        "data_date": manifest.source.data_date,
    }


def test_a_hit_shows_the_trial_as_it_is_registered(client, records):
    hits = client.get(f"/similar/{ASKED}?k=100").json()["hits"]
    assert len(hits) == 100
    for hit in hits:
        record = records[hit["nct_id"]]
        assert hit["title"] == record["identificationModule"]["briefTitle"]
        assert hit["conditions"] == record.get("conditionsModule", {}).get("conditions", [])
        assert hit["status"] == record.get("statusModule", {}).get("overallStatus")
        assert hit["phases"] == record.get("designModule", {}).get("phases", [])
        assert hit["url"] == f"https://clinicaltrials.gov/study/{hit['nct_id']}"


def test_search_answers_what_the_engine_ranks(client, seeds_engine):
    answer = client.get("/search", params={"q": "stem cells for colitis", "k": 4, "country": "China"}).json()
    ranked = seeds_engine.search("stem cells for colitis", k=4, filters=parse_filters(country=["China"])).hits
    assert [hit["nct_id"] for hit in answer["hits"]] == [hit.trial.trial_id for hit in ranked]
    assert {country for hit in answer["hits"] for country in hit["countries"]} >= {"China"}
    assert answer["query"]["text"] == "stem cells for colitis"
    assert answer["query"]["nct_id"] is None


def test_a_trial_is_answered_with_all_that_its_record_says(client, records):
    trial = client.get(f"/trials/{ASKED}").json()
    record = records[ASKED]
    assert trial["title"] == record["identificationModule"]["briefTitle"]
    assert trial["official_title"] == record["identificationModule"].get("officialTitle")
    assert trial["brief_summary"] == record.get("descriptionModule", {}).get("briefSummary")
    assert [(item["type"], item["name"]) for item in trial["interventions"]] == [
        (item["type"], item["name"]) for item in record["armsInterventionsModule"]["interventions"]
    ]


@pytest.mark.parametrize("spelling", ["nct06853522", "%20NCT06853522", "NCT06853522%20", "Nct%2006853522%09%0A"])
@pytest.mark.parametrize("route", ["similar", "trials"])
def test_an_id_is_read_in_any_case_and_with_stray_spaces(client, route, spelling):
    assert client.get(f"/{route}/{spelling}").json() == client.get(f"/{route}/{ASKED}").json()


def test_every_trial_of_the_seeds_can_be_asked(client, records):
    """Two thirds of them lack a facet."""
    for trial_id in records:
        response = client.get(f"/similar/{trial_id}?k=1")
        assert response.status_code == 200
        assert response.json()["hits"][0]["nct_id"] != trial_id


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ("k=5", None),
        (
            "k=5&country=Atlantis",
            "the filters leave no other trial; a trial fails a filter on what its record does not say",
        ),
    ],
)
def test_fewer_hits_than_asked_for_are_explained(client, query, note):
    assert client.get(f"/similar/{ASKED}?{query}").json()["note"] == note


def test_version_says_which_version_build_encoder_and_data_answer(client, seeds_engine, records):
    newest = max(
        date
        for record in records.values()
        if (date := record.get("statusModule", {}).get("lastUpdatePostDateStruct", {}).get("date"))
    )
    assert client.get("/version").json() == {
        "version": "0.1.0",
        "build_id": seeds_engine.manifest.build_id,
        "encoder": "hashing",
        "trials": 288,
        "data_date": newest,
    }


def test_health_is_answered_whatever_a_probe_appends(client, seeds_engine):
    assert client.get("/health/live?t=1").json() == {"status": "live"}
    ready = {"status": "ready", "build_id": seeds_engine.manifest.build_id, "stale": None}
    assert client.get("/health/ready?t=1").json() == ready


def test_many_threads_asking_one_engine_get_the_answers_of_one(client, records):
    questions = [f"/similar/{trial_id}?k=5" for trial_id in list(records)[:40]]
    questions += [f"/search?q={words}&k=5" for words in ("colitis", "stem cells", "exosomes", "whey protein")]
    alone = [client.get(question).json() for question in questions]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda question: client.get(question).json(), questions * 3))
    assert together == alone * 3
