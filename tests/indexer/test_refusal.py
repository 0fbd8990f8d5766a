"""`rebuild-index` as a person meets it when a new build is refused or another process is in the way."""

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from search.artefact.layout import PASSAGES_FILE, TERM_VECTORS_FILE, TITLES_FILE
from search.artefact.lifecycle import current_build
from search.artefact.reading import verify_build
from tests.records import study, write_ndjson

BIN = Path(sys.executable).parent
HOLD = (
    "import sys; from pathlib import Path; from search.artefact.lock import locked\n"
    "with locked(Path(sys.argv[1])):\n"
    "    print('held', flush=True); sys.stdin.read()\n"
)

pytestmark = pytest.mark.skipif(not (BIN / "trialkin").exists(), reason="the commands are not installed")


def records(count):
    return [study(f"NCT{number:08}", f"Trial {number}") for number in range(1, count + 1)]


@pytest.fixture
def source(tmp_path):
    """Writes records under the name that `build` gives its own, so that it is the same source."""
    return lambda count: write_ndjson(tmp_path / "studies.ndjson", records(count))


def command(name, *arguments, root):
    return [str(BIN / name), *map(str, arguments), "--index", str(root)]


def run(name, *arguments, root):
    return subprocess.run(command(name, *arguments, root=root), capture_output=True, text=True, timeout=60)


def with_room_for(blocks, arguments):
    """The command, where no file may grow past so many blocks of 512 bytes, as on a disk that is full by then."""
    limited = ["/bin/sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh", *arguments]
    return subprocess.run(limited, capture_output=True, text=True, timeout=60)


def state(root):
    return json.loads(run("trialkin", "status", "--json", root=root).stdout)


def test_a_refused_build_is_one_line_and_exit_code_1_and_force_publishes_it(root, build, source):
    live = build(records(120)).build_id
    refused = run("rebuild-index", source(20), "--encoder", "hashing", root=root)
    assert (refused.returncode, refused.stdout) == (1, "")
    (line,) = [line for line in refused.stderr.splitlines() if line.startswith("error: ")]
    assert line.startswith("error: the new build was not published: it has 20 trials, fewer than 90% of the 120 that ")
    assert current_build(root).name == live
    assert state(root)["last_run"]["outcome"] == "refused"
    shown = run("trialkin", "status", root=root)
    assert shown.returncode == 0
    (told,) = [line for line in shown.stdout.splitlines() if line.startswith("refused ")]
    assert told.endswith(
        f"it has 20 trials, fewer than 90% of the 120 that {live} has from the same source (--force publishes it)"
    )

    forced = run("rebuild-index", source(20), "--encoder", "hashing", "--force", "--json", root=root)
    assert forced.returncode == 0
    assert json.loads(forced.stdout)["build_id"] == current_build(root).name != live
    assert state(root)["last_run"]["outcome"] == "published"


def test_a_disk_that_takes_no_more_is_one_line_that_says_where_and_the_live_build_stays(root, build, source):
    live = build(records(3)).build_id
    rebuild = command("rebuild-index", source(3_000), "--encoder", "hashing", root=root)
    full = with_room_for(64, rebuild)  # much less than the trials need
    assert (full.returncode, full.stdout) == (1, "")
    assert full.stderr.splitlines()[-1] == f"error: {os.strerror(errno.EFBIG)}: {root}"
    assert [path.name for path in (root / "builds").iterdir()] == [live]
    told = state(root)
    assert (told["live"], told["fault"], told["last_run"]["outcome"]) == (live, None, "failed")
    assert run("rebuild-index", source(3_000), "--encoder", "hashing", root=root).returncode == 0


@pytest.mark.parametrize("share", [0.1, 0.9], ids=["nearly full", "short of the largest file"])
def test_a_disk_that_fills_up_during_a_refresh_harms_no_file_that_both_builds_have(root, build, source, share):
    live = build(records(3_000)).build_id
    vectors = {TITLES_FILE, TERM_VECTORS_FILE, PASSAGES_FILE}  # which a refresh leaves as they are
    written = [path for path in (root / "builds" / live).rglob("*") if path.name not in vectors]
    largest = max(path.stat().st_size for path in written)
    changed = write_ndjson(source(0), [*records(2_999), study("NCT00003000", "Another title")])
    refresh = command("rebuild-index", changed, "--encoder", "hashing", "--json", root=root)

    full = with_room_for(int(share * largest) // 512, refresh)

    assert (full.returncode, full.stdout) == (1, "")
    assert full.stderr.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in full.stderr
    assert [path.name for path in (root / "builds").iterdir()] == [live]
    assert run("trialkin", "verify", root=root).returncode == 0
    done = subprocess.run(refresh, capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout)["taken_over"] == 2_999
    for build_id in (live, current_build(root).name):
        verify_build(root / "builds" / build_id)


def test_a_rebuild_waits_for_another_process_as_long_as_it_is_told(root, build, source):
    first = build(records(3)).build_id
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        assert state(root)["changed_by"] == str(holder.pid)

        at_once = run("rebuild-index", source(3), "--encoder", "hashing", root=root)
        assert (at_once.returncode, at_once.stdout) == (1, "")
        assert at_once.stderr == (
            f"error: process {holder.pid} is changing the index {root}; try again when it is done\n"
        )

        waiting = subprocess.Popen(
            command("rebuild-index", source(3), "--encoder", "hashing", "--wait", 60, root=root),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert waiting.stderr.readline() == (
            f"waiting up to 60 s for process {holder.pid}, which is changing the index {root}\n"
        )
        assert current_build(root).name == first
    finally:
        holder.communicate("")
    out, _ = waiting.communicate(timeout=60)
    assert waiting.returncode == 0
    assert out.startswith(f"build     {current_build(root).name} is live\n")
    assert current_build(root).name != first


@pytest.mark.parametrize(
    ("signal_number", "outcome", "told"),
    [
        (signal.SIGINT, "interrupted", "interrupted"),
        (signal.SIGKILL, "unfinished", "was killed; the next one goes on where it was"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_status_says_how_a_stopped_rebuild_ended(root, source, signal_number, outcome, told):
    process = subprocess.Popen(
        command("rebuild-index", source(20_000), "--encoder", "hashing", root=root), stderr=subprocess.PIPE, text=True
    )
    assert process.stderr.readline().startswith("reading: ")  # now it embeds
    running = state(root)
    assert (running["changed_by"], running["last_run"]["outcome"]) == (str(process.pid), "unfinished")
    assert "is running" in run("trialkin", "status", root=root).stdout
    os.kill(process.pid, signal_number)
    process.communicate()

    ended = state(root)
    assert (ended["changed_by"], ended["last_run"]["outcome"]) == (None, outcome)
    shown = run("trialkin", "status", root=root)
    assert shown.returncode == 1  # nothing is live
    (line,) = [line for line in shown.stdout.splitlines() if line.startswith("last run ")]
    assert line.endswith(told)
