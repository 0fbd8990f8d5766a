"""A refresh takes over what has not changed, and gives what a full rebuild of the same records gives."""

import datetime
import io
import os
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from rich.console import Console

from api.engine_slot import EngineSlot
from api.settings import Settings
from indexer import build as build_module
from indexer import previous, stored_vectors
from indexer.build import BuildReport, rebuild_index
from indexer.sources.files import SEEDS, open_source
from search.artefact import writing
from search.artefact.layout import TITLES_FILE
from search.artefact.lifecycle import current_build, list_builds, prune, rollback
from search.artefact.patched import PatchedIndex, PatchedVectors
from search.artefact.reading import open_current, verify_build
from search.encoders.hashing import HashingEncoder
from search.engine import SearchEngine
from search.errors import BadInput
from search.progress import progress_on
from tests.contents import contents
from tests.indexer.encoders import RememberingEncoder
from tests.records import study, write_ndjson

QUIET = progress_on(Console(file=io.StringIO()))
SEED_RECORDS: list[Any] = [record.study for record in open_source(SEEDS).records()]


def refresh(root: Path, records: list[Any], *, encoder: Any = None, full: bool = False) -> BuildReport:
    with tempfile.TemporaryDirectory() as folder:
        source = open_source(str(write_ndjson(Path(folder, "studies.ndjson"), records)))
        return rebuild_index(source, root=root, encoder=encoder or HashingEncoder(), progress=QUIET, full=full)


def changed(records: list[Any], *, seed: int) -> list[Any]:
    """Copies with a title, conditions and a status changed here and there, one record gone and one new."""
    copies = orjson.loads(orjson.dumps(records))
    chance = random.Random(seed)
    for record in chance.sample(copies, 6):
        protocol = record["protocolSection"]
        match chance.randrange(3):
            case 0:
                protocol["identificationModule"]["briefTitle"] += f" amended {seed}"
            case 1:
                protocol["conditionsModule"] = {"conditions": ["Crohn Disease", f"Amended {seed}"]}
            case _:
                protocol.setdefault("statusModule", {})["overallStatus"] = "WITHDRAWN"
    copies.pop(chance.randrange(len(copies)))
    copies.append(study(f"NCT0000{seed:04}", f"A new trial of exosomes {seed}", conditions=["Colitis"]))
    return copies


def answers(root: Path) -> list[Any]:
    engine = SearchEngine.open(root)
    ids = open_current(root).trials.trial_ids(range(0, len(open_current(root).trials), 10))
    return [*(engine.similar(trial_id) for trial_id in ids), engine.search("stem cells for Crohn's disease")]


def test_refreshes_one_after_another_hold_and_answer_what_full_rebuilds_do(tmp_path: Path) -> None:
    root, scratch = tmp_path / "index", tmp_path / "scratch"
    records = SEED_RECORDS
    refresh(root, records)
    first = current_build(root)
    for seed in (1, 2, 3):
        records = changed(records, seed=seed)

        report = refresh(root, records)

        assert report.indexed - 7 <= report.taken_over < report.indexed
        refresh(scratch, records, full=True)
        assert contents(current_build(root)) == contents(current_build(scratch))
        assert answers(root) == answers(scratch)
        verify_build(current_build(root))
        artefact = open_current(root)
        assert isinstance(artefact.titles, PatchedVectors)
        assert isinstance(artefact.passages, PatchedIndex)
        # One file with a name in each build.
        assert (current_build(root) / TITLES_FILE).samefile(first / TITLES_FILE)


def test_only_what_changed_is_embedded(tmp_path: Path) -> None:
    refresh(tmp_path, SEED_RECORDS, encoder=RememberingEncoder())
    records = [*SEED_RECORDS, study("NCT00000001", "Quite new", conditions=["Crohn Disease"])]
    encoder = RememberingEncoder()

    refresh(tmp_path, records, encoder=encoder)

    assert sorted(encoder.encoded) == ["Quite new", "Quite new. Conditions: Crohn Disease"]


def test_a_change_that_no_text_shows_writes_no_vector(tmp_path: Path) -> None:
    refresh(tmp_path, SEED_RECORDS)
    records = orjson.loads(orjson.dumps(SEED_RECORDS))
    records[5]["protocolSection"]["statusModule"]["overallStatus"] = "WITHDRAWN"

    report = refresh(tmp_path, records)

    assert report.taken_over == len(records) - 1
    assert isinstance(open_current(tmp_path).titles, np.ndarray)  # the file of the build before, whole
    nct_id = records[5]["protocolSection"]["identificationModule"]["nctId"]
    assert SearchEngine.open(tmp_path).trial(nct_id).status == "WITHDRAWN"


