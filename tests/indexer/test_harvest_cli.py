"""`trialkin harvest` and `rebuild-index registry` as a person runs them: real processes."""

import inspect
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from indexer.harvest_cli import harvest
from indexer.registry.client import DEFAULT_RATE, DEFAULT_URL
from indexer.store import DEFAULT_STORE
from search.engine import SearchEngine
from tests.indexer.registry_double import RegistryDouble, broken, stall
from tests.records import study

BIN = Path(sys.executable).parent
COLITIS = {"conditions": ["Ulcerative Colitis"]}
STUDIES = [
    study("NCT00000001", "Exosomes in colitis", **COLITIS, identificationModule={"nctIdAliases": ["NCT00000009"]}),
    study("NCT00000002", "Aspirin in stroke", conditions=["Stroke"]),
    study("NCT00000003", "Stem cells in colitis", **COLITIS, updated="2026-11-01"),
]

pytestmark = pytest.mark.skipif(not (BIN / "trialkin").exists(), reason="the commands are not installed")


@pytest.fixture(autouse=True)
def three_studies(double: RegistryDouble) -> None:
    double.release("2026-11-20T09:00:05", *STUDIES)


def trialkin(*arguments: object, **environment: str) -> Any:
    return subprocess.run(
        [BIN / "trialkin", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )


def test_a_part_of_the_registry_is_harvested_indexed_and_asked(double, tmp_path, root):
    store = tmp_path / "store"
    done = trialkin(
        "harvest", "--condition", "colitis", "--registry-url", double.url, "--store", store, "--rate", 1_000
    )

    assert done.returncode == 0
    *lines, time = done.stdout.splitlines()
    assert lines == [
        "of        --condition 'colitis'",
        "release   2026-11-20T09:00:05 UTC",
        "did       full",
        "asked     3 requests",
        "read      2 records",
        "new       2",
        "changed   0",
        "unchanged 0",
        "removed   0",
        "skipped   0",
        "held      2 studies",
    ]
    assert re.fullmatch(r"time      \d+\.\d s", time)
    assert re.fullmatch(r"harvest: 2 studies in \d+\.\d s\n", done.stderr)

    built = trialkin("rebuild-index", "registry", "--store", store, "--encoder", "hashing", "--index", root)
    assert built.returncode == 0, built.stderr
    engine = SearchEngine.open(root)
    assert engine.manifest.source.name == "registry: --condition 'colitis'"
    assert engine.manifest.source.data_date == "2026-11-01"
    answer = engine.similar("NCT00000009", k=5)
    assert [hit.trial.nct_id for hit in answer.hits] == ["NCT00000003"]


def test_the_environment_says_where_and_who_and_json_says_what_was_done(double, tmp_path):
    environment = {
        "TRIALKIN_REGISTRY_URL": double.url,
        "TRIALKIN_STORE": str(tmp_path / "store"),
        "TRIALKIN_USER_AGENT": "example/1.0 (trials@example.org)",
    }
    first = trialkin("harvest", "--rate", 1_000, "--json", "--ids", "NCT00000002,NCT00000000", **environment)
    report = json.loads(first.stdout)

    assert report.pop("seconds") >= 0
    assert report == {
        "selection": "2 --ids",
        "data_timestamp": "2026-11-20T09:00:05",
        "passes": ["full"],
        "requests": 6,  # version, both ids, each of them, version, the refused one by itself
        "read": 1,
        "new": 1,
        "changed": 0,
        "unchanged": 0,
        "removed": 0,
        "skipped": {"refused by the registry": 1},
        "first_places": {
            "refused by the registry": "NCT00000000: `nctId` parameter NCT00000000 is not an NCT ID",
        },
        "restarts": 0,
        "held": 1,
    }
    assert {asked.headers["user-agent"] for asked in double.asked} == {"example/1.0 (trials@example.org)"}
    second = trialkin("harvest", "--ids", "NCT00000000,NCT00000002", **environment)
    assert second.stdout.splitlines()[2] == "did       nothing, there is nothing new"


def test_who_does_not_say_who_asks_is_trialkin(double, tmp_path):
    trialkin("harvest", "--registry-url", double.url, "--store", tmp_path, "--rate", 1_000)
    assert double.asked[0].headers["user-agent"] == "trialkin/0.1.0"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--ids", "NCT12"], 2, "error: 'NCT12' is not an NCT id; one looks like"),
        (["--registry-url", "nowhere"], 2, "error: 'nowhere' is no address; one looks like https://clinicaltrials.gov"),
        (["--condition", "(colitis"], 2, "error: the registry refuses the query: Syntax error in query: (colitis"),
        (["--user-agent", "Käthe"], 2, "error: the user agent 'Käthe' cannot be sent"),
        (["--rate", "0"], 2, "Invalid value for '--rate'"),
    ],
)
def test_what_cannot_be_done_is_said_without_a_traceback(double, tmp_path, arguments, code, says):
    done = trialkin("harvest", "--registry-url", double.url, "--store", tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_registry_that_wants_to_be_left_alone_ends_the_command_at_once(double, tmp_path):
    double.instead = {1: broken(503, "maintenance", Retry_After="86400")}
    done = trialkin("harvest", "--registry-url", double.url, "--store", tmp_path)
    assert (done.returncode, done.stderr) == (
        1,
        f"error: {double.url}/version asks to be left alone for 86,400 s; run the same command after that\n",
    )


def test_a_store_that_cannot_be_made_or_read_is_named(double, tmp_path):
    (tmp_path / "file").write_text("")
    blocked = trialkin("harvest", "--registry-url", double.url, "--store", tmp_path / "file")
    assert (blocked.returncode, blocked.stderr) == (1, f"error: File exists: {tmp_path / 'file'}\n")

    (tmp_path / "studies.sqlite").write_text("this is no database, however long one looks at it" * 100)
    damaged = trialkin("harvest", "--registry-url", double.url, "--store", tmp_path)
    assert damaged.returncode == 1
    assert damaged.stderr.startswith(
        f"error: {tmp_path}/studies.sqlite is no sound store (file is not a database); move"
    )


def test_ctrl_c_says_how_to_go_on(double, tmp_path):
    double.instead = {2: stall}
    process = subprocess.Popen(
        [BIN / "trialkin", "harvest", "--registry-url", double.url, "--store", tmp_path, "--rate", "1000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    double.before = {2: lambda: process.send_signal(signal.SIGINT)}
    out, error = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert error == "interrupted; run the same command to go on where it stopped\n"


def test_the_options_default_to_what_the_library_does():
    # Said twice, so that the command line starts without loading the library.
    defaults = {name: parameter.default for name, parameter in inspect.signature(harvest).parameters.items()}
    assert (defaults["registry_url"], defaults["rate"], defaults["store"]) == (DEFAULT_URL, DEFAULT_RATE, DEFAULT_STORE)


def test_status_says_what_the_store_holds_and_asks_nothing(double, tmp_path):
    environment = {"TRIALKIN_REGISTRY_URL": double.url, "TRIALKIN_STORE": str(tmp_path / "store")}
    none = trialkin("harvest", "--status", **environment)
    assert (none.returncode, none.stdout) == (1, "")
    assert none.stderr.startswith(f"error: no study records under {tmp_path / 'store'}; fetch them with: ")
    assert trialkin("harvest", "--rate", 1_000, **environment).returncode == 0
    double.asked.clear()

    told = trialkin("harvest", "--status", **environment)
    document = json.loads(trialkin("harvest", "--status", "--json", **environment).stdout)

    assert double.asked == []
    lines = told.stdout.splitlines()
    assert lines[1:3] == [f"registry  {double.url}", "held      3 studies, and 1 other ids that lead to one"]
    assert re.fullmatch(r"in step   with the release of 2026-11-20T09:00:05 UTC, \d+ days ago", lines[3])
    assert lines[4:7] == [
        "read      whole as of 2026-11-20T09:00:05 UTC, ids compared as of 2026-11-20T09:00:05 UTC",
        "newest    updated on 2026-11-01",
        "now       nothing is under way",
    ]
    assert (document["held"], document["complete"], document["under_way"]) == (3, "2026-11-20T09:00:05", None)
