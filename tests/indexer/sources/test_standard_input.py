import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from indexer.sources.files import open_source
from indexer.sources.standard_input import spooled
from search.errors import UnusableSource
from tests.indexer.sources.exports import PLAIN_CSV, csv_text, write_aact
from tests.records import study

STUDIES = [study("NCT00000001", "One"), study("NCT00000002", "Two")]
NDJSON = b"".join(orjson.dumps(one) + b"\n" for one in STUDIES)
# What a source tells of standard input: twice its records' ids and places, then its name and how far it came.
TELL = """
from indexer.parse import parse_study
from indexer.sources.files import open_source
source = open_source("-")
for _ in range(2):
    print(*(f"{parse_study(record.study).nct_id}@{record.place}" for record in source.records()), sep=",")
print(source.name, source.position == source.size, source.size)
"""


def told(content: bytes) -> list[str]:
    done = subprocess.run([sys.executable, "-c", TELL], input=content, capture_output=True, timeout=60, check=True)
    return done.stdout.decode().splitlines()


def test_standard_input_through_a_pipe_is_read_as_often_as_wanted() -> None:
    line = "NCT00000001@standard input:1,NCT00000002@standard input:2"

    assert told(NDJSON) == [line, line, f"standard input True {len(NDJSON)}"]


def test_standard_input_has_any_shape_that_a_file_may_have(tmp_path: Path) -> None:
    export = write_aact(tmp_path / "export.zip").read_bytes()

    assert told(csv_text(PLAIN_CSV).encode())[0] == "NCT00000002@standard input:2"
    assert told(export)[0] == "NCT00000002@standard input/studies.txt:4,NCT01234567@standard input/studies.txt:2"


def test_what_is_no_study_record_is_refused_by_where_it_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"%PDF-1.7\n")))

    with pytest.raises(UnusableSource, match=r"^standard input begins with b'%PDF-1.7.*expected API v2"):
        list(open_source("-").records())


def test_a_terminal_is_refused_rather_than_waited_for() -> None:
    main, terminal = pty.openpty()
    try:
        with (
            os.fdopen(terminal, "rb", closefd=False) as stream,
            pytest.raises(UnusableSource, match=r"^standard input is not redirected; send records to it"),
        ):
            spooled(stream)
    finally:
        os.close(terminal)
        os.close(main)


def test_a_closed_standard_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(UnusableSource, match=r"^standard input is not redirected"):
        open_source("-")


def test_a_full_disk_is_said_with_a_way_out() -> None:
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))"
    done = subprocess.run(
        [sys.executable, "-c", limited + TELL], input=NDJSON * 100, capture_output=True, timeout=60, check=False
    )

    assert done.returncode == 1
    said = done.stderr.decode().splitlines()[-1]
    assert re.search(r"cannot keep standard input in .* \(File too large\); TMPDIR may name a folder", said)
