"""A registry, a store, and a harvest between them."""

from pathlib import Path
from typing import Any

from indexer.harvest import (
    HarvestReport,
    harvest,
)
from indexer.registry.client import RegistryClient
from indexer.registry.fields import kept
from indexer.registry.selection import Selection, select
from indexer.store import Store
from search.progress import Progress
from tests.indexer.registry_double import RegistryDouble
from tests.records import study

FIRST, NEXT_DAY, NEXT_WEEK, NEXT_MONTH = (
    "2026-11-20T09:00:05",
    "2026-11-21T09:00:05",
    "2026-11-27T09:00:05",
    "2026-12-20T09:00:05",
)


class World:
    """A registry, a store, and a harvest between them."""

    def __init__(self, double: RegistryDouble, folder: Path, quiet: Progress) -> None:
        self.double = double
        self.folder = folder
        self._quiet = quiet

    def harvest(self, selection: Selection | None = None, page_size: int = 3, **options: bool) -> HarvestReport:
        self.double.asked.clear()
        with (
            RegistryClient(self.double.url, user_agent="test/1.0", rate=1e9, sleep=lambda _: None) as client,
            Store(self.folder) as store,
        ):
            return harvest(client, store, selection or select(), progress=self._quiet, page_size=page_size, **options)

    def held(self) -> dict[str, Any]:
        with Store(self.folder) as store:
            return {nct_id: record for nct_id, _, record in store.records()}

    def is_in_step(self) -> bool:
        return self.held() == {nct_id: kept(record) for nct_id, record in self.double.studies.items()}


def trial(number: int, text: str = "A trial", updated: str = "2020-01-01", **more: Any) -> dict[str, Any]:
    return study(f"NCT{number:08}", f"{text} {number}", updated=updated, **{"conditions": ["Asthma"]} | more)


def counts(report: HarvestReport) -> tuple[int, int, int, int]:
    return report.new, report.changed, report.unchanged, report.removed
