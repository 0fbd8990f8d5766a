import datetime
import os

import pytest

from search.artefact.last_run import Outcome
from search.artefact.layout import build_folder, builds_folder, current_file
from search.artefact.lifecycle import rollback
from search.artefact.lock import locked
from search.artefact.status import index_state
from search.errors import BuildRefused, NoIndex, UnusableSource
from tests.records import study

TODAY = datetime.date(2026, 3, 1)


def records(count, updated="2026-02"):
    return [study(f"NCT{number:08}", f"Trial {number}", updated=updated) for number in range(1, count + 1)]


def test_where_no_rebuild_ever_ran_there_is_no_index(root):
    with pytest.raises(NoIndex):
        index_state(root, today=TODAY)
    assert not root.exists()


def test_the_state_of_an_index_is_what_was_built_and_went_live(root, build):
    first = build(records(2, updated="2025-12-30")).build_id
    second = build(records(3)).build_id
    state = index_state(root, today=TODAY)
    assert (state.live, state.fault, state.kept_aside, state.changed_by) == (second, None, None, None)
    assert [(found.build_id, found.trials, found.live, found.data_date) for found in state.builds] == [
        (first, 2, False, "2025-12-30"),
        (second, 3, True, "2026-02"),
    ]
    # February, to its last day: a date that is known by its month may be as new as that.
    assert (state.data_date, state.data_age_days) == ("2026-02", 1)
    assert (state.last_run.outcome, state.last_run.build_id) == (Outcome.PUBLISHED, second)
    folder = build_folder(root, second)
    held = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
    assert state.builds[1].bytes == held

    rollback(root)
    rolled_back = index_state(root, today=TODAY)
    assert (rolled_back.live, rolled_back.data_age_days) == (first, 61)


def test_a_refused_build_is_shown_with_its_reason_until_the_next_is_published(root, build):
    live = build(records(120)).build_id
    with pytest.raises(BuildRefused):
        build(records(50))
    state = index_state(root, today=TODAY)
    assert state.live == live
    assert state.kept_aside.reason.startswith("it has 50 trials, fewer than 90% of the 120")
    assert state.kept_aside.folder == builds_folder(root) / f".refused-{state.kept_aside.build_id}"
    assert state.last_run.outcome == Outcome.REFUSED
    assert state.last_run.message.startswith("the new build was not published: it has 50 trials")


def test_a_first_rebuild_that_failed_is_shown_though_there_is_no_index(root, build):
    with pytest.raises(UnusableSource):
        build([])
    state = index_state(root, today=TODAY)
    assert (state.live, state.builds, state.last_run.outcome) == (None, [], Outcome.FAILED)
    assert state.fault.startswith(f"no index under {root}; build one with: ")


@pytest.mark.parametrize("loss", ["a file", "the manifest", "the folder", "CURRENT"])
def test_what_is_missing_of_the_live_build_is_a_fault(root, build, loss):
    first = build(records(2)).build_id
    live = build(records(2)).build_id
    folder = build_folder(root, live)
    if loss == "the folder":
        folder.rename(root / "taken away")
    elif loss == "CURRENT":
        current_file(root).unlink()
    else:
        (folder / {"a file": "titles.npy", "the manifest": "manifest.json"}[loss]).unlink()
    state = index_state(root, today=TODAY)
    expected = {
        "a file": f"{folder / 'titles.npy'} is missing; ",
        "the manifest": f"cannot read {folder / 'manifest.json'}: No such file or directory; ",
        "the folder": f"{current_file(root)} names the build {live!r}, which is not there; ",
        "CURRENT": f"no index under {root}; ",
    }
    assert state.fault.startswith(expected[loss])
    assert state.builds[0].build_id == first
    assert state.builds[0].fault is None


def test_a_change_in_progress_is_shown_with_its_process(root, build):
    build(records(1))
    with locked(root):
        assert index_state(root, today=TODAY).changed_by == str(os.getpid())
    assert index_state(root, today=TODAY).changed_by is None
