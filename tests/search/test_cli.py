"""The command line as real processes: what it prints, what it says when it cannot, and how it ends."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from search.listing import MAX_K
from tests.command import COMMAND, trialkin

REFUSED_IDS = ["foo", "NCT1", "06853522"]


def test_similar_prints_what_a_person_wants_to_know(seeds_root, seeds_engine):
    done = trialkin("similar", "NCT06853522", "-k", "4", index=seeds_root)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "Related to NCT06853522  hucMSCs Exosomes for the Treatment of Active Ulcerative Colitis"
    for rank, hit in enumerate(seeds_engine.similar("NCT06853522", k=4).hits, start=1):
        wanted = re.compile(
            rf"{rank}  {hit.score:.2f} [━╌]{{10}}  {hit.trial.trial_id}  {re.escape(hit.trial.brief_title)}$"
        )
        assert [line for line in lines if wanted.match(line)], hit.trial.trial_id


def test_json_is_the_answer_of_the_api(seeds_root, seeds_engine):
    api = TestClient(create_app(seeds_engine, Settings(index=seeds_root)))
    options = ["-k", "3", "--status", "unknown", "--country", "china", "--start-to", "2020"]
    done = trialkin("similar", " nct06853522", *options, "--json", index=seeds_root)
    query = {"k": 3, "status": "unknown", "country": "china", "start_to": "2020"}
    assert json.loads(done.stdout) == api.get("/similar/NCT06853522", params=query).json()
    done = trialkin("search", "stem cells for colitis", "-k", "3", "--json", "--index", seeds_root)
    assert json.loads(done.stdout) == api.get("/search?q=stem cells for colitis&k=3").json()


def test_a_pipe_gets_whole_lines_without_colours_or_padding(seeds_root):
    done = trialkin("similar", "NCT06853522", "-k", "50", index=seeds_root, COLUMNS="40", TERM="xterm-256color")
    assert "\x1b" not in done.stdout
    lines = done.stdout.splitlines()
    assert [line for line in lines if line != line.rstrip()] == []
    assert max(map(len, lines)) > 120
    assert sum(1 for line in lines if re.match(r" *\d+  \d\.\d\d ", line)) == 50


def test_a_terminal_that_cannot_show_a_character_still_gets_the_answer(seeds_root):
    done = trialkin("similar", "NCT06853522", "-k", "1", index=seeds_root, PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^1  0\.\d\d \?{10}  NCT\d{8}  ", done.stdout, re.MULTILINE)


def test_few_hits_are_explained(seeds_root):
    done = trialkin("similar", "NCT06853522", "--country", "Atlantis", index=seeds_root)
    assert done.returncode == 0
    assert done.stdout.splitlines()[2:] == [
        "no trial found",
        "the filters leave no other trial; a trial fails a filter on what its record does not say",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        *[
            (
                ["similar", text],
                2,
                f"'{text}' is not a trial id; one looks like NCT06853522 or ISRCTN12345678",
            )
            for text in REFUSED_IDS
        ],
        (
            ["similar", "nct99999999"],
            1,
            "no trial NCT99999999 in this index; check the id, or search by text instead",
        ),
        (["search", "  "], 2, "nothing to look for in ''; name a condition, an intervention or both"),
        (
            ["search", "x", "--phase", "5"],
            2,
            "cannot filter by phase: '5' is no Phase; known: NA, EARLY_PHASE1, PHASE1, PHASE2, PHASE3, PHASE4",
        ),
        (
            ["similar", "NCT06853522", "--start-from", "soon"],
            2,
            "cannot filter by start_from: 'soon' is no date; write 2015, 2015-05 or 2015-05-17",
        ),
    ],
)
def test_a_mistake_is_answered_with_one_line(seeds_root, arguments, code, message):
    done = trialkin(*arguments, index=seeds_root)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", f"error: {message}\n")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["simlar", "NCT06853522"], "Did you mean 'similar'?"),
        (["similar"], "Missing argument"),
        (["similar", "NCT06853522", "-k", "0"], "greater than or equal to 1"),
        (["similar", "NCT06853522", "-k", str(MAX_K + 1)], f"less than or equal to {MAX_K}"),
        (["similar", "NCT06853522", "--statu", "recruiting"], "--status"),
        (["prune", "--keep", "0"], "greater than or equal to 1"),
        (["serve", "--port", "65536"], "less than or equal to 65535"),
    ],
)
def test_a_misused_command_says_how_to_use_it(seeds_root, arguments, hint):
    done = trialkin(*arguments, index=seeds_root, COLUMNS="200")
    assert (done.returncode, done.stdout) == (2, "")
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command",
    [["similar", "NCT1"], ["search", "x"], ["info"], ["status"], ["diff"], ["verify"], ["rollback"], ["prune"]],
)
def test_without_an_index_every_command_says_how_to_build_one_and_makes_nothing(tmp_path, command):
    nowhere = tmp_path / "no where"
    done = trialkin(*command, "--index", nowhere)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: no index under {nowhere}; build one with: trialkin rebuild-index --index ")
    assert not nowhere.exists()


def test_an_index_that_is_a_file_is_no_reason_for_a_traceback(tmp_path):
    file = tmp_path / "file"
    file.touch()
    done = trialkin("info", "--index", file)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [["info"], ["similar", "NCT06853522"], ["similar", "NCT06853522", "--json"]])
def test_a_reader_that_has_seen_enough_is_no_error_to_talk_about(seeds_root, arguments):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed_pipe:
        done = subprocess.run(
            [COMMAND, *arguments, "--index", str(seeds_root)], stdout=closed_pipe, stderr=subprocess.PIPE, timeout=60
        )
    assert (done.returncode, done.stderr) == (1, b"")


def test_an_interrupted_command_ends_with_130_and_no_word(tmp_path):
    os.mkfifo(tmp_path / "CURRENT")
    process = subprocess.Popen([COMMAND, "info", "--index", str(tmp_path)], stdout=-1, stderr=-1, text=True)
    writer = None
    while writer is None and process.poll() is None:
        with suppress(OSError):  # until the command reads from it
            writer = os.open(tmp_path / "CURRENT", os.O_WRONLY | os.O_NONBLOCK)
    process.send_signal(signal.SIGINT)  # while the open writer keeps it waiting
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 130
    os.close(writer)


def modules_after(*arguments):
    """The packages that `trialkin` had loaded when it ended."""
    program = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('loaded:', *{name.partition('.')[0] for name in sys.modules}))\n"
        "from search.cli.app import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.splitlines()[-1].removeprefix("loaded: ").split())


HEAVY = {"torch", "transformers", "sentence_transformers", "faiss", "fastapi", "pyarrow", "numpy", "uvicorn"}


@pytest.mark.parametrize("command", [[], ["similar"], ["search"], ["rebuild-index"], ["serve"]])
def test_help_waits_for_nothing_heavy(command):
    loaded = modules_after(*command, "--help")
    assert "search" in loaded
    assert loaded & HEAVY == set()


def test_asking_by_trial_loads_no_encoder(seeds_root):
    loaded = modules_after("similar", "NCT06853522", "--index", str(seeds_root))
    assert "faiss" in loaded
    assert loaded & {"torch", "transformers", "sentence_transformers", "fastapi", "uvicorn"} == set()


def test_help_lists_every_command_and_version_is_the_packages():
    listed = trialkin("--help").stdout
    for command in [
        "similar",
        "search",
        "rebuild-index",
        "serve",
        "info",
        "status",
        "diff",
        "verify",
        "rollback",
        "prune",
    ]:
        assert re.search(rf"^│ {command} +\w", listed, re.MULTILINE), command
    assert trialkin("--version").stdout == "0.1.0\n"


def test_health_is_told_as_a_table_and_as_json_and_progress_goes_to_stderr(seeds_root):
    done = trialkin("evaluate", "--health", "--sample", "5", index=seeds_root)
    assert done.returncode == 0
    assert "The first 10 for 5 of 288 trials" in done.stdout
    assert "asking" in done.stderr
    report = json.loads(trialkin("evaluate", "--health", "--sample", "5", "--json", index=seeds_root).stdout)
    assert (report["trials"], report["asked"], report["k"], len(report["hubs"])) == (288, 5, 10, 10)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "name labels with --qrels FILE, or ask how the index recommends with --health"),
        (["--health", "--qrels", "any"], "--qrels says nothing together with --health"),
        (["--qrels", "any", "--sample", "5"], "--sample is for --health; labels are asked for one and all"),
    ],
)
def test_evaluate_says_what_goes_together(seeds_root, options, said):
    done = trialkin("evaluate", *options, index=seeds_root)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: {said}\n"
