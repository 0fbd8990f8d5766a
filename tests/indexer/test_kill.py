"""Real rebuilds, killed with SIGKILL at many points: the reader sees the old build or the new one, whole."""

import io
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from indexer.build import CACHE_FOLDER, rebuild_index
from indexer.sources.files import open_source
from search.artefact.layout import UNFINISHED_PREFIX, builds_folder, current_file
from search.artefact.lifecycle import current_build, list_builds
from search.artefact.reading import verify_build
from search.encoders.hashing import HashingEncoder
from search.engine import SearchEngine
from search.errors import IndexLocked
from search.progress import Progress, progress_on
from tests.contents import contents
from tests.records import study, write_ndjson

DOOMED = Path(__file__).with_name("doomed_rebuild.py")
CHECKOUT = Path(__file__).parents[2]

# Enough texts that those to embed anew fill more than one chunk.
TRIALS = 480
CONDITIONS = ["Crohn disease", "Ulcerative colitis", "Asthma", "Stroke", "Psoriasis", "Migraine", "Anaemia"]
CELLS = ["Umbilical cord stem cells", "Exosomes", "Whey protein", "Placebo", "Infliximab"]


def records(count: int, edition: str) -> list[dict[str, Any]]:
    """`count` records; every seventh title says which edition it is, the others stay the same."""
    return [
        study(
            f"NCT{number:08}",
            f"Trial {number} of {CELLS[number % 5].lower()} in {CONDITIONS[number % 7].lower()}"
            + (f", {edition} protocol" if number % 7 == 0 else ""),
            conditions=[CONDITIONS[number % 7], f"Condition {number % 120}"] if number % 3 else [],
            interventions=[CELLS[number % 5], f"Substance {number % 90}"] if number % 4 else [],
        )
        for number in range(1, count + 1)
    ]


def answers(root: Path) -> object:
    """What the live build says, all of it but its name and time."""
    engine = SearchEngine.open(root)
    asked = [f"NCT{number:08}" for number in (1, 7, 60, 100)]
    manifest = engine.manifest
    return (
        manifest.counts,
        contents(current_build(root)),
        [engine.similar(trial_id, k=5) for trial_id in asked],
        engine.search("stem cells for Crohn's disease", k=5),
    )


def embedded_texts(root: Path) -> set[bytes]:
    """The SHA-256 of each text whose vector is kept."""
    files = list((root / CACHE_FOLDER).glob("*.sqlite"))
    if not files:
        return set()
    with sqlite3.connect(files[0]) as database:
        found = {key for (key,) in database.execute("SELECT text_sha256 FROM embeddings")}
    database.close()
    return found


def leftovers(root: Path) -> list[str]:
    return [path.name for path in builds_folder(root).iterdir() if path.name.startswith(UNFINISHED_PREFIX)]


