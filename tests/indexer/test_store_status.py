"""What a store says of itself, during a harvest and after."""

import datetime
from pathlib import Path

import pytest

from indexer.harvest import harvest
from indexer.registry.client import RegistryClient
from indexer.registry.selection import select
from indexer.store import Store
from indexer.store_status import store_status
from search.errors import UnusableSource
from search.progress import Progress
from tests.indexer.registry_double import RegistryDouble, broken
from tests.records import study

TODAY = datetime.date(2026, 11, 23)


def test_a_store_says_what_it_holds_and_as_of_when(tmp_path: Path, double: RegistryDouble, quiet: Progress) -> None:
    double.release(
        "2026-11-20T09:00:05",
        study("NCT00000001", updated="2026-10-31", identificationModule={"nctIdAliases": ["NCT00000009"]}),
        study("NCT00000002", updated="2026-11-01"),
        study("NCT00000003"),
    )
    with RegistryClient(double.url, user_agent="t", rate=1e9, sleep=lambda _: None) as client, Store(tmp_path) as store:
        harvest(client, store, select(), progress=quiet)

    status = store_status(tmp_path, today=TODAY)

    assert (status.registry, status.held, status.aliases) == (double.url, 3, 1)
    assert status.newest_update == "2026-11-01"
    assert status.complete == status.full == status.reconciled == "2026-11-20T09:00:05"
    assert status.age_days == 3
    assert status.under_way is None
    assert status.bytes >= (tmp_path / "studies.sqlite").stat().st_size


def test_a_store_that_is_not_complete_says_how_far_it_has_come(
    tmp_path: Path, double: RegistryDouble, quiet: Progress
) -> None:
    double.release("2026-11-20T09:00:05", *(study(f"NCT0000000{number}") for number in range(1, 6)))

    def stop(_seconds: float) -> None:
        raise KeyboardInterrupt

    double.instead = {3: broken(500)}  # the second page
    with (
        RegistryClient(double.url, user_agent="t", rate=1e9, sleep=stop) as client,
        Store(tmp_path) as store,
        pytest.raises(KeyboardInterrupt),
    ):
        harvest(client, store, select(), progress=quiet, page_size=2)

    status = store_status(tmp_path, today=TODAY)

    assert (status.held, status.complete, status.age_days, status.reconciled) == (2, None, None, None)
    assert status.under_way is not None
    assert (status.under_way.kind, status.under_way.read, status.under_way.total) == ("full", 2, 5)


def test_a_folder_without_a_store_stays_without_one(tmp_path: Path) -> None:
    with pytest.raises(UnusableSource, match=f"no study records under {tmp_path / 'x'}; fetch them with: trialkin"):
        store_status(tmp_path / "x", today=TODAY)
    assert not (tmp_path / "x").exists()
