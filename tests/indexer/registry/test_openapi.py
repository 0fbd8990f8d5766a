"""The registry of the tests answers, and the client asks, as the API's own OpenAPI document says."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import jsonschema_rs
import pytest
import yaml

from indexer.harvest import harvest
from indexer.registry.client import RegistryClient
from indexer.registry.fields import ALL_FIELDS, ID_FIELDS
from indexer.registry.selection import select
from indexer.store import Store
from tests.indexer.full_study import FULL_STUDY
from tests.indexer.registry_double import RegistryDouble
from tests.records import study

OPENAPI = Path("../shared/data/ctgov-v2/openapi-2.0.3.yaml")
GENUINE = sorted(OPENAPI.parent.glob("search_*.json"))

pytestmark = pytest.mark.skipif(not OPENAPI.is_file(), reason=f"no OpenAPI document at {OPENAPI}")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return yaml.safe_load(OPENAPI.read_bytes())


@pytest.fixture(autouse=True)
def studies(double: RegistryDouble) -> None:
    merged = study("NCT00000003", identificationModule={"nctIdAliases": ["NCT00000009"]})
    double.release("2026-11-20T09:00:05", FULL_STUDY, study("NCT00000001", updated="2026-11-19"), merged)
    double.largest_page = 2


def faults(document: dict[str, Any], schema: str, instance: object) -> list[str]:
    whole = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    validator = jsonschema_rs.validator_for(whole, validate_formats=False)
    return [error.message for error in validator.iter_errors(instance)]


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/version", "Version"),
        ("/studies", "PagedStudies"),
        (f"/studies?countTotal=true&fields={ALL_FIELDS}", "PagedStudies"),
        (f"/studies?fields={ID_FIELDS}&query.cond=nothing", "PagedStudies"),
        ("/studies/NCT00000001", "Study"),
        (f"/studies/NCT01234567?fields={ALL_FIELDS}", "Study"),
    ],
)
def test_answers_have_the_documented_shape(document, double, path, schema):
    answer = httpx.get(double.url + path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    # Of each record only some fields are asked for, so of those that must be there some are not.
    assert [fault for fault in faults(document, schema, answer.json()) if "is a required property" not in fault] == []


def test_the_document_tells_a_wrong_shape_from_a_right_one(document):
    assert faults(document, "PagedStudies", {"studies": [], "total": 3}) == [
        "Additional properties are not allowed ('total' was unexpected)"
    ]
    assert faults(document, "Version", {"apiVersion": 2}) == ['2 is not of type "string"']


@pytest.mark.parametrize("file", GENUINE, ids=lambda file: file.name)
def test_genuine_pages_have_the_keys_of_the_double_s(file, double):
    genuine = yaml.safe_load(file.read_bytes())
    page = httpx.get(f"{double.url}/studies?countTotal=true").json()
    assert set(genuine) <= set(page) == {"studies", "totalCount", "nextPageToken"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/studies?filter.ids=NCT00000001,NCT00000000", 400),
        ("/studies?pageToken=nonsense", 400),
        ("/studies?fields=Nonsense", 400),
        ("/studies/NCT00000000", 400),
        ("/studies/NCT99999999", 404),
        ("/studies/NCT00000009", 301),
    ],
)
def test_refusals_are_those_documented_and_plain_text(document, double, path, status):
    answer = httpx.get(double.url + path)
    documented = document["paths"]["/studies/{nctId}" if "/NCT" in path else "/studies"]["get"]["responses"]
    assert answer.status_code == status
    assert list(documented[str(status)]["content"]) in (["text/plain"], [])
    if status == 301:
        assert urlsplit(answer.headers["location"]).path == "/api/v2/studies/NCT00000003"
    else:
        assert answer.headers["content-type"].startswith("text/plain")


def test_every_parameter_that_a_harvest_sends_is_documented_and_fits(document, double, tmp_path, quiet):
    parts = [
        select(),
        select(condition="colitis", term="exosomes"),
        select(ids=["NCT00000001,NCT00000002"]),
        select(limit=1),
    ]
    with RegistryClient(double.url, user_agent="t", rate=1e9) as client:
        for number, part in enumerate(parts):
            with Store(tmp_path / str(number)) as store:
                harvest(client, store, part, progress=quiet)
                double.timestamp = f"2026-11-{21 + 7 * (number % 2)}T09:00:05"
                harvest(client, store, part, progress=quiet)

    sent = set()
    for asked in double.pages():
        path = "/studies" if asked.path.endswith("/studies") else "/studies/{nctId}"
        documented = {
            parameter["name"]: parameter["schema"] for parameter in document["paths"][path]["get"]["parameters"]
        }
        for name, value in asked.parameters.items():
            schema = documented[name]
            sent.add(name)
            if schema["type"] == "array":
                pattern = re.compile(schema["items"]["pattern"])
                assert [item for item in re.split(r"[,|]", value) if not pattern.fullmatch(item)] == []
            elif "enum" in schema:
                assert value in schema["enum"]
            else:
                expected = {"integer": r"\d+", "boolean": "true|false", "string": ".+"}[schema["type"]]
                assert re.fullmatch(expected, value)
    assert sent == {
        "format", "fields", "pageSize", "pageToken", "countTotal", "filter.ids", "filter.advanced", "query.cond",
        "query.term",
    }  # fmt: skip
