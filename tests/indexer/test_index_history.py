"""Random histories of an index: whatever was done to it, in the end it answers as one built from scratch."""

import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from rich.console import Console

from api.engine_slot import EngineSlot
from api.settings import Settings
from indexer import stored_vectors
from indexer.build import rebuild_index
from indexer.sources.files import open_source
from search.artefact.lifecycle import current_build, rollback
from search.artefact.reading import open_current
from search.encoders.hashing import HashingEncoder
from search.engine import SearchEngine
from search.errors import BadInput
from search.progress import progress_on
from tests.contents import contents
from tests.records import study, write_ndjson

QUIET = progress_on(Console(file=io.StringIO()))


def rebuild(root: Path, records: list[Any], *, encoder: Any = None, full: bool = False) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = open_source(str(write_ndjson(Path(folder, "studies.ndjson"), records)))
        rebuild_index(source, root=root, encoder=encoder or HashingEncoder(), progress=QUIET, full=full)


class Killed(BaseException):
    """Ends a rebuild where it stands."""


class DyingEncoder(HashingEncoder):
    """Ends the process it is in, so to say, at its first text."""

    def encode_documents(self, texts: Any) -> Any:
        raise Killed(texts[0])


class Histories(RuleBasedStateMachine):
    """Records that come, change and go; an index that is rebuilt now and then, and a server that follows it."""

    numbers = st.integers(1, 40)

    @initialize(numbers=st.sets(numbers, min_size=12))
    def begin(self, numbers: set[int]) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.root = Path(self.folder.name, "index")
        self.records: dict[int, Any] = {}
        self.edition = 0
        for number in numbers:
            self.upsert(number)
        rebuild(self.root, list(self.records.values()))
        self.slot = EngineSlot(None, Settings(index=self.root))

    @rule(number=numbers)
    def upsert(self, number: int) -> None:
        self.edition += 1
        self.records[number] = study(
            f"NCT{number:08}",
            f"Trial {number} of {['exosomes', 'whey', 'stem cells'][self.edition % 3]}",
            conditions=["Asthma", f"Stage {self.edition % 5}"],
            interventions=[f"Drug {number % 4}"],
            updated=f"2026-01-{1 + self.edition % 28:02}",
        )

    @rule(number=numbers)
    def delete(self, number: int) -> None:
        if len(self.records) > 10:
            self.records.pop(number, None)

    @rule()
    def rebuild(self) -> None:
        rebuild(self.root, list(self.records.values()))

    @rule()
    def rebuild_that_is_stopped(self) -> None:
        before = current_build(self.root).name
        self.upsert(1)
        self.records[1]["protocolSection"]["identificationModule"]["briefTitle"] = f"Never seen {self.edition}"
        with pytest.raises(Killed):
            rebuild(self.root, list(self.records.values()), encoder=DyingEncoder())
        assert current_build(self.root).name == before

    @rule()
    def roll_back_and_reload(self) -> None:
        try:
            rollback(self.root)
        except BadInput:
            return
        assert self.served().manifest.build_id == current_build(self.root).name

    @rule()
    def reload(self) -> None:
        engine = self.served()
        assert engine.manifest.build_id == current_build(self.root).name
        trial_id = open_current(self.root).trials.trial_ids([0])[0]
        assert engine.similar(trial_id) == SearchEngine.open(self.root).similar(trial_id)

    def served(self) -> SearchEngine:
        """The server's engine, once it has followed."""
        while self.slot.settled_build_id() is None:
            self.slot()
        return self.slot()

    def teardown(self) -> None:
        if not hasattr(self, "folder"):
            return
        with self.folder as name:
            records = list(self.records.values())
            rebuild(self.root, records)
            scratch = Path(name, "scratch")
            rebuild(scratch, records, full=True)
            assert contents(current_build(self.root)) == contents(current_build(scratch))
            ids = [record["protocolSection"]["identificationModule"]["nctId"] for record in records]
            theirs = SearchEngine.open(scratch)
            ours = self.served()
            assert [ours.similar(trial_id) for trial_id in ids] == [theirs.similar(trial_id) for trial_id in ids]


@pytest.mark.parametrize("share", [0.2, 0.95], ids=["as it is", "with many vectors of its own"])
def test_after_any_history_the_index_and_the_server_answer_as_one_built_from_scratch(
    share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_vectors, "MAX_OWN_SHARE", share)
    run_state_machine_as_test(Histories, settings=settings(max_examples=8, stateful_step_count=12, deadline=None))
