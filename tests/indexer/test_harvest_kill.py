"""Real harvests, killed with SIGKILL: nothing is lost, nothing is asked for twice, and the next one goes on."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from indexer.registry.fields import kept
from indexer.store import STORE_FILE, Store
from tests.indexer.registry_double import RegistryDouble
from tests.records import study

BIN = Path(sys.executable).parent
DOOMED = Path(__file__).with_name("doomed_harvest.py")
CHECKOUT = Path(__file__).parents[2]
STUDIES = [study(f"NCT{number:08}", f"Trial {number}", updated="2020-01-01") for number in range(1, 21)]
POINTS = 8
"""Spread evenly over all calls of a harvest."""


@pytest.fixture(autouse=True)
def pages_of_three(double: RegistryDouble) -> None:
    double.release("2026-11-20T09:00:05", *STUDIES)
    double.largest_page = 3


def held(folder: Path) -> dict[str, Any]:
    with Store(folder) as store:
        return {nct_id: record for nct_id, _, record in store.records()}


def everything() -> dict[str, Any]:
    return {record["protocolSection"]["identificationModule"]["nctId"]: kept(record) for record in STUDIES}


def doomed(number: int, url: str, folder: Path) -> tuple[int, str]:
    process = subprocess.run(
        [sys.executable, DOOMED, str(number), url, folder],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    return process.returncode, process.stdout


@pytest.mark.skipif(not (BIN / "trialkin").exists(), reason="the commands are not installed")
def test_a_harvest_killed_at_one_request_after_the_other_asks_again_only_for_the_page_in_flight(
    double: RegistryDouble, tmp_path: Path
) -> None:
    command = [BIN / "trialkin", "harvest", "--registry-url", double.url, "--store", tmp_path, "--rate", "1000"]
    # The first asks for its version and three pages; each later one for its version, the lost page and one more.
    for requests, pages_in in [(4, 2), (7, 3), (10, 4)]:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        double.before = {requests: process.kill}
        assert process.wait(timeout=60) == -signal.SIGKILL
        assert len(held(tmp_path)) == 3 * pages_in

    done = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stdout.splitlines()[2]) == (0, "did       full")
    assert held(tmp_path) == everything()
    asked = Counter(request.token for request in double.pages())
    assert sorted(asked.values()) == [1, 1, 1, 1, 2, 2, 2]  # seven pages, three of them lost once


def test_a_harvest_killed_anywhere_holds_whole_pages_and_the_next_one_completes_it(
    double: RegistryDouble, tmp_path: Path
) -> None:
    returned, printed = doomed(0, double.url, tmp_path / "whole")
    assert (returned, held(tmp_path / "whole")) == (0, everything())
    calls = int(printed)

    seen = set()
    for point in range(1, POINTS + 1):
        folder = tmp_path / str(point)
        returned, _ = doomed(calls * point // (POINTS + 1), double.url, folder)
        assert returned == -signal.SIGKILL
        with sqlite3.connect(folder / STORE_FILE) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        database.close()
        with Store(folder) as store:
            state, count = store.state, store.held
        assert count == (state.under_way.read if state.under_way else 20 if state.complete else 0)
        seen.add(count)

        double.asked.clear()
        assert doomed(0, double.url, folder)[0] == 0
        assert held(folder) == everything()
        assert len(double.pages()) == 7 - (count + 2) // 3  # three studies to a page

    assert len(seen) >= 3, "the points were spread over the pages"
