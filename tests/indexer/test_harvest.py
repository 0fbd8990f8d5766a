"""A harvest against a registry that lives, over real HTTP: afterwards the store holds what the registry does."""

import json

import pytest

from indexer.harvest import (
    MAX_REMOVED_SHARE,
    MAX_RESTARTS,
    VANISHED,
)
from indexer.harvest_schedule import FULL_PASS_EVERY
from indexer.registry.fields import kept
from indexer.store import NO_ID, Store
from search.errors import IndexLocked, UnusableSource
from tests.indexer.full_study import FULL_STUDY, TRACES
from tests.indexer.harvest_world import FIRST, NEXT_DAY, NEXT_MONTH, NEXT_WEEK, counts, trial
from tests.indexer.registry_double import answer, broken, cut, nct_id


def test_the_first_harvest_reads_everything_page_by_page_to_the_empty_one(world):
    world.double.release(FIRST, *map(trial, range(1, 7)))

    report = world.harvest()

    assert world.is_in_step()
    assert (report.passes, report.read, counts(report), report.held) == (["full"], 6, (6, 0, 0, 0), 6)
    assert [asked.token is None for asked in world.double.pages()] == [True, False, False]
    assert report.requests == 5
    assert report.skipped == {}


def test_there_is_nothing_to_do_while_the_data_timestamp_is_the_same(world):
    world.double.release(FIRST, *map(trial, range(1, 7)))
    world.harvest()

    report = world.harvest()

    assert (report.passes, report.requests, report.held) == ([], 1, 6)
    assert world.double.pages() == []


def test_a_new_release_is_followed_by_what_was_updated_with_three_days_of_overlap(world):
    old, late = trial(1), trial(2, updated="2026-11-17")
    world.double.release(FIRST, old, late, trial(3))
    world.harvest()
    world.double.release(NEXT_DAY, old, late, trial(3, "Renamed", updated="2026-11-21"), trial(4, updated="2026-11-21"))

    report = world.harvest()

    assert world.is_in_step()
    assert (report.passes, report.read, counts(report)) == (["delta"], 3, (1, 1, 1, 0))
    assert world.double.pages()[0].parameters["filter.advanced"] == "AREA[LastUpdatePostDate]RANGE[2026-11-17,MAX]"


def test_once_a_week_all_ids_are_compared_both_ways(world):
    studies = [trial(number) for number in range(1, 41)]
    world.double.release(FIRST, *studies)
    world.harvest()
    # Trial 41 came with an old date, so no delta has it; trial 5 is gone, which no delta says.
    world.double.release(NEXT_WEEK, *studies[:4], *studies[5:], trial(41))

    report = world.harvest(page_size=30)

    assert world.is_in_step()
    assert (report.passes, counts(report), report.held) == (["delta", "ids"], (1, 0, 0, 1), 40)
    assert [asked.parameters["fields"] for asked in world.double.pages()[1:3]] == ["NCTId", "NCTId"]


def test_before_a_week_has_passed_a_study_that_is_gone_stays(world):
    world.double.release(FIRST, trial(1), trial(2))
    world.harvest()
    world.double.release(NEXT_DAY, trial(1))
    assert world.harvest().passes == ["delta"]
    assert set(world.held()) == {"NCT00000001", "NCT00000002"}


def test_once_a_month_everything_is_read_again_because_headings_change_without_an_update(world):
    world.double.release(FIRST, trial(1), trial(2))
    world.harvest()
    headed = trial(1) | {"derivedSection": {"conditionBrowseModule": {"meshes": [{"id": "D001249", "term": "Asthma"}]}}}
    world.double.release(NEXT_WEEK, headed, trial(2))
    assert world.harvest().passes == ["delta", "ids"]
    assert not world.is_in_step()

    world.double.release(NEXT_MONTH, headed, trial(2))
    assert FULL_PASS_EVERY.days == 30
    report = world.harvest()

    assert (report.passes, counts(report)) == (["full"], (0, 1, 1, 0))
    assert world.is_in_step()


def test_full_reads_everything_again_though_nothing_is_new_and_finds_what_is_gone(world):
    world.double.release(FIRST, trial(1), trial(2))
    world.harvest()
    world.double.release(FIRST, trial(1))
    report = world.harvest(full=True)
    assert (report.passes, counts(report)) == (["full"], (0, 0, 1, 1))
    assert world.is_in_step()


