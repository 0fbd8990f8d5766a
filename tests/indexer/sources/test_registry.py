"""The source `registry`: what a harvest has stored."""

import sqlite3
from pathlib import Path

import pytest

from indexer.harvest import harvest
from indexer.harvest_state import HarvestState, Pass, PassKind
from indexer.registry.client import RegistryClient
from indexer.registry.fields import kept
from indexer.registry.selection import Selection, select
from indexer.sources.base import SourceRecord
from indexer.sources.files import open_source
from indexer.store import STORE_FILE, Store
from search.errors import UnusableSource
from tests.indexer.full_study import FULL_STUDY
from tests.records import study

RELEASE = "2026-11-20T09:00:05"
RECORDS = [study("NCT00000002", "Second"), FULL_STUDY, study("NCT00000001", "First")]


def stored(folder: Path, selection: Selection | None = None, records=RECORDS) -> Path:
    with Store(folder) as store, store.changing():
        store.upsert(records, release=RELEASE)
        store.save(HarvestState(selection=selection or Selection(), complete=RELEASE))
    return folder


def test_every_record_comes_in_the_order_of_ids_with_its_place(tmp_path):
    source = open_source("registry", store=stored(tmp_path))
    assert list(source.records()) == [
        SourceRecord(f"{tmp_path}/NCT00000001", kept(RECORDS[2])),
        SourceRecord(f"{tmp_path}/NCT00000002", kept(RECORDS[0])),
        SourceRecord(f"{tmp_path}/NCT01234567", kept(FULL_STUDY)),
    ]
    assert source.position == source.size > 0
    assert next(record.study for record in source.records()) == kept(RECORDS[2])  # again, from the start


def test_the_name_says_what_part_it_is(tmp_path):
    assert open_source("registry", store=stored(tmp_path / "all")).name == "registry"
    part = stored(tmp_path / "part", select(condition="colitis", limit=5))
    assert open_source("registry", store=part).name == "registry: --condition 'colitis' --limit 5"


def test_where_nothing_was_harvested_the_command_is_named(tmp_path):
    with pytest.raises(UnusableSource) as error:
        open_source("registry", store=tmp_path / "store")
    assert str(error.value) == (
        f"no study records under {tmp_path}/store; fetch them with: trialkin harvest --store {tmp_path}/store"
    )
    assert not (tmp_path / "store").exists()


def test_half_a_first_harvest_is_no_source(tmp_path):
    with Store(tmp_path) as store, store.changing():
        store.upsert(RECORDS, release=RELEASE)
        begun = Pass(kind=PassKind.FULL, release=RELEASE, read=3, total=5_000)
        store.save(HarvestState(under_way=begun))
    with pytest.raises(UnusableSource, match=r"is not complete \(3 of 5,000\); go on with: trialkin harvest"):
        open_source("registry", store=tmp_path)


def test_a_part_that_nothing_matches_is_said_to_be_empty(tmp_path):
    folder = stored(tmp_path, select(term="colitsi"), records=[])
    with pytest.raises(UnusableSource, match=r"is empty: no study matches --term 'colitsi'"):
        open_source("registry", store=folder)


def test_a_damaged_record_is_a_broken_one(tmp_path):
    folder = stored(tmp_path)
    with sqlite3.connect(folder / STORE_FILE) as database:
        database.execute("UPDATE studies SET record = x'00' WHERE nct_id = 'NCT00000002'")
    database.close()
    source = open_source("registry", store=folder)
    assert [record.problem for record in source.records()] == [None, "damaged in the store", None]


def test_a_harvest_meanwhile_changes_nothing_of_what_is_being_read(double, tmp_path, quiet):
    double.release(RELEASE, *(study(f"NCT{number:08}", f"Old {number}") for number in range(1, 6)))
    with RegistryClient(double.url, user_agent="t", rate=1e9) as client, Store(tmp_path) as store:
        harvest(client, store, select(), progress=quiet)
        reading = open_source("registry", store=tmp_path).records()
        first = next(reading)
        double.release(RELEASE, *(study(f"NCT{number:08}", f"New {number}") for number in range(1, 5)))
        harvest(client, store, select(), progress=quiet, full=True)
        titles = [record.study["protocolSection"]["identificationModule"]["briefTitle"] for record in [first, *reading]]
    assert titles == [f"Old {number}" for number in range(1, 6)]
    assert len(list(open_source("registry", store=tmp_path).records())) == 4