class World:
    """An index with a published build, records for the next one, and what each must answer."""

    def __init__(self, folder: Path, quiet: Progress, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> None:
        self.quiet = quiet
        self.folder = folder
        self.old_root, new_root = folder / "old", folder / "new"
        self.source = write_ndjson(folder / "new.ndjson", new)
        self.rebuild(self.old_root, write_ndjson(folder / "old.ndjson", old))
        self.rebuild(new_root, self.source)
        self.old_build = list_builds(self.old_root)
        self.old_answers, self.new_answers = answers(self.old_root), answers(new_root)
        self.new_texts = embedded_texts(new_root)
        assert self.old_answers != self.new_answers

    def rebuild(self, root: Path, source: Path):
        return rebuild_index(open_source(str(source)), root=root, encoder=HashingEncoder(), progress=self.quiet)

    def start(self, root: Path, signal_number: int, counter: str, number: int) -> subprocess.Popen:
        """A process that rebuilds the index at `root`."""
        arguments = [signal_number, counter, number, root, self.source]
        return subprocess.Popen(
            [sys.executable, DOOMED, *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            stdout=subprocess.PIPE,
            text=True,
        )

    def fresh(self, name: str) -> Path:
        return Path(shutil.copytree(self.old_root, self.folder / name))

    def length(self, counter: str) -> int:
        """How far a whole rebuild counts."""
        process = self.start(self.fresh(f"whole-{counter}"), 0, counter, 0)
        return int(process.communicate()[0])


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    folder, quiet = tmp_path_factory.mktemp("kill"), progress_on(Console(file=io.StringIO()))
    return World(folder, quiet, records(100, "first"), records(TRIALS, "revised"))


CALL_POINTS = 10
"""Spread evenly over all that is computed, embedding above all."""
LAST_EVENTS = 11
"""Syncing the folder, its rename, the switch of CURRENT, and tidying up: a kill before each."""
EARLIER_EVENTS = 8
"""Spread evenly over the file events before those."""


def test_a_rebuild_killed_anywhere_leaves_the_old_build_or_the_new_one(world):
    calls, events = world.length("call"), world.length("file")
    points = [("call", calls * point // (CALL_POINTS + 1)) for point in range(1, CALL_POINTS + 1)]
    points += [("file", 1 + (events - LAST_EVENTS) * point // EARLIER_EVENTS) for point in range(EARLIER_EVENTS)]
    points += [("file", events - back) for back in range(LAST_EVENTS)]
    assert len(set(points)) == len(points) >= 25

    saw_old = saw_new = saw_part_of_cache = published_but_not_live = 0
    for counter, number in points:
        root = world.fresh(f"{counter}-{number}")
        process = world.start(root, signal.SIGKILL, counter, number)
        process.communicate()
        where = f"killed at {counter} {number} of {events if counter == 'file' else calls}"
        assert process.returncode == -signal.SIGKILL, where

        # Served: whole, and one or the other.
        verify_build(current_build(root))
        is_old = current_build(root).name in world.old_build
        assert answers(root) == (world.old_answers if is_old else world.new_answers), where
        saw_old += is_old
        saw_new += not is_old
        published_but_not_live += is_old and len(list_builds(root)) == 2
        for build_id in list_builds(root):  # nothing under a build's name is half a build
            verify_build(builds_folder(root) / build_id)

        # And the next rebuild goes on where it was.
        known = embedded_texts(root) & world.new_texts
        saw_part_of_cache += len(embedded_texts(world.old_root) & world.new_texts) < len(known) < len(world.new_texts)
        report = world.rebuild(root, world.source)
        assert report.embedded == len(world.new_texts) - len(known), where
        assert answers(root) == world.new_answers, where
        assert leftovers(root) == [], where
        verify_build(current_build(root))
        shutil.rmtree(root)

    # The points were where they should be.
    assert saw_old >= 15
    assert saw_new >= 2
    assert saw_part_of_cache >= 1
    assert published_but_not_live >= 2


def test_a_refresh_killed_anywhere_leaves_the_old_build_or_the_new_one_and_shared_files_whole(tmp_path, quiet):
    # Ten titles change, so that nearly all is taken over from the build that is live.
    new = [*records(70, "revised"), *records(TRIALS, "first")[70:]]
    world = World(tmp_path, quiet, records(TRIALS, "first"), new)
    calls, events = world.length("call"), world.length("file")
    points = [("call", calls * point // 5) for point in range(1, 5)]
    points += [("file", events * point // 6) for point in range(1, 6)]
    points += [("file", events - back) for back in (8, 6, 4, 2)]

    for counter, number in points:
        root = world.fresh(f"{counter}-{number}")
        process = world.start(root, signal.SIGKILL, counter, number)
        process.communicate()
        where = f"killed at {counter} {number} of {events if counter == 'file' else calls}"
        assert process.returncode == -signal.SIGKILL, where
        is_old = current_build(root).name in world.old_build
        assert answers(root) == (world.old_answers if is_old else world.new_answers), where
        report = world.rebuild(root, world.source)
        assert report.taken_over >= TRIALS - 10, where
        assert answers(root) == world.new_answers, where
        assert leftovers(root) == [], where
        for build_id in list_builds(root):
            verify_build(builds_folder(root) / build_id)
        shutil.rmtree(root)


def test_a_first_build_that_is_killed_leaves_no_index_and_no_obstacle(world):
    root = world.folder / "first"
    process = world.start(root, signal.SIGKILL, "file", 20)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not current_file(root).exists()
    assert leftovers(root)

    world.rebuild(root, world.source)
    assert answers(root) == world.new_answers
    assert leftovers(root) == []


def test_of_two_rebuilds_at_once_the_second_is_refused_with_the_pid_of_the_first(world):
    root = world.fresh("contended")
    first = world.start(root, signal.SIGSTOP, "file", 10)
    try:
        _, status = os.waitpid(first.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)

        with pytest.raises(IndexLocked) as refused:
            world.rebuild(root, world.source)
        assert str(refused.value) == f"process {first.pid} is changing the index {root}; try again when it is done"
        assert answers(root) == world.old_answers

        os.kill(first.pid, signal.SIGCONT)
        first.communicate()
        assert first.returncode == 0
    finally:
        if first.poll() is None:
            first.kill()
            first.wait()
    assert answers(root) == world.new_answers


def test_the_lock_of_a_dead_process_is_no_obstacle(world):
    root = world.fresh("stale")
    process = world.start(root, signal.SIGKILL, "file", 15)
    process.communicate()
    assert (root / "LOCK").read_text() == f"{process.pid}\n"

    world.rebuild(root, world.source)
    assert (root / "LOCK").read_text() == f"{os.getpid()}\n"
    assert answers(root) == world.new_answers
