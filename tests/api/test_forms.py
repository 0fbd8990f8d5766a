"""One answer in several forms: which is sent, and that each says what the JSON says."""

import csv
import io
import json

import pytest

from api.table import csv_table
from tests.api.test_problems import problem_of

SIMILAR, SEARCH = "/similar/NCT06853522?k=5", "/search?q=stem+cells+for+colitis&k=5"
TRIALS = "/trials?ids=NCT06853522,NCT01221428"
LISTS = [SIMILAR, SEARCH, TRIALS]
MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "jsonld": "application/ld+json",
}


def rows_of(client, path):
    answer = client.get(path).json()
    return answer.get("hits", answer.get("trials"))


def table(response):
    return list(csv.reader(io.StringIO(response.text, newline="")))


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("form", MEDIA_TYPES)
def test_a_list_is_sent_in_the_form_that_is_accepted_or_named(client, path, form):
    accepted = client.get(path, headers={"Accept": MEDIA_TYPES[form].partition(";")[0]})
    named = client.get(f"{path}&format={form}", headers={"Accept": "image/png"})
    assert accepted.status_code == named.status_code == 200
    assert accepted.headers["content-type"] == named.headers["content-type"] == MEDIA_TYPES[form]
    assert accepted.content == named.content
    assert "Accept" in accepted.headers["vary"].split(", ")


