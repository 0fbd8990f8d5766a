"""Random histories: whatever the registry did and wherever harvests broke off, in the end nothing is lost."""

import io
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from rich.console import Console

from indexer.build import rebuild_index
from indexer.harvest import harvest
from indexer.registry.client import RegistryClient
from indexer.registry.fields import kept
from indexer.registry.selection import select
from indexer.sources.files import open_source
from indexer.store import Store
from search.artefact.lifecycle import current_build
from search.encoders.hashing import HashingEncoder
from search.errors import UnusableSource
from search.progress import progress_on
from tests.contents import contents
from tests.indexer.registry_double import RegistryDouble, broken, nct_id
from tests.records import study, write_ndjson

NUMBERS = st.integers(1, 14)
DAYS = ["2026-11-01", "2026-11-02", "2026-11-03", "2026-11-09", "2026-11-20", "2026-12-15", "2026-12-16", "2026-12-30"]
QUIET = progress_on(Console(file=io.StringIO()))


class Gone(BaseException):
    """Ends a harvest where it stands, as a kill would: nothing catches it, nothing is tidied up but by the disk."""


def histories(double: RegistryDouble) -> type[RuleBasedStateMachine]:
    class History(RuleBasedStateMachine):
        """A registry with releases, and a store that is harvested now and then."""

        @initialize(numbers=st.sets(NUMBERS, min_size=1), stale=st.booleans())
        def begin(self, numbers: set[int], stale: bool) -> None:
            self.folder = tempfile.TemporaryDirectory()
            self.day = 0
            self.edition = 0
            self.next: dict[str, Any] = {}
            self.stale = stale
            for number in numbers:
                self.upsert(number)
            self.publish()

        @rule(number=NUMBERS)
        def upsert(self, number: int) -> None:
            self.edition += 1
            # What is changed in the next release carries its day.
            later = DAYS[min(self.day + 1, len(DAYS) - 1)]
            record = study(
                f"NCT{number:08}", f"Trial {number}, edition {self.edition}", updated=later, conditions=["Asthma"]
            )
            self.next[nct_id(record)] = record

        @rule(number=NUMBERS)
        def delete(self, number: int) -> None:
            if len(self.next) > 1:
                self.next.pop(f"NCT{number:08}", None)

        @rule()
        def publish(self) -> None:
            if self.day < len(DAYS) - 1:
                self.day += 1
                double.release(f"{DAYS[self.day]}T09:00:05", *self.next.values())

        @rule(requests=st.integers(1, 6))
        def harvest_that_breaks_off(self, requests: int) -> None:
            def end() -> None:
                raise Gone

            self.harvest(sleep=lambda _: end(), fault_at=requests)

        @rule(requests=st.integers(1, 6))
        def harvest_during_which_new_data_is_released(self, requests: int) -> None:
            self.harvest(release_at=requests)

        @rule()
        def harvest_in_peace(self) -> None:
            self.harvest()
            with Store(Path(self.folder.name)) as store:
                held = {nct_id: record for nct_id, _, record in store.records()}
            # What is gone may stay for a week, or for longer where it is too much; but nothing is lost or old.
            for key, record in double.studies.items():
                assert held[key] == kept(record)

        def harvest(self, *, sleep=lambda _: None, fault_at: int = 0, release_at: int = 0, **options: bool) -> None:
            double.asked.clear()
            double.serves_stale_tokens = self.stale
            double.instead = {fault_at: broken(500)}
            double.before = {release_at: self.publish}
            try:
                with (
                    RegistryClient(double.url, user_agent="t", rate=1e9, sleep=sleep) as client,
                    Store(Path(self.folder.name)) as store,
                ):
                    harvest(client, store, select(), progress=QUIET, page_size=3, **options)
            except Gone:
                pass
            except UnusableSource as error:
                if "no longer lists" not in str(error):
                    raise
            finally:
                double.instead, double.before = {}, {}

        def teardown(self) -> None:
            if not hasattr(self, "folder"):
                return
            with self.folder as name:
                folder = Path(name)
                self.harvest(full=True, force=True)
                scratch = write_ndjson(folder / "scratch.ndjson", list(double.studies.values()))
                assert built("registry", folder / "a", store=folder) == built(str(scratch), folder / "b", store=folder)

    return History


def built(source: str, root: Path, *, store: Path) -> dict[str, object]:
    """What an index of `source` holds."""
    rebuild_index(open_source(source, store=store), root=root, encoder=HashingEncoder(), progress=QUIET)
    return contents(current_build(root))


def test_after_any_history_the_index_is_the_one_built_from_scratch(double: RegistryDouble) -> None:
    run_state_machine_as_test(
        histories(double), settings=settings(max_examples=12, stateful_step_count=14, deadline=None)
    )