def test_more_than_a_twentieth_is_not_removed_without_force(world):
    assert MAX_REMOVED_SHARE == 0.05
    world.double.release(FIRST, *map(trial, range(1, 41)))
    world.harvest()
    world.double.release(NEXT_WEEK, *map(trial, range(4, 41)), trial(50, updated="2026-11-27"))

    with pytest.raises(UnusableSource) as error:
        world.harvest()

    assert str(error.value) == (
        "the registry no longer lists 3 of the 41 studies held (NCT00000001, NCT00000002, NCT00000003), more than 5%, "
        "so none was removed; all else is stored. If they are gone for good, run the same command with --force"
    )
    assert set(world.held()) == {nct_id(trial(number)) for number in [*range(1, 41), 50]}

    report = world.harvest(force=True)

    assert world.is_in_step()
    assert (report.removed, report.held) == (3, 38)
    # The ids that were listed are known still: only the three are asked for by name.
    assert [asked.parameters.get("filter.ids") for asked in world.double.pages()] == [
        "NCT00000001,NCT00000002,NCT00000003"
    ]


def test_an_empty_registry_empties_no_store(world):
    world.double.release(FIRST, trial(1))
    world.harvest()
    world.double.release(NEXT_WEEK)
    with pytest.raises(UnusableSource, match="no longer lists 1 of the 1 studies held"):
        world.harvest()
    assert set(world.held()) == {"NCT00000001"}


def test_a_study_missing_in_the_listing_and_there_when_asked_for_stays(world):
    world.double.release(FIRST, *map(trial, range(1, 4)))
    world.harvest()
    world.double.release(NEXT_WEEK, *map(trial, range(1, 4)))
    # Asked are: version, delta, version, then the ids.
    world.double.instead = {4: answer({"studies": [trial(1), trial(3)]})}

    report = world.harvest()

    assert (report.passes, report.removed) == (["delta", "ids"], 0)
    assert world.is_in_step()


def test_a_study_that_vanishes_between_its_listing_and_its_reading_is_counted(world):
    world.double.release(FIRST, *map(trial, range(1, 4)))
    world.harvest()
    world.double.release(NEXT_WEEK, *map(trial, range(1, 4)))
    world.double.instead = {4: answer({"studies": [trial(number) for number in (1, 2, 3, 9)]})}

    report = world.harvest()

    assert (report.skipped, report.first_places) == ({VANISHED: 1}, {VANISHED: "NCT00000009"})
    assert world.is_in_step()


def test_a_study_merged_into_another_goes_and_its_id_leads_on(world):
    world.double.release(FIRST, *map(trial, range(1, 4)))
    world.harvest()
    survivor = trial(3, updated="2026-11-25", identificationModule={"nctIdAliases": ["NCT00000001"]})
    world.double.release(NEXT_WEEK, trial(2), survivor)

    report = world.harvest()

    assert (report.removed, report.changed) == (1, 1)
    assert world.is_in_step()
    with Store(world.folder) as store:
        assert store.leads_to(["NCT00000001", "NCT00000002", "NCT00000009"]) == {"NCT00000001", "NCT00000002"}


@pytest.mark.parametrize("stale_tokens_are_served", [False, True])
def test_a_release_between_two_pages_begins_the_pass_again(world, stale_tokens_are_served):
    world.double.release(FIRST, *map(trial, range(1, 9)))
    world.double.serves_stale_tokens = stale_tokens_are_served
    # The new release lacks trial 1 and renames trial 2, both on the page that was read already.
    after = [trial(2, "Renamed"), *map(trial, range(3, 9))]
    world.double.before = {3: lambda: world.double.release(NEXT_DAY, *after)}

    report = world.harvest()

    assert world.is_in_step()
    assert (report.restarts, report.data_timestamp, report.removed) == (1, NEXT_DAY, 1)
    assert report.passes == ["full", "full"]
    assert world.harvest().passes == []


