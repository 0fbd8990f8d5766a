"""The store by itself: what is kept, what is not written again, and what it says when it cannot be used."""

import json
import sqlite3
import zlib
from pathlib import Path

import pytest

from indexer.harvest_state import HarvestState, Pass, PassKind
from indexer.registry.fields import kept
from indexer.registry.selection import select
from indexer.store import STORE_FILE, Store
from search.errors import IndexLocked, UnusableSource
from tests.indexer.full_study import FULL_STUDY, TRACES
from tests.records import study

MONDAY, TUESDAY = "2026-11-23T09:00:05", "2026-11-24T09:00:05"


def rows(folder: Path, query: str) -> list[tuple]:
    with sqlite3.connect(folder / STORE_FILE) as database:
        found = database.execute(query).fetchall()
    database.close()
    return found


def upsert(folder: Path, release: str, *records: object):
    with Store(folder) as store, store.changing():
        return store.upsert(records, release=release)


def test_a_study_is_one_row_with_its_dates_and_a_packed_record(tmp_path):
    upsert(tmp_path, MONDAY, study("NCT00000001", "One", updated="2026-11-20"))
    ((packed, *others),) = rows(tmp_path, "SELECT record, nct_id, last_update, first_seen, last_seen FROM studies")
    assert others == ["NCT00000001", "2026-11-20", MONDAY, MONDAY]
    assert json.loads(zlib.decompress(packed)) == study("NCT00000001", "One", updated="2026-11-20")


def test_only_a_record_with_other_content_is_written_again(tmp_path):
    one, two, three = (study(f"NCT0000000{number}", f"Trial {number}") for number in (1, 2, 3))
    upsert(tmp_path, MONDAY, one, two)
    reordered = {
        "protocolSection": {
            "identificationModule": dict(reversed(two["protocolSection"]["identificationModule"].items()))
        }
    }
    with_contacts = one | {"resultsSection": {"moreInfoModule": {"pointOfContact": {"title": "Ada"}}}}

    done = upsert(tmp_path, TUESDAY, with_contacts, reordered, three, study("NCT00000002", "Renamed"))

    assert (done.new, done.changed, done.unchanged) == (
        ["NCT00000003"],
        ["NCT00000002"],
        ["NCT00000001", "NCT00000002"],
    )
    assert rows(tmp_path, "SELECT nct_id, first_seen, last_seen FROM studies ORDER BY nct_id") == [
        ("NCT00000001", MONDAY, TUESDAY),
        ("NCT00000002", MONDAY, TUESDAY),
        ("NCT00000003", TUESDAY, TUESDAY),
    ]


def test_no_person_is_in_any_byte_of_the_store(tmp_path):
    upsert(tmp_path, MONDAY, FULL_STUDY)
    with Store(tmp_path) as store:
        assert [record for _, _, record in store.records()] == [kept(FULL_STUDY)]
    ((packed,),) = rows(tmp_path, "SELECT record FROM studies")
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir()) + zlib.decompress(packed)
    assert b"NCT01234567" in held
    assert [trace for trace in TRACES if trace.encode() in held.lower()] == []


def test_what_is_done_in_one_change_is_done_altogether_or_not_at_all(tmp_path):
    with Store(tmp_path) as store:

        def half() -> None:
            with store.changing():
                store.upsert([study("NCT00000001")], release=MONDAY)
                store.save(HarvestState(complete=MONDAY))
                raise RuntimeError

        with pytest.raises(RuntimeError):
            half()
        assert (store.held, store.state) == (0, HarvestState())
        with store.changing():  # and the store is of use still
            store.upsert([study("NCT00000001")], release=MONDAY)
        assert store.held == 1


def test_the_state_comes_back_as_it_was_saved(tmp_path):
    begun = Pass(kind=PassKind.DELTA, release=TUESDAY, since="2026-11-20", token="abc", read=3, total=9)
    state = HarvestState(
        selection=select(condition="colitis"), registry="http://x", complete=MONDAY, full=MONDAY, fields="f",
        reconciled=MONDAY, under_way=begun,
    )  # fmt: skip
    with Store(tmp_path) as store, store.changing():
        store.save(state)
    with Store(tmp_path) as store:
        assert store.state == state