def test_many_changes_have_the_vectors_written_anew(tmp_path: Path) -> None:
    refresh(tmp_path, SEED_RECORDS)
    first = current_build(tmp_path)
    records = orjson.loads(orjson.dumps(SEED_RECORDS))
    for record in records[::3]:
        record["protocolSection"]["identificationModule"]["briefTitle"] += " amended"

    refresh(tmp_path, records)

    assert isinstance(open_current(tmp_path).titles, np.ndarray)
    assert not (current_build(tmp_path) / TITLES_FILE).samefile(first / TITLES_FILE)
    refresh(tmp_path / "scratch", records, full=True)
    assert contents(current_build(tmp_path)) == contents(current_build(tmp_path / "scratch"))


def test_a_build_goes_on_whole_when_those_it_took_over_from_are_removed(tmp_path: Path) -> None:
    refresh(tmp_path, SEED_RECORDS)
    refresh(tmp_path, changed(SEED_RECORDS, seed=1))
    before = contents(current_build(tmp_path))

    prune(tmp_path, keep=1)

    assert list_builds(tmp_path) == [current_build(tmp_path).name]
    verify_build(current_build(tmp_path))
    assert contents(current_build(tmp_path)) == before


def test_where_a_file_cannot_have_two_names_it_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refresh(tmp_path, SEED_RECORDS)
    first = current_build(tmp_path)

    def no_links(*_: object) -> None:
        raise OSError("no hard links here")

    monkeypatch.setattr(os, "link", no_links)
    report = refresh(tmp_path, changed(SEED_RECORDS, seed=1))

    assert report.taken_over > 200
    verify_build(current_build(tmp_path))
    assert not (current_build(tmp_path) / TITLES_FILE).samefile(first / TITLES_FILE)


def test_another_encoder_other_code_or_full_take_nothing_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refresh(tmp_path, SEED_RECORDS)
    assert refresh(tmp_path, SEED_RECORDS).taken_over == len(SEED_RECORDS)
    assert refresh(tmp_path, SEED_RECORDS, full=True).taken_over == 0
    assert refresh(tmp_path, SEED_RECORDS, encoder=RememberingEncoder("other")).taken_over == 0
    assert open_current(tmp_path).manifest.encoder.revision == "other"
    for module in (previous, build_module):
        monkeypatch.setattr(module, "maker", lambda: "other code")
    assert refresh(tmp_path, SEED_RECORDS, encoder=RememberingEncoder("other")).taken_over == 0


def test_a_live_build_that_is_half_gone_is_no_obstacle(tmp_path: Path) -> None:
    refresh(tmp_path, SEED_RECORDS)
    (current_build(tmp_path) / "trials.arrow").unlink()

    report = refresh(tmp_path, SEED_RECORDS)

    assert (report.taken_over, report.indexed) == (0, len(SEED_RECORDS))
    verify_build(current_build(tmp_path))


def test_a_clock_that_went_back_does_not_put_a_new_build_before_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = refresh(tmp_path, SEED_RECORDS).build_id

    class Yesterday(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> "Yesterday":
            return cls.fromtimestamp(time.time() - 86_400, tz)

    with monkeypatch.context() as patch:
        patch.setattr(writing.datetime, "datetime", Yesterday)
        second, third = (refresh(tmp_path, SEED_RECORDS).build_id for _ in range(2))

    assert list_builds(tmp_path) == [first, second, third]
    assert current_build(tmp_path).name == third
    assert rollback(tmp_path) == second
    assert prune(tmp_path, keep=1) == [first, third]


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
        refresh(self.root, list(self.records.values()))
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
        refresh(self.root, list(self.records.values()))

    @rule()
    def rebuild_that_is_stopped(self) -> None:
        before = current_build(self.root).name
        self.upsert(1)
        self.records[1]["protocolSection"]["identificationModule"]["briefTitle"] = f"Never seen {self.edition}"
        with pytest.raises(Killed):
            refresh(self.root, list(self.records.values()), encoder=DyingEncoder())
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
            refresh(self.root, records)
            scratch = Path(name, "scratch")
            refresh(scratch, records, full=True)
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
