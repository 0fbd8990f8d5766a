"""What is asked for and kept is what the parser reads, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.parse import UnusableRecord, parse_study
from indexer.registry.fields import ALL_FIELDS, FIELDS, kept
from tests.indexer.full_study import FULL_STUDY, TRACES
from tests.indexer.registry_double import PIECES

GENUINE = Path("../shared/data/ctgov-v2/search_page_10_studies.json")


class Watched(dict):
    """An object that notes which of its keys were read, as paths from the top."""

    def __init__(self, value: dict[str, Any], path: str, read: set[str]) -> None:
        super().__init__({key: watched(item, f"{path}{key}", read) for key, item in value.items()})
        self._path, self._read = path, read

    def get(self, key, default=None):
        value = super().get(key, default)
        if not isinstance(value, dict) and not (isinstance(value, list) and value and isinstance(value[0], dict)):
            self._read.add(f"{self._path}{key}")
        return value


def watched(value: Any, path: str, read: set[str]) -> Any:
    if isinstance(value, dict):
        return Watched(value, f"{path}." if path else "", read)
    if isinstance(value, list):
        return [watched(item, path, read) for item in value]
    return value


def test_the_listed_fields_are_exactly_those_that_the_parser_reads():
    read: set[str] = set()
    parse_study(watched(FULL_STUDY, "", read))
    assert read == set(FIELDS.values())


def test_the_fields_go_by_the_names_that_the_registry_gives_them():
    assert {piece: PIECES.get(piece) for piece in FIELDS} == FIELDS
    assert ALL_FIELDS.split("|") == list(FIELDS)


def test_what_is_kept_of_a_record_makes_the_same_trial():
    assert parse_study(kept(FULL_STUDY)) == parse_study(FULL_STUDY)


@pytest.mark.skipif(not GENUINE.is_file(), reason=f"no genuine registry responses at {GENUINE}")
def test_what_is_kept_of_genuine_records_makes_the_same_trials():
    records = json.loads(GENUINE.read_bytes())["studies"]
    assert [parse_study(kept(record)) for record in records] == [parse_study(record) for record in records]
    assert len(json.dumps([kept(record) for record in records])) < 0.2 * len(json.dumps(records))


def test_no_person_is_kept():
    assert [trace for trace in TRACES if trace in json.dumps(kept(FULL_STUDY)).lower()] == []


def test_an_object_where_a_text_should_be_is_not_kept():
    record = {
        "protocolSection": {"identificationModule": {"briefTitle": {"contact": "Ada"}, "nctIdAliases": [{"a": 1}]}}
    }
    assert kept(record) == {"protocolSection": {"identificationModule": {"nctIdAliases": [], "briefTitle": None}}}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=3), inside, max_size=3),
    max_leaves=6,
)


@given(st.data())
def test_of_a_record_with_anything_anywhere_the_same_trial_is_made(data):
    record = json.loads(json.dumps(FULL_STUDY))
    *sections, leaf = data.draw(st.sampled_from(sorted(FIELDS.values()))).split(".")
    depth = data.draw(st.integers(0, len(sections)))
    place: Any = record
    for key in sections[:depth]:
        place = place[key][0] if isinstance(place[key], list) else place[key]
    place[[*sections, leaf][depth]] = data.draw(json_values)

    assert made(kept(record)) == made(record)


def made(record: Any) -> Any:
    try:
        return parse_study(record)
    except UnusableRecord:
        return "unusable"
