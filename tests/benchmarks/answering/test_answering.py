"""What the benchmark of one question counts, and what it makes of it."""

import json
import subprocess
import sys

import pytest

from benchmarks.answering import stages
from benchmarks.answering.asked import report, sampled
from benchmarks.answering.first import resident_mib
from benchmarks.answering.stages import Stopwatch
from benchmarks.answering.tables import first_table, kinds_table, stages_table


def test_a_stage_is_counted_without_the_stages_inside_it(monkeypatch):
    clock = iter([0.0, 1.0, 3.0, 3.5, 4.5, 10.0])
    monkeypatch.setattr(stages.time, "process_time", lambda: next(clock))
    watch = Stopwatch()
    inner = watch.timed("inner", lambda: 7)
    assert watch.timed("outer", lambda: inner() + inner())() == 14
    assert watch.taken() == {"outer": 7.0, "inner": 3.0}
    assert watch.taken() == {}


def test_every_kind_of_question_is_asked_and_its_stages_add_up(seeds_engine):
    found = report(seeds_engine, asked=3)
    assert found["trials"] == 288
    assert next(iter(found["kinds"])) == "plain"
    assert len(found["kinds"]) == 5
    assert found["scan_ms"] > 0
    for taken in found["kinds"].values():
        assert len(taken["ms"]) == 3
        for number, whole in enumerate(taken["ms"]):
            assert sum(each[number] for each in taken["stages"].values()) == pytest.approx(whole)


def test_nothing_stays_watched(seeds_engine):
    before = stages.search.engine.rank, stages.Explainer.reasons
    report(seeds_engine, asked=1)
    assert (stages.search.engine.rank, stages.Explainer.reasons) == before


def test_a_new_process_tells_of_its_first_answer_and_its_memory(seeds_engine, seeds_root):
    first, *more = sampled(seeds_engine, 3)
    command = [sys.executable, "-m", "benchmarks.answering.first", str(seeds_root), first, *more]
    told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    assert told["cpu_s"] > 0
    assert 0 < told["wall_s"] < 600
    assert told["torch"] is False
    assert 0 < told["after_first"]["own"] <= told["after_all"]["own"] + 16


def test_memory_of_its_own_is_told_from_mapped_files():
    before = resident_mib()
    kept = bytearray(b"x" * 64 * 2**20)
    assert 60 < resident_mib()["own"] - before["own"] < 70
    assert len(kept) == 64 * 2**20


def test_the_tables_show_percentiles_means_and_scans():
    kinds = {"plain": {"ms": [1.0, 2.0, 3.0], "stages": {"reasons": [0.5, 0.5, 2.0], "the rest": [0.5, 1.5, 1.0]}}}
    assert "| plain | 2.00 | 2.80 | 2.98 | 0.50 |" in kinds_table(kinds, scan_ms=4.0)
    assert "| reasons | 1.00 |" in stages_table(kinds)
    assert "| whole | 2.00 |" in stages_table(kinds)
    memory = {"own": 100.4, "mapped": 300.2}
    told = {"wall_s": 0.5, "cpu_s": 0.4, "torch": False, "after_first": memory, "after_all": memory}
    assert "| to its first answer, imports included | 0.50 s by the clock, 0.40 s of processor |" in first_table(
        [told], asked=9
    )
