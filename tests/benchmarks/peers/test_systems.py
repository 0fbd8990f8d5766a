"""The systems that the tests have installed, built and asked in processes of their own, as the command does it."""

import subprocess
import sys

import numpy as np
import orjson
import pytest

from benchmarks.peers.judging import by_cosine, recall
from benchmarks.peers.peer import PEERS, Entry
from tests.readme import ROOT

DIM = 8
N = 200


def step(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.peers.measuring", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.splitlines()[-1]


@pytest.fixture
def corpus(tmp_path):
    """Two hundred rows of random vectors, each text with a word of its own neighbourhood, and questions about them."""
    random = np.random.default_rng(0)
    vectors = random.normal(size=(N, DIM)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    np.save(tmp_path / "vectors.npy", vectors)
    rows = [
        {"trial_id": f"NCT{place}", "text": f"word{place // 20} common", "started": 20200101 + place % 4, "asked": ""}
        for place in range(N)
    ]
    (tmp_path / "rows.ndjson").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    ids = [row["trial_id"] for row in rows]
    questions = {"similar": ids[:30], "filtered": ids[:10], "texts": [], "days": [20200103], "labelled": ids[:2]}
    (tmp_path / "questions.json").write_bytes(orjson.dumps(questions))
    return tmp_path


def test_the_script_answers_exactly_with_and_without_a_filter(corpus):
    spent = orjson.loads(step("build", "script", corpus, corpus / "script"))
    found = orjson.loads(step("ask", "script", corpus / "script", corpus / "questions.json"))
    exact = by_cosine(
        [f"NCT{place}" for place in range(N)], np.load(corpus / "vectors.npy"), 20200101 + np.arange(N) % 4
    )
    answers = dict(zip([f"NCT{place}" for place in range(30)], found["similar"]["answers"], strict=True))
    filtered = dict(zip([f"NCT{place}" for place in range(10)], found["filtered"][0]["answers"], strict=True))
    assert recall(answers, exact, day=None, k=10) == 1.0
    assert recall(filtered, exact, day=20200103, k=10) == 1.0
    assert all(len(answer) == 10 for answer in [*answers.values(), *filtered.values()])
    assert min(spent["wall"], spent["cpu"], *found["similar"]["wall"], *found["similar"]["cpu"]) > 0
    assert found["bytes"] > N * DIM * 4
    assert found["memory_similar"]["own"] > 0


def test_words_alone_find_the_trials_that_share_one_and_keep_to_the_filter(corpus):
    step("build", "bm25s", corpus, corpus / "bm25s")
    found = orjson.loads(step("ask", "bm25s", corpus / "bm25s", corpus / "questions.json"))
    assert all({int(one[3:]) // 20 for one in answer} == {0} for answer in found["similar"]["answers"][:20])
    assert all(int(one[3:]) % 4 >= 2 for answer in found["filtered"][0]["answers"] for one in answer)
    assert step("first", "bm25s", corpus / "bm25s", "text", "word3") == b"10"


def test_a_system_whose_distributions_are_not_all_here_says_which():
    assert PEERS["script"].missing() == []
    assert Entry("None", "none:None", ("numpy", "no-such-distribution"), "").missing() == ["no-such-distribution"]
