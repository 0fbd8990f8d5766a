"""The load run: what it asks, and what it makes of what it saw."""

import asyncio
import subprocess
import sys
from collections import Counter

import pytest

from benchmarks.load import wrk
from benchmarks.load.__main__ import questions_of
from benchmarks.load.overload import Overload, overload
from benchmarks.load.served import Memory, Served
from benchmarks.load.tables import Measured, load_table, memory_table, overload_table
from benchmarks.load.wrk import Rate
from tests.api.serving import serving


def test_the_same_trials_are_asked_in_every_run(seeds_root):
    questions = questions_of(seeds_root)
    assert questions == questions_of(seeds_root)
    assert len(set(questions["uncached"])) == 288
    assert set(questions) == {"cached", "uncached", "filtered", "free text"}


def test_figures_are_shown_as_ratios_to_the_bare_endpoint():
    bare, cached = Rate(1000, 2, 4, 0), Rate(250, 3, 40, 1)
    rows = load_table([Measured(1, 5000, bare, {"cached": cached}, {})]).splitlines()
    assert rows[2] == "| bare, 5,000 bytes | 1 | 1,000 | 100.0% | 2.0 ms | 1.0 | 4.0 ms | 1.0 | 0 |"
    assert rows[3] == "| cached | 1 | 250 | 25.0% | 3.0 ms | 1.5 | 40.0 ms | 10.0 | 1 |"


def test_memory_is_shown_for_each_process():
    memory = {"by trial": [Memory(60, 110, 70), Memory(160, 700, 410)]}
    rows = memory_table([Measured(2, 5000, Rate(1, 1, 1, 0), {}, memory)]).splitlines()
    assert rows[2] == "| 2 | by trial | 60, 160 | 110, 700 | 70, 410 |"


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_what_a_process_maps_is_resident_and_not_its_own_and_is_shared_in_equal_parts(tmp_path):
    large = tmp_path / "large"
    large.write_bytes(bytes(64 << 20))
    look = (
        "import mmap, os, sys; here = mmap.mmap(os.open(sys.argv[1], os.O_RDONLY), 0, access=mmap.ACCESS_READ); "
        "own = bytes(range(256)) * (32 << 12); sum(here[::4096]); print(flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", look, str(large)]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as one,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other,
    ):
        for process in (one, other):
            assert process.stdout.readline() == b"\n"
        [memory] = Served(0, one).memory()
        for process in (one, other):
            process.stdin.close()
    assert 32 <= memory.own < 48
    assert memory.resident >= memory.own + 64
    assert memory.own + 32 <= memory.share <= memory.resident - 30


def test_every_end_of_a_question_is_told():
    seen = Overload(asked=10, statuses=Counter({200: 3, 503: 6, 0: 1}), answered_ms=[1, 2, 3], seconds=2)
    table = overload_table(seen, capacity=1.5)
    assert "| answered | 3, 2 a second; p50 2 ms, p99 3 ms |" in table
    assert "| any other end | 1 |" in table
    assert "| the process | ended |" in table


def test_questions_are_asked_at_the_rate_whether_or_not_they_are_answered(seeds_root):
    with serving(seeds_root) as (_, address, _):
        port = int(address.rpartition(":")[2])
        run = overload(port, ["/version", "/none"], per_second=50, seconds=0.5, probed=["/health/live"])
        seen = asyncio.run(run)
    assert 20 <= seen.asked <= 26
    assert set(seen.statuses) == {200, 404}
    assert seen.statuses.total() == seen.asked
    assert (len(seen.probes["/health/live"]) > 0, seen.probes_failed) == (True, 0)


@pytest.mark.skipif(not wrk.is_here(), reason="wrk is not installed; install it with: apt-get install wrk")
def test_wrk_says_how_much_was_answered_and_what_failed(seeds_root):
    with serving(seeds_root) as (_, address, _):
        sound = wrk.asked(address, ["/health/live"], connections=2, seconds=1)
        failed = wrk.asked(address, ["/health/live", "/none"], connections=2, seconds=1)
    assert (sound.per_second > 10, sound.failed) == (True, 0)
    assert 0 < sound.p50_ms <= sound.p99_ms < 1000
    assert failed.failed > 0
