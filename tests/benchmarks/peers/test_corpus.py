"""The corpus that all are given, and the questions that all are asked."""

import gzip
from importlib import resources

import numpy as np
import orjson
import pytest
from rich.console import Console

from benchmarks.peers.choice import day_leaving, labels_of, questions_about
from benchmarks.peers.corpus import Row, prepare
from benchmarks.peers.questions import Questions
from indexer.parse import parse_study
from search.encoders.hashing import HashingEncoder
from search.passage import passage
from search.progress import PlainProgress

SEED, SISTER = "NCT06853522", "NCT01221428"


@pytest.fixture
def data(tmp_path):
    """The bundled trials, a label among them, and a pool of two thirds of them."""
    folder = tmp_path / "data"
    (folder / "labels").mkdir(parents=True)
    records = (resources.files("seeds") / "studies.ndjson").read_bytes()
    (folder / "studies.ndjson.gz").write_bytes(gzip.compress(records))
    ids = [parse_study(orjson.loads(line)).trial_id for line in records.splitlines()]
    pool = {SEED, SISTER, *ids[:192]}
    (folder / "labels/pool40k.txt").write_text("\n".join(sorted(pool)))
    (folder / "labels/cochrane_related.qrels").write_text(f"{SEED} 0 {SISTER} 1\n{SEED} 0 NCT99999999 1\n")
    return folder


def prepared(data, tmp_path, name):
    progress = PlainProgress(Console(quiet=True))
    return prepare(name, data, tmp_path / "work", encoder=HashingEncoder(), progress=progress)


def test_every_trial_has_its_passage_its_vector_and_a_start_day(data, tmp_path):
    corpus = prepared(data, tmp_path, "all")
    trials = [parse_study(orjson.loads(line)) for line in corpus.records.read_bytes().splitlines()]
    assert [row.trial_id for row in corpus.rows] == [trial.trial_id for trial in trials]
    assert [row.text for row in corpus.rows] == [passage(trial) for trial in trials]
    assert all(trial.start_date for trial in trials)
    np.testing.assert_allclose(corpus.vectors, HashingEncoder().encode_documents([row.text for row in corpus.rows]))
    seed = next(row for row in corpus.rows if row.trial_id == SEED)
    own = next(trial for trial in trials if trial.trial_id == SEED)
    assert str(seed.started).startswith(own.start_date[:7].replace("-", ""))


def test_a_number_takes_so_many_of_the_pool_and_the_same_each_time(data, tmp_path):
    ids = [row.trial_id for row in prepared(data, tmp_path, "50").rows]
    again = [row.trial_id for row in prepared(data, tmp_path / "again", "50").rows]
    pool = (data / "labels/pool40k.txt").read_text().split()
    assert len(ids) == 50
    assert set(ids) <= set(pool)
    assert ids == again


def test_what_is_asked_is_the_same_in_every_run_and_survives_its_file(data, tmp_path):
    rows = prepared(data, tmp_path, "all").rows
    labels = labels_of(rows, data)
    questions = questions_about(rows, labels)
    questions.write(tmp_path / "questions.json")
    assert Questions.read(tmp_path / "questions.json") == questions_about(rows, labels)
    assert [(label.query_id, label.doc_id) for label in labels] == [(SEED, SISTER)]
    assert questions.labelled == [SEED]
    assert set(questions.filtered) <= set(questions.similar)


def test_only_trials_that_say_enough_lend_a_text_to_ask_with():
    rows = [Row("NCT1", "one", 20200101, "aspirin for fever"), Row("NCT2", "two", 20210101, "")]
    assert questions_about(rows, []).texts == ["aspirin for fever"]


def test_the_day_leaves_the_share_that_comes_nearest():
    started = np.array([20200101] * 5 + [20210101] * 3 + [20220101] * 2)
    assert day_leaving(started, 0.5) == 20210101
    assert day_leaving(started, 0.05) == 20220101
    assert day_leaving(started, 0.97) == 20200101
