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
from rich.console import Console

from indexer import build as build_module
from indexer import previous
from indexer.build import BuildReport, rebuild_index
from indexer.sources.files import SEEDS, open_source
from search.artefact import writing
from search.artefact.byte_vectors import ByteVectors, in_bytes
from search.artefact.layout import PASSAGES_FILE, TITLES_FILE, build_folder
from search.artefact.lifecycle import current_build, list_builds, prune, rollback
from search.artefact.patched import PatchedIndex, PatchedVectors
from search.artefact.reading import open_current, verify_build
from search.encoders.hashing import HashingEncoder
from search.engine import SearchEngine
from search.indexes import catalogue, ivf
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


def test_one_goes_back_to_a_refresh_whose_first_build_is_gone_and_refreshes_from_there(tmp_path: Path) -> None:
    first, second, third = (changed(SEED_RECORDS, seed=seed) for seed in (1, 2, 3))
    for records in (SEED_RECORDS, first, second):
        refresh(tmp_path, records)
    _, goal, _ = list_builds(tmp_path)
    there = contents(build_folder(tmp_path, goal))

    prune(tmp_path, keep=2)  # the build that wrote the files that both others have
    assert rollback(tmp_path) == goal == current_build(tmp_path).name
    verify_build(current_build(tmp_path))
    assert contents(current_build(tmp_path)) == there
    prune(tmp_path, keep=1)
    assert list_builds(tmp_path) == [goal]

    assert refresh(tmp_path, third).taken_over > 200
    assert (current_build(tmp_path) / TITLES_FILE).samefile(build_folder(tmp_path, goal) / TITLES_FILE)
    verify_build(current_build(tmp_path))
    refresh(tmp_path / "scratch", third, full=True)
    assert contents(current_build(tmp_path)) == contents(current_build(tmp_path / "scratch"))


def test_refreshes_of_an_index_of_lists_hold_and_answer_what_full_rebuilds_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "EXACT_UP_TO", 100)
    monkeypatch.setattr(ivf, "ONE_LIST_UP_TO", 100)
    root, scratch = tmp_path / "index", tmp_path / "scratch"
    refresh(root, SEED_RECORDS)
    first, manifest = current_build(root), open_current(root).manifest
    assert manifest.index == "ivf"
    assert manifest.calibration is not None
    assert (manifest.calibration.lists, manifest.calibration.sample) == (68, 288)
    assert manifest.calibration.index_recall[10] >= 0.98
    records = SEED_RECORDS
    for seed in (1, 2):
        records = changed(records, seed=seed)
        refresh(root, records)
        assert (current_build(root) / PASSAGES_FILE).samefile(first / PASSAGES_FILE)
        refresh(scratch, records, full=True)
        assert contents(current_build(root)) == contents(current_build(scratch))
        assert answers(root) == answers(scratch)
    artefact = open_current(root)
    assert isinstance(artefact.passages, PatchedIndex)
    assert isinstance(artefact.titles, PatchedVectors)
    assert isinstance(artefact.titles.base, ByteVectors)
    titles = HashingEncoder().encode_documents([artefact.trials.trial(row).brief_title for row in range(50)])
    assert np.array_equal(artefact.titles[:50], ByteVectors(in_bytes(titles))[:])
    assert open_current(root).manifest.calibration == manifest.calibration

    # Twice the trials: all is cut into lists anew.
    copies = orjson.loads(orjson.dumps(records))
    for number, record in enumerate(copies):
        record["protocolSection"]["identificationModule"]["nctId"] = f"NCT9{number:07}"
        record["protocolSection"]["identificationModule"]["briefTitle"] += f" continued {number}"
    assert refresh(root, records + copies).taken_over == len(records)
    calibration = open_current(root).manifest.calibration
    assert calibration is not None
    assert calibration.lists == round(4 * len(records + copies) ** 0.5)
    refresh(scratch, records + copies, full=True)
    assert contents(current_build(root)) == contents(current_build(scratch))


def test_an_index_that_outgrows_the_exact_one_is_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "EXACT_UP_TO", len(SEED_RECORDS))
    refresh(tmp_path, SEED_RECORDS)
    assert open_current(tmp_path).manifest.index == "flat"
    more = [*SEED_RECORDS, study("NCT99999999", "One trial of exosomes more")]
    assert refresh(tmp_path, more).taken_over == len(SEED_RECORDS)
    assert open_current(tmp_path).manifest.index == "ivf"
    monkeypatch.setattr(catalogue, "EXACT_UP_TO", len(more))
    assert refresh(tmp_path, more).taken_over == len(more)
    assert (open_current(tmp_path).manifest.index, open_current(tmp_path).manifest.calibration) == ("flat", None)


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
