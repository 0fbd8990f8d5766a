"""The command: from records and labels to runs and tables, with the hashing encoder on the bundled trials."""

import gzip
import re
import subprocess
import sys
from importlib import resources

import pytest

from benchmarks.quality.labels import LABEL_SETS
from benchmarks.quality.tables import BEGIN, END
from search.evaluation import read_run
from tests.readme import ROOT

SEED, SISTER = "NCT06853522", "NCT01221428"


def quality(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.quality", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def data(tmp_path):
    """The bundled trials as the large corpus, with a label or two in every set."""
    folder = tmp_path / "data"
    (folder / "labels").mkdir(parents=True)
    records = (resources.files("seeds") / "studies.ndjson").read_bytes()
    (folder / "studies.ndjson.gz").write_bytes(gzip.compress(records))
    (folder / "labels/pool40k.txt").write_text(f"{SEED}\n{SISTER}\nNCT06755021\n")
    for labels in LABEL_SETS:
        query = "topic" if labels.by_text else SEED
        (folder / f"labels/{labels.labels}.qrels").write_text(f"{query} 0 {SISTER} 1\n{query} 0 NCT02445547 0\n")
        (folder / f"labels/{labels.labels}.queries.tsv").write_text("topic\tstem cells in ulcerative colitis\n")
    return folder


def test_without_records_and_labels_it_says_so_and_measures_nothing(tmp_path):
    done = quality("--data", tmp_path / "nowhere", "--work", tmp_path / "work")

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == (
        f"nothing measured: no records and labels under {tmp_path}/nowhere; name their folder with --data\n"
    )
    assert not (tmp_path / "work").exists()


def test_one_command_writes_every_run_and_table(data, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    work = tmp_path / "work"

    done = quality("--data", data, "--work", work, "--encoder", "hashing", "--write", page)

    assert done.returncode == 0, done.stderr
    text = page.read_text()
    assert text.startswith(f"before\n{BEGIN}\nMeasured on 20")
    assert text.endswith(f"{END}\nafter\n")
    places = [text.index(f"### {labels.title}\n") for labels in LABEL_SETS]
    assert places == sorted(places)
    # The pool has two other trials, the relevant one among them; a condensed list has the judged ones of its index.
    for labels in LABEL_SETS:
        for system in ("engine", "dense-passage"):
            ranked = [scored.doc_id for scored in read_run(work / "runs" / labels.name / f"{system}.run")]
            assert SISTER in ranked
            assert SEED not in ranked or labels.by_text
            if labels.condensed:
                assert set(ranked) == {SISTER, "NCT02445547"}
            elif labels.corpus == "pool" and not labels.by_text:
                assert set(ranked) <= {SISTER, "NCT06755021"}
    assert "| 4 | NCT06755021 Whey Protein Milk-Derived Exosomes" in text
    ablation = text[text.index("### What each leg brings\n") :]
    for labels in LABEL_SETS:
        legs = ["words", "passage", "title", *([] if labels.by_text else ["neighbours"])]
        left_out = re.findall(rf"^\| {re.escape(labels.title)} \| (\w+) \|", ablation, re.MULTILINE)
        assert left_out == (["nothing", *legs] if labels.ablated else [])