def test_a_registry_that_releases_all_the_time_is_given_up(world):
    world.double.release(FIRST, *map(trial, range(1, 9)))
    days = iter(range(10, 30))
    world.double.before = dict.fromkeys(
        range(1, 200), lambda: setattr(world.double, "timestamp", f"2026-11-{next(days)}T09:00:05")
    )
    with pytest.raises(
        UnusableSource, match=r"released new data while it was read, 4 times; run the same command later"
    ):
        world.harvest()
    assert MAX_RESTARTS == 3


def test_a_token_that_the_registry_forgot_begins_the_pass_again(world):
    world.double.release(FIRST, *map(trial, range(1, 9)))
    world.double.instead = {3: broken(400, "Invalid `pageToken`")}

    report = world.harvest()

    assert (report.restarts, counts(report)) == (1, (8, 0, 3, 0))
    assert world.is_in_step()


def test_a_registry_that_leads_in_a_circle_is_given_up(world):
    world.double.release(FIRST, trial(1))
    page = answer({"studies": [trial(1)], "nextPageToken": "again"})
    # A version, then two pages that both lead to the second, four times over.
    world.double.instead = dict.fromkeys(range(2, 60), page) | {
        number: answer({"dataTimestamp": FIRST}) for number in (1, 4, 7, 10)
    }
    with pytest.raises(UnusableSource, match="gave the same page token twice, 4 times"):
        world.harvest()


def test_a_harvest_that_was_cut_goes_on_where_it_was_and_asks_for_no_page_twice(world):
    world.double.release(FIRST, *map(trial, range(1, 9)))
    world.double.instead = dict.fromkeys(range(4, 100), cut)
    with pytest.raises(UnusableSource, match="run the same command later to go on where it stopped"):
        world.harvest()
    tokens = [asked.token for asked in world.double.pages()]
    assert set(world.held()) == {nct_id(trial(number)) for number in range(1, 7)}

    world.double.instead = {}
    report = world.harvest()

    assert world.is_in_step()
    assert (counts(report), report.held) == ((2, 0, 0, 0), 8)
    assert [asked.token for asked in world.double.pages()] == [tokens[-1]]
    assert "countTotal" not in world.double.pages()[0].parameters


def test_a_harvest_that_was_cut_begins_again_under_a_new_release(world):
    world.double.release(FIRST, *map(trial, range(1, 9)))
    world.double.instead = dict.fromkeys(range(4, 100), cut)
    with pytest.raises(UnusableSource):
        world.harvest()
    world.double.instead = {}
    world.double.release(NEXT_DAY, *map(trial, range(2, 9)))

    report = world.harvest()

    assert world.double.pages()[0].token is None
    assert (report.restarts, counts(report)) == (0, (2, 0, 5, 1))
    assert world.is_in_step()


def test_a_record_without_an_id_is_counted(world):
    world.double.release(FIRST, trial(1), trial(2))
    world.double.instead = {2: answer({"studies": [trial(1), {"protocolSection": {}}, 7, None, trial(2)]})}
    report = world.harvest()
    assert (report.skipped, report.held) == ({NO_ID: 3}, 2)
    assert report.first_places == {NO_ID: "the page of NCT00000001"}


def test_no_person_reaches_the_store_even_from_a_registry_that_sends_them(world):
    world.double.release(FIRST, FULL_STUDY, *map(trial, range(1, 4)))
    world.double.sends_all_fields = True
    world.harvest()

    assert world.held()["NCT01234567"] == kept(FULL_STUDY)
    said = json.dumps(list(world.held().values())).lower()
    assert [trace for trace in TRACES if trace in said] == []
    assert [asked for asked in world.double.pages() if "ontact" in asked.parameters["fields"]] == []


def test_another_address_of_the_same_registry_goes_on_with_the_same_store(world):
    world.double.release(FIRST, *map(trial, range(1, 9)))
    world.double.instead = {3: broken(403, "")}
    with pytest.raises(UnusableSource):
        world.harvest()
    world.double.instead = {}
    world.double.url = world.double.url.replace("127.0.0.1", "localhost")

    report = world.harvest()

    assert world.double.pages()[0].token is None  # a token is its registry's own
    assert counts(report) == (5, 0, 3, 0)
    assert world.is_in_step()


def test_two_harvests_into_one_store_do_not_meet(world):
    with Store(world.folder) as store, store.locked(), pytest.raises(IndexLocked, match=r"^process \d+ is harvesting"):
        world.harvest()
