"""Persons are never ingested: neither in a Trial nor in any byte of what a build leaves on disk."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indexer.parse import parse_study
from tests.conftest import Build
from tests.indexer.full_study import FULL_STUDY, PERSONS, TRACES

GENUINE = Path("../shared/data/ctgov-v2/search_page_10_studies.json")
PERSON_KEYS = {"centralContacts", "overallOfficials", "contacts", "pointOfContact", "investigatorFullName"}


def test_the_full_record_names_every_person_it_is_said_to_name() -> None:
    text = json.dumps(FULL_STUDY)
    assert [person for person in PERSONS if person not in text] == []
    assert [trace for trace in TRACES if trace not in text.lower()] == []


def test_no_person_is_in_a_trial() -> None:
    text = repr(parse_study(FULL_STUDY)).lower()
    assert [trace for trace in TRACES if trace in text] == []


def test_no_person_is_in_any_file_of_a_build_nor_beside_it(build: Build, root: Path) -> None:
    build([FULL_STUDY])

    assert found_on_disk("Exosomes in Ulcerative Colitis", root), "the search for a text finds what is there"
    assert [trace for trace in TRACES if found_on_disk(trace, root)] == []


@pytest.mark.skipif(not GENUINE.is_file(), reason=f"no genuine registry responses at {GENUINE}")
def test_no_person_of_genuine_records_is_in_any_file_of_a_build(build: Build, root: Path) -> None:
    records = json.loads(GENUINE.read_bytes())["studies"]
    persons = {text for record in records for text in texts_of_persons(record)}
    assert len(persons) > 20
    assert any("@" in text for text in persons)

    build(records)

    assert found_on_disk("NCT02458027", root)
    assert [person for person in sorted(persons) if found_on_disk(person, root)] == []


def found_on_disk(text: str, root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file() and text.lower().encode() in path.read_bytes().lower()]


def texts_of_persons(value: Any, inside: bool = False) -> Iterator[str]:
    """Names, telephone numbers and addresses below the keys under which the registry keeps persons."""
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str):
                if key == "investigatorFullName" or (inside and key in {"name", "phone", "email", "title"}):
                    yield item
            else:
                yield from texts_of_persons(item, inside or key in PERSON_KEYS)
    elif isinstance(value, list):
        for item in value:
            yield from texts_of_persons(item, inside)