def test_listed_ids_are_compared_with_those_held_both_ways(tmp_path):
    upsert(tmp_path, MONDAY, *(study(f"NCT0000000{number}") for number in (1, 2, 3)))
    with Store(tmp_path) as store:
        with store.changing():
            store.list_ids(["NCT00000002", "NCT00000004"])
            store.list_ids(["NCT00000002"])
            store.seen_as_listed(TUESDAY)
        assert store.listed_but_not_held() == ["NCT00000004"]
        assert store.held_but_not_listed() == ["NCT00000001", "NCT00000003"]
        with store.changing():
            store.remove(["NCT00000001", "NCT00000003"])
            store.forget_listed()
        assert (store.held, store.listed_but_not_held()) == (1, [])
    assert rows(tmp_path, "SELECT nct_id, last_seen FROM studies") == [("NCT00000002", TUESDAY)]


def test_aliases_come_and_go_with_their_study(tmp_path):
    upsert(
        tmp_path, MONDAY, study("NCT00000001", identificationModule={"nctIdAliases": ["NCT00000008", "NCT00000009"]})
    )
    upsert(tmp_path, TUESDAY, study("NCT00000001", identificationModule={"nctIdAliases": ["NCT00000009"]}))
    with Store(tmp_path) as store:
        with store.changing():
            store.add_alias("NCT00000007", "NCT00000001")
        asked = ["NCT00000001", "NCT00000007", "NCT00000008", "NCT00000009"]
        assert store.leads_to(asked) == {"NCT00000001", "NCT00000007", "NCT00000009"}
        ((_, _, record),) = store.records()
        assert record["protocolSection"]["identificationModule"]["nctIdAliases"] == ["NCT00000009", "NCT00000007"]
        with store.changing():
            store.remove(["NCT00000001"])
        assert store.leads_to(asked) == set()


def test_a_store_of_a_newer_program_is_left_alone(tmp_path):
    upsert(tmp_path, MONDAY, study("NCT00000001"))
    rows(tmp_path, "PRAGMA user_version=2")
    with pytest.raises(UnusableSource, match="is of version 2, this program knows 1; update Trialkin, or harvest into"):
        Store(tmp_path)


@pytest.mark.parametrize("state", ["{}}", '{"selection": 7}'])
def test_a_damaged_state_is_said_to_be_damaged(tmp_path, state):
    upsert(tmp_path, MONDAY, study("NCT00000001"))
    rows(tmp_path, f"UPDATE state SET json = '{state}'")
    with Store(tmp_path) as store, pytest.raises(UnusableSource, match=r"is no sound store \(its state cannot be read"):
        _ = store.state


def test_a_full_disk_is_an_error_of_the_system_and_loses_nothing(tmp_path):
    upsert(tmp_path, MONDAY, study("NCT00000001"))
    with Store(tmp_path) as store:
        # SQLite says the same of a file that may not grow as of a disk that is full.
        (pages,) = store._database.execute("PRAGMA page_count").fetchone()
        store._database.execute(f"PRAGMA max_page_count={pages}")
        many = [study(f"NCT{number:08}", "A long title " * 50 + str(number)) for number in range(2, 500)]
        with pytest.raises(OSError, match="database or disk is full") as error, store.changing():
            store.upsert(many, release=TUESDAY)
        assert error.value.filename == str(tmp_path / STORE_FILE)
        assert store.held == 1


def test_a_second_harvest_is_told_which_process_is_at_it(tmp_path):
    with (
        Store(tmp_path) as store,
        Store(tmp_path) as other,
        store.locked(),
        pytest.raises(IndexLocked, match=rf"^process \d+ is harvesting into {tmp_path}; try again when it is done$"),
    ):
        other.locked().__enter__()
    with Store(tmp_path) as other, other.locked():
        pass