@pytest.mark.parametrize(
    ("accept", "sent"),
    [
        ("*/*", "json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "json"),
        ("application/json; charset=utf-8", "json"),
        ("text/CSV", "csv"),
        ("text/*", "csv"),
        ("application/json;q=0.2, text/csv;q=0.7", "csv"),
        ("application/json;q=0, application/*", "ndjson"),
        ("image/png, application/ld+json", "jsonld"),
    ],
)
def test_a_client_gets_what_it_likes_best(client, accept, sent):
    # Where there is no version in the address, a browser gets a page for people.
    assert client.get(f"/v1{SIMILAR}", headers={"Accept": accept}).headers["content-type"] == MEDIA_TYPES[sent]


@pytest.mark.parametrize("accept", ["image/png", "text/html", "text/csv;q=0", "nonsense", "*/json"])
def test_what_is_not_offered_is_refused_with_what_is(client, accept):
    for path, known in {
        f"/v1{SIMILAR}": "application/json, text/csv, application/x-ndjson, application/ld+json",
        "/v1/version": "application/json",
    }.items():
        problem = problem_of(client.get(path, headers={"Accept": accept}))
        route = path.partition("?")[0]
        assert (problem.status, problem.title) == (406, "Not Acceptable")
        assert problem.detail == f"GET {route}: name one of these in Accept: {known}; the routes are listed at /docs"


def test_a_form_that_is_not_there_is_refused_with_those_that_are(client):
    problem = problem_of(client.get(f"{SIMILAR}&format=xml"))
    assert (problem.status, problem.detail) == (422, "format: Input should be 'json', 'csv', 'ndjson' or 'jsonld'")


def test_every_form_has_a_tag_of_its_own_by_which_it_is_not_sent_twice(client):
    tags = {}
    for form, media_type in MEDIA_TYPES.items():
        asked = {"Accept": media_type.partition(";")[0], "Accept-Encoding": "identity"}
        tags[form] = client.get(SIMILAR, headers=asked).headers["etag"]
        again = client.get(SIMILAR, headers={**asked, "If-None-Match": tags[form]})
        assert (again.status_code, again.headers["vary"]) == (304, "Accept, Accept-Encoding, Origin")
    assert len(set(tags.values())) == len(MEDIA_TYPES)


@pytest.mark.parametrize("path", LISTS)
def test_ndjson_holds_the_same_trials_one_a_line(client, path):
    lines = client.get(f"{path}&format=ndjson").text.splitlines()
    assert [json.loads(line) for line in lines] == rows_of(client, path)


def test_csv_has_a_row_a_hit_below_a_header_that_stays(client):
    response = client.get(f"{SIMILAR}&format=csv")
    assert response.headers["content-disposition"] == 'attachment; filename="trials.csv"'
    header, *rows = table(response)
    first = "rank,score,id,nct_id,title,status,phases,study_type,conditions,interventions,enrolment,start_date"
    assert header[:12] == first.split(",")
    assert [dict(zip(header, row, strict=True)) for row in rows] == [
        {
            **{name: "" if value is None else str(value) for name, value in hit.items()},
            "phases": "|".join(hit["phases"]),
            "conditions": "|".join(hit["conditions"]),
            "countries": "|".join(hit["countries"]),
            "interventions": "|".join(item["name"] for item in hit["interventions"]),
            "parts": json.dumps(hit["parts"], separators=(",", ":")),
            "reasons": "|".join(f"{reason['kind']}: {reason['hit_term']}" for reason in hit["reasons"]),
        }
        for hit in rows_of(client, SIMILAR)
    ]


@pytest.mark.parametrize("sign", [*"=+-@", "\t", "\r", "＝"])  # noqa: RUF001 - the wide sign is meant
def test_no_cell_is_read_as_a_formula(sign):
    cells = [{"title": f"{sign}HYPERLINK(1)", "conditions": [f"{sign}1", "=2"], "score": -0.25, "phases": []}]
    content = csv_table(cells, ["title", "conditions", "score", "phases"]).decode()
    assert list(csv.reader(io.StringIO(content, newline="")))[1] == [
        f"'{sign}HYPERLINK(1)",
        f"'{sign}1|=2",
        "-0.25",
        "",
    ]


def test_a_cell_keeps_commas_quotes_and_line_ends():
    content = csv_table([{"title": 'a "b", c\nd'}], ["title"])
    assert content == b'title\r\n"a ""b"", c\nd"\r\n'


@pytest.mark.parametrize("path", LISTS)
def test_a_search_engine_is_shown_an_ordered_list_of_medical_trials(client, path):
    found = client.get(f"{path}&format=jsonld").json()
    rows = rows_of(client, path)
    assert (found["@context"], found["@type"], found["numberOfItems"]) == ("https://schema.org", "ItemList", len(rows))
    items = found["itemListElement"]
    assert [item["position"] for item in items] == list(range(1, len(rows) + 1))
    for item, row in zip(items, rows, strict=True):
        study = item["item"]
        assert (study["@type"], study["@id"], study["name"]) == ("MedicalTrial", row["url"], row["title"])
        assert [condition["name"] for condition in study.get("healthCondition", [])] == row["conditions"]
        assert study.get("sponsor", {}).get("name") == row["sponsor"]


@pytest.mark.parametrize("chosen", ["fields=title,id", "fields=title&fields=id", "fields=id,,title,id"])
@pytest.mark.parametrize("path", LISTS)
def test_only_the_fields_that_are_named_are_sent(client, path, chosen):
    whole, part = client.get(path).json(), client.get(f"{path}&{chosen}").json()
    name = "hits" if "hits" in whole else "trials"
    assert part[name] == [{"id": row["id"], "title": row["title"]} for row in whole[name]]
    assert {**part, name: None} == {**whole, name: None}
    in_order = ["id", "title"] if "id,,title" in chosen else ["title", "id"]
    assert table(client.get(f"{path}&{chosen}&format=csv"))[0] == in_order
    lines = client.get(f"{path}&{chosen}&format=ndjson").text.splitlines()
    assert [json.loads(line) for line in lines] == part[name]


def test_of_one_trial_too_only_the_fields_that_are_named_are_sent(client):
    whole = client.get("/trials/NCT06853522").json()
    part = client.get("/trials/NCT06853522?fields=official_title,sex").json()
    assert part == {"official_title": whole["official_title"], "sex": whole["sex"]}


@pytest.mark.parametrize(("name", "nearest"), [("titel", "title"), ("Title", "title"), ("nctId", "nct_id")])
def test_an_unknown_field_is_refused_and_the_nearest_known_one_named(client, name, nearest):
    for path in (SIMILAR, SEARCH, TRIALS):
        problem = problem_of(client.get(f"{path}&fields=id,{name}"))
        assert problem.status == 422
        assert problem.detail.startswith(f"fields: unknown field {name!r}; did you mean {nearest}? known: ")
