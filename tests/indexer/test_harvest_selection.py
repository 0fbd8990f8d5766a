"""A harvest of a part of the registry: by a query, up to a limit, or of chosen ids."""

import pytest

from indexer.harvest import (
    REFUSED,
    UNKNOWN,
)
from indexer.registry.fields import kept
from indexer.registry.selection import select
from search.errors import BadInput
from tests.indexer.harvest_world import FIRST, NEXT_DAY, NEXT_WEEK, counts, trial
from tests.indexer.registry_double import answer, nct_id


def test_a_part_of_the_registry_is_harvested_and_followed(world):
    colitis = {"conditions": ["Ulcerative Colitis"]}
    world.double.release(FIRST, trial(1), trial(2, **colitis), trial(3, "Exosomes", **colitis), trial(4, "Exosomes"))
    selection = select(condition="colitis")
    assert counts(world.harvest(selection)) == (2, 0, 0, 0)
    assert set(world.held()) == {"NCT00000002", "NCT00000003"}

    # Trial 3 is another disease's now: it is in the registry still, but no longer in this part.
    changed = trial(3, "Exosomes", updated="2026-11-25")
    new = trial(5, updated="2026-11-25", **colitis)
    world.double.release(NEXT_WEEK, trial(1), trial(2, **colitis), changed, new)
    report = world.harvest(selection)

    assert (report.passes, counts(report)) == (["delta", "ids"], (1, 0, 0, 1))
    assert set(world.held()) == {"NCT00000002", "NCT00000005"}
    assert {asked.parameters["query.cond"] for asked in world.double.pages()} == {"colitis"}


def test_condition_and_term_have_to_hold_both(world):
    colitis = {"conditions": ["Ulcerative Colitis"]}
    world.double.release(FIRST, trial(1, "Exosomes"), trial(2, **colitis), trial(3, "Exosomes", **colitis))
    world.harvest(select(condition="colitis", term="exosomes"))
    assert set(world.held()) == {"NCT00000003"}


def test_a_limit_is_kept_to_the_study_and_may_be_raised(world):
    world.double.release(FIRST, *map(trial, range(1, 13)))
    assert world.harvest(select(limit=5)).read == 5
    assert [asked.parameters["pageSize"] for asked in world.double.pages()] == ["3", "2"]
    assert world.harvest(select(limit=5)).passes == []
    assert set(world.held()) == {nct_id(trial(number)) for number in range(1, 6)}

    report = world.harvest()

    assert world.is_in_step()
    assert (report.new, report.unchanged) == (7, 5)


def test_a_store_keeps_to_its_selection(world):
    world.double.release(FIRST, trial(1))
    world.harvest(select(condition="asthma"))
    with pytest.raises(BadInput) as error:
        world.harvest(select(condition="colitis"))
    assert str(error.value) == (
        f"{world.folder} holds --condition 'asthma', not --condition 'colitis'; name another folder with --store"
    )
    assert world.double.asked == []


def test_chosen_ids_are_read_in_batches_and_one_that_is_refused_fails_no_other(world):
    world.double.release(FIRST, *map(trial, range(1, 251)))
    ids = [nct_id(trial(number)) for number in range(1, 251) if number % 2]
    bad, unknown = "NCT00000000", "NCT99999999"

    report = world.harvest(select(ids=[*ids, bad, unknown]))

    assert set(world.held()) == set(ids)
    assert report.skipped == {REFUSED: 1, UNKNOWN: 1}
    assert report.first_places == {
        REFUSED: f"{bad}: `nctId` parameter {bad} is not an NCT ID",
        UNKNOWN: unknown,
    }
    # 100 ids with the bad one first, six times the halves (50, 25, 12, 6, 3, 1), 27 more ids, and two by themselves.
    assert len(world.double.pages()) == 1 + 2 * 6 + 1 + 2
    assert world.harvest(select(ids=[*ids, bad, unknown])).passes == []


def test_an_alias_among_the_chosen_ids_leads_to_its_study(world):
    survivor = trial(3, identificationModule={"nctIdAliases": ["NCT00000001"]})
    world.double.release(FIRST, trial(2), survivor)
    report = world.harvest(select(ids=["NCT00000001"]))
    assert (set(world.held()), report.skipped) == ({"NCT00000003"}, {})


def test_an_alias_known_from_a_redirect_alone_is_kept_with_its_study(world):
    survivor = trial(3, identificationModule={"nctIdAliases": ["NCT00000001"]})
    world.double.release(FIRST, trial(2), survivor)
    # The batch finds nothing, so the id is asked for by itself, and its record does not tell of the alias.
    world.double.instead = {2: answer({"studies": []}), 5: answer(trial(3))}

    world.harvest(select(ids=["NCT00000001"]))

    assert [asked.path.rpartition("/")[2] for asked in world.double.pages()[1:]] == ["NCT00000001", "NCT00000003"]
    assert world.held() == {"NCT00000003": kept(survivor)}


def test_chosen_ids_are_read_anew_under_a_new_release(world):
    world.double.release(FIRST, trial(1), trial(2))
    selection = select(ids=["NCT00000001", "NCT00000002"])
    world.harvest(selection)
    world.double.release(NEXT_DAY, trial(1, "Renamed"), trial(2))
    assert counts(world.harvest(selection)) == (0, 1, 1, 0)
    assert world.is_in_step()


def test_a_query_that_the_registry_refuses_is_told_in_its_words(world):
    with pytest.raises(BadInput, match=r"^the registry refuses the query: Syntax error in query: \(colitis$"):
        world.harvest(select(condition="(colitis"))


def test_a_query_that_nothing_matches_holds_nothing_and_may_be_mended(world):
    world.double.release(FIRST, trial(1))
    assert world.harvest(select(condition="colitsi")).held == 0
    assert world.harvest(select(condition="asthma")).held == 1
