"""The seeds are what their README says, and all of them are indexed and found, the sparse ones too."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from search.artefact.reading import open_current
from search.engine import SearchEngine

SEEDS = Path("seeds")
README = (SEEDS / "README.md").read_text()
RECORDS: list[dict[str, Any]] = [json.loads(line) for line in (SEEDS / "studies.ndjson").read_text().splitlines()]
PATHS = {
    "official_title": "identificationModule.officialTitle",
    "conditions": "conditionsModule.conditions",
    "keywords": "conditionsModule.keywords",
    "interventions": "armsInterventionsModule.interventions",
    "brief_summary": "descriptionModule.briefSummary",
    "study_type": "designModule.studyType",
    "phases": "designModule.phases",
    "status": "statusModule.overallStatus",
    "enrolment": "designModule.enrollmentInfo.count",
    "start_date": "statusModule.startDateStruct.date",
    "completion_date": "statusModule.completionDateStruct.date",
    "last_update_date": "statusModule.lastUpdatePostDateStruct.date",
    "countries": "contactsLocationsModule.locations",
    "sponsor": "sponsorCollaboratorsModule.leadSponsor.name",
}


def rows(name: str) -> list[dict[str, str]]:
    with (SEEDS / name).open(newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def value(record: dict[str, Any], path: str) -> Any:
    found: Any = record["protocolSection"]
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found


NCT_IDS = [value(record, "identificationModule.nctId") for record in RECORDS]
INCUMBENT = [row["related_nct_id"] for row in rows("incumbent.tsv")]


def test_every_record_is_a_trial_of_its_own() -> None:
    assert len(RECORDS) == len(set(NCT_IDS)) == 288
    assert "288 real trials" in README


def test_the_readme_counts_what_each_field_lacks() -> None:
    stated = {name: int(count) for name, count in re.findall(r"^\| `(\w+)` \| (\d+) \|$", README, re.MULTILINE)}

    counted = {name: sum(value(record, path) in (None, "", []) for record in RECORDS) for name, path in PATHS.items()}

    assert {name: stated[name] for name in PATHS} == counted
    bare = sum(
        not value(record, PATHS["conditions"]) and not value(record, PATHS["interventions"]) for record in RECORDS
    )
    assert f"{bare} records have neither conditions nor interventions" in README


def test_the_readme_s_command_prints_its_table() -> None:
    (command,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (table,) = re.findall(r"records without it \|\n\|---\|---\|\n(.*?)\n\n", README, re.DOTALL)

    printed = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, timeout=60, check=True)

    assert printed.stdout.strip() == table


@pytest.mark.parametrize(
    ("field", "stated"), [("start_date", "Start dates run from"), ("last_update_date", "last updates from")]
)
def test_the_readme_states_the_span_of_the_dates(field: str, stated: str) -> None:
    dates = [date for record in RECORDS if (date := value(record, PATHS[field]))]

    assert f"{stated} {min(dates)} to {max(dates)}" in " ".join(README.split())


def test_every_trial_has_a_page_it_was_read_from_and_the_readme_counts_them() -> None:
    provenance = rows("provenance.tsv")
    hosts = {urlsplit(row["source"]).netloc for row in provenance}

    assert {row["nct_id"] for row in provenance} == set(NCT_IDS)
    assert {urlsplit(row["source"]).scheme for row in provenance} == {"http", "https"}
    assert f"{len(provenance)} rows, {len(hosts)} hosts" in README


def test_the_incumbent_s_answer_is_kept_in_its_order_and_all_of_it_is_in_the_corpus() -> None:
    incumbent = rows("incumbent.tsv")

    assert [(row["query_nct_id"], int(row["rank"])) for row in incumbent] == [("NCT06853522", n) for n in range(1, 6)]
    assert INCUMBENT == ["NCT02442037", "NCT01221428", "NCT05262829", "NCT06755021", "NCT02445547"]
    assert {"NCT06853522", *INCUMBENT} <= set(NCT_IDS)
    bare = [
        record
        for record in RECORDS
        if value(record, "identificationModule.nctId") in INCUMBENT
        and not value(record, PATHS["conditions"])
        and not value(record, PATHS["interventions"])
    ]
    assert len(bare) == 2
    assert "two of the incumbent's five among them" in " ".join(README.split())


def test_the_seeds_hold_no_prose_and_no_person() -> None:
    keys = {key for record in RECORDS for key in keys_below(record)}

    assert not keys & {
        "briefSummary", "detailedDescription", "description", "eligibilityCriteria", "centralContacts", "contacts",
        "overallOfficials", "investigatorFullName", "phone", "email",
    }  # fmt: skip
    assert not re.search(r"[\w.]+@\w+\.\w", (SEEDS / "studies.ndjson").read_text())


def test_every_seed_is_indexed_in_id_order(seeds_root: Path) -> None:
    artefact = open_current(seeds_root)

    assert artefact.trials.trial_ids(range(288)) == sorted(NCT_IDS)
    assert artefact.manifest.counts.skipped == {}


def test_every_seed_can_be_asked_for_the_sparse_ones_too(seeds_engine: SearchEngine) -> None:
    for nct_id, record in zip(NCT_IDS, RECORDS, strict=True):
        trial = seeds_engine.trial(nct_id)
        assert trial.nct_id == nct_id
        assert trial.brief_title == " ".join(value(record, "identificationModule.briefTitle").split())


def keys_below(item: Any) -> set[str]:
    if isinstance(item, dict):
        return set(item) | {key for inner in item.values() for key in keys_below(inner)}
    return {key for inner in item for key in keys_below(inner)} if isinstance(item, list) else set()
