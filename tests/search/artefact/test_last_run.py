import datetime
import json
import os
import subprocess
import sys

import pytest

from search.artefact.last_run import Outcome, read_last_run, recorded_run
from search.artefact.layout import last_run_file
from search.errors import BuildRefused, UnusableSource


@pytest.mark.parametrize(
    ("error", "outcome", "message"),
    [
        (BuildRefused("it has 1 trial"), Outcome.REFUSED, "it has 1 trial"),
        (UnusableSource("no records"), Outcome.FAILED, "no records"),
        (OSError(28, "No space left on device", "x"), Outcome.FAILED, "[Errno 28] No space left on device: 'x'"),
        (KeyboardInterrupt(), Outcome.INTERRUPTED, None),
    ],
)
def test_a_rebuild_that_fails_is_written_down_with_its_reason(tmp_path, error, outcome, message):
    with pytest.raises(type(error)), recorded_run(tmp_path, "seeds"):
        raise error
    run = read_last_run(tmp_path)
    assert (run.source, run.outcome, run.message, run.build_id) == ("seeds", outcome, message, None)
    assert run.started_at <= run.finished_at <= datetime.datetime.now(datetime.UTC)


def test_a_rebuild_that_publishes_is_written_down_with_its_build(tmp_path):
    with recorded_run(tmp_path, "seeds") as run:
        unfinished = read_last_run(tmp_path)
        run.build_id = "20270101T000000-000001"
    assert (unfinished.outcome, unfinished.finished_at) == (Outcome.UNFINISHED, None)
    finished = read_last_run(tmp_path)
    assert (finished.outcome, finished.build_id, finished.message) == (
        Outcome.PUBLISHED,
        "20270101T000000-000001",
        None,
    )
    assert [path.name for path in tmp_path.iterdir()] == ["LAST_RUN.json"]


def test_a_rebuild_that_is_killed_stays_unfinished(tmp_path):
    program = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom search.artefact.last_run import recorded_run\n"
        "with recorded_run(Path(sys.argv[1]), 'seeds'):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path], check=False)
    run = read_last_run(tmp_path)
    assert (run.outcome, run.finished_at) == (Outcome.UNFINISHED, None)


def test_what_cannot_be_written_down_stops_nothing(tmp_path):
    with recorded_run(tmp_path / "gone", "seeds"):
        pass
    assert read_last_run(tmp_path / "gone") is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"outcome": "splendid"}', json.dumps({"source": "x"})])
def test_a_record_that_is_no_record_is_none(tmp_path, content):
    last_run_file(tmp_path).write_text(content)
    assert read_last_run(tmp_path) is None
    assert os.listdir(tmp_path) == ["LAST_RUN.json"]  # noqa: PTH208 - names are all that is wanted
