"""`trialkin rebuild-index` and `rebuild-index` as a person runs them: real processes."""

import gzip
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from search.artefact.lifecycle import current_build
from search.artefact.reading import verify_build
from tests.records import study, write_ndjson

BIN = Path(sys.executable).parent
RECORDS = [
    study("NCT00000001", "Aspirin in stroke", conditions=["Stroke"]),
    study("NCT00000002", "Heparin in stroke", conditions=["Stroke"]),
    study("NCT00000002", "Heparin in stroke, again", conditions=["Stroke"]),
]

pytestmark = pytest.mark.skipif(not (BIN / "trialkin").exists(), reason="the commands are not installed")


def run(*arguments: object, program: tuple[str, ...] = ("rebuild-index",), **environment: str) -> Any:
    return subprocess.run(
        [BIN / program[0], *program[1:], *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("program", [("rebuild-index",), ("trialkin", "rebuild-index")])
def test_both_commands_build_and_report(program: tuple[str, ...], tmp_path: Path, root: Path) -> None:
    source = write_ndjson(tmp_path / "studies.ndjson", RECORDS)

    done = run(source, "--encoder", "hashing", "--index", root, program=program)

    build_id = current_build(root).name
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[:6] == [
        f"build     {build_id} is live",
        "read      3 records",
        "indexed   2 trials",
        "skipped   1",
        f"  older or repeated record of a trial 1 (first at {source}:3)",
        "embedded  5 strings (0 reused)",
    ]
    assert [line.split()[0] for line in lines[6:]] == ["size", "time"]
    progress = done.stderr.splitlines()
    assert progress[0].startswith(f"reading: {source.stat().st_size} bytes in ")
    assert progress[1].startswith("embedding: 5 strings in ")
    assert "\x1b" not in done.stderr
    assert verify_build(current_build(root)).manifest.counts.trials == 2


def test_json_is_one_document_on_stdout_and_progress_goes_elsewhere(tmp_path: Path, root: Path) -> None:
    source = write_ndjson(tmp_path / "studies.ndjson", RECORDS)
    run(source, "--encoder", "hashing", TRIALKIN_INDEX=str(root))

    done = run(source, "--encoder", "hashing", "--json", TRIALKIN_INDEX=str(root))

    report = json.loads(done.stdout)
    assert report.pop("seconds") > 0
    assert report.pop("bytes") > 0
    reason = "older or repeated record of a trial"
    assert report == {
        "build_id": current_build(root).name,
        "read": 3,
        "indexed": 2,
        "skipped": {reason: 1},
        "first_places": {reason: f"{source}:3"},
        "embedded": 0,
        "reused": 0,
        "taken_over": 2,
    }


def test_the_seeds_are_the_source_where_none_is_named(root: Path) -> None:
    done = run("--encoder", "hashing", "--index", root, "--json")

    assert json.loads(done.stdout)["indexed"] == 288
    assert verify_build(current_build(root)).manifest.source.name == "seeds"


def wrong_sources(folder: Path) -> dict[str, tuple[Path, str]]:
    """Kind of wrong source -> the source, and what the message says after its path."""
    contents = {
        "csv": (
            b"NCT Number,Study Title\nNCT00000001\n",
            ":2 is broken or truncated (1 columns where the header has 2)",
        ),
        "pdf": (b"%PDF-1.7\n", " begins with b'%PDF-1.7"),
        "gz": (gzip.compress(json.dumps(RECORDS).encode())[:-9], " is a broken or truncated gzip file"),
        "cut": (json.dumps(RECORDS).encode()[:-9], " is broken or truncated JSON after 2 records"),
        "unusable": (b'{"protocolSection": {}}\n', ":1)"),
    }
    sources = {}
    for name, (content, message) in contents.items():
        (folder / name).write_bytes(content)
        sources[name] = (folder / name, message)
    return {**sources, "gone": (folder / "gone", "'; name one")}


def test_a_wrong_source_is_one_clear_line_exit_code_1_and_no_index(tmp_path: Path, root: Path) -> None:
    for kind, (source, message) in wrong_sources(tmp_path).items():
        done = run(source, "--encoder", "hashing", "--index", root)

        assert (done.returncode, done.stdout) == (1, ""), kind
        (error,) = [line for line in done.stderr.splitlines() if not line.startswith("reading: ")]
        assert error.startswith("error: "), kind
        assert f"{source}{message}" in error, kind
        assert not (root / "CURRENT").exists(), kind


def test_an_empty_file_and_an_unknown_encoder_are_refused_in_one_line(tmp_path: Path, root: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")

    empty = run(tmp_path / "empty", "--encoder", "hashing", "--index", root)
    unknown = run("--encoder", "word2vec", "--index", root)

    assert empty.returncode == 1
    assert empty.stderr.splitlines()[-1] == "error: empty holds no study record, so nothing was published"
    assert unknown.returncode == 2
    assert unknown.stderr.startswith(
        "error: unknown encoder 'word2vec'; known: all-MiniLM-L6-v2, trialkin-static, hashing"
    )


def test_ctrl_c_says_how_to_go_on_keeps_the_live_build_and_leaves_no_rubbish(tmp_path: Path, root: Path) -> None:
    run(write_ndjson(tmp_path / "few", RECORDS), "--encoder", "hashing", "--index", root)
    live = current_build(root)
    many = write_ndjson(
        tmp_path / "many", [study(f"NCT{number:08}", f"Trial number {number}") for number in range(30_000)]
    )
    process = subprocess.Popen(
        [BIN / "rebuild-index", many, "--encoder", "hashing", "--index", root],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith("reading: ")  # now it embeds
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=30)

    assert (process.returncode, out) == (130, "")
    assert error == "interrupted; run the same command to go on where it stopped\n"
    assert [path.name for path in (root / "builds").iterdir()] == [live.name]
    assert current_build(root) == live


def test_on_a_terminal_there_are_bars(tmp_path: Path, root: Path) -> None:
    source = write_ndjson(tmp_path / "studies.ndjson", RECORDS)
    terminal, its_other_end = pty.openpty()
    process = subprocess.Popen(
        [BIN / "rebuild-index", source, "--encoder", "hashing", "--index", root],
        stdout=subprocess.DEVNULL,
        stderr=its_other_end,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
    )
    os.close(its_other_end)
    shown = read_all(terminal)

    assert process.wait(timeout=30) == 0
    assert "embedding" in shown
    assert "5/5" in shown
    assert "strings/s" in shown
    assert "━" in shown


def read_all(terminal: int) -> str:
    shown = b""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            chunk = os.read(terminal, 65_536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not chunk:
            break
        shown += chunk
    os.close(terminal)
    return shown.decode(errors="replace")
