"""The run that grows a corpus: what it grows it by, and what it makes of what it measured."""

import numpy as np
import orjson
import pytest

from benchmarks.growth.ask import memory, narrow_filter, times_of
from benchmarks.growth.encoder import GrownEncoder, Spread, open_spread, save_spread, turned
from benchmarks.growth.records import GrownSource, copied
from benchmarks.growth.tables import CURVES, exponent, growth_table, limits_table, save_plot
from indexer.build import rebuild_index
from indexer.embedding_cache import EmbeddingCache
from indexer.sources.files import SEEDS, open_source
from search.encoders.hashing import HashingEncoder
from search.engine import SearchEngine
from search.errors import UnusableEncoder
from search.filters import allowed_rows
from search.indexes.exact import ExactIndex
from search.vectors import unit_rows

THERE = 288


def ids_of(source):
    return [record.study["protocolSection"]["identificationModule"]["nctId"] for record in source.records()]


def result(trials, milliseconds):
    times = {"p50": milliseconds, "p99": 2 * milliseconds}
    return {
        "build": {
            "trials": trials,
            "seconds": 30.0,
            "cpu": 30.0,
            "stages": {"embedding": 20.0},
            "stages_cpu": {"embedding": 20.0},
            "bytes": trials * 1000,
            "peak_own_mib": 100.0,
            "peak_mib": 200.0,
        },
        "ask": {
            "plain": times,
            "filtered": times,
            "vectors": times,
            "private_mib": 10.0,
            "shared_mib": 20.0,
            "first_seconds": 0.5,
            "index": "flat",
            "nearest": [0.6, 0.8, 0.9],
        },
    }


def test_a_larger_size_has_the_trials_of_a_smaller_one_and_copies_under_ids_of_their_own():
    seeds = open_source(SEEDS)
    real = ids_of(seeds)
    small, large = (ids_of(GrownSource(seeds, THERE, size)) for size in (50, 700))
    assert len(small) == 50
    assert set(small) < set(real)
    assert small == [trial_id for trial_id in real if trial_id in small]
    assert large[:THERE] == real
    assert len(set(large)) == 700
    assert large[THERE] == "NCT90000000"
    assert large[:600] == ids_of(GrownSource(seeds, THERE, 600))[:576] + large[576:600]


def test_a_copy_says_what_copy_it_is_in_title_and_summary_and_leaves_the_original_alone():
    record = next(iter(open_source(SEEDS).records())).study
    before = orjson.dumps(record)
    protocol = copied(record, 3, 90_000_007)["protocolSection"]
    original = record["protocolSection"]
    assert protocol["identificationModule"]["nctId"] == "NCT90000007"
    title = original["identificationModule"]["briefTitle"]
    assert protocol["identificationModule"]["briefTitle"] == f"Copy 3 of {title}"
    assert protocol["conditionsModule"] == original["conditionsModule"]
    assert orjson.dumps(record) == before


def test_a_turned_vector_has_a_cosine_out_of_the_spread_and_depends_on_its_name_alone():
    vectors = unit_rows(np.random.default_rng(0).normal(size=(4, 8)))
    spread = Spread(np.array([0.8, 0.9], np.float32), np.eye(8, dtype=np.float32))
    found = turned(vectors, ["a", "b", "c", "d"], spread)
    cosines = np.sum(found * vectors, axis=1)
    assert np.abs(cosines[:, np.newaxis] - spread.cosines).min(axis=1).max() < 1e-5
    assert np.array_equal(turned(vectors[2:], ["c", "d"], spread), found[2:])
    assert not np.allclose(turned(vectors, ["e", "b", "c", "d"], spread)[0], found[0])


def test_the_spread_is_that_of_the_vectors(tmp_path):
    vectors = unit_rows(np.random.default_rng(0).normal(size=(200, 6)) * [5, 1, 1, 1, 1, 1])
    spread = Spread.of(ExactIndex(vectors), sampled=10, seed=1)
    assert spread.factor @ spread.factor.T == pytest.approx(np.cov(vectors, rowvar=False), abs=1e-5)
    cosines = np.sort(vectors @ vectors.T, axis=1)[:, -2]
    assert np.abs(spread.cosines[:, np.newaxis] - cosines).min(axis=1).max() < 1e-6
    save_spread(spread, tmp_path / "spread.npz")
    assert np.array_equal(open_spread(tmp_path / "spread.npz").factor, spread.factor)


def test_an_index_of_grown_trials_is_built_and_asked(tmp_path, quiet, seeds_root):
    hashing = HashingEncoder()
    artefact = SearchEngine.open(seeds_root).artefact
    spread = Spread.of(artefact.passages, sampled=14, seed=1)
    with EmbeddingCache(seeds_root / "embeddings", hashing.revision) as cache:
        encoder = GrownEncoder(cache, hashing.revision, spread)
        source = GrownSource(open_source(SEEDS), THERE, 400)
        report = rebuild_index(source, root=tmp_path / "index", encoder=encoder, progress=quiet)
        with pytest.raises(UnusableEncoder, match="1 texts have no vector yet, such as 'never seen'"):
            encoder.encode_documents(["never seen"])
    assert report.indexed == 400
    engine = SearchEngine.open(tmp_path / "index")
    assert engine.trial("NCT90000000").brief_title.startswith("Copy 1 of ")
    share = np.count_nonzero(allowed_rows(narrow_filter(engine), engine.artefact.trials)) / 400
    assert 0.03 < share < 0.1


def test_exponents_are_those_of_power_laws():
    assert exponent([1, 10, 100], [5, 50, 500]) == pytest.approx(1)
    assert exponent([1, 10, 100], [7, 7, 7]) == pytest.approx(0)
    assert exponent([4, 9, 16], [2, 3, 4]) == pytest.approx(0.5)


def test_the_time_of_the_benchmarks_own_encoder_is_left_out_and_every_curve_has_its_exponent(tmp_path):
    results = [result(1_000, 1.0), result(100_000, 10.0)]
    rows = growth_table(results).splitlines()
    assert rows[0] == "|  | 1,000 | 100,000 | exponent |"
    assert rows[2] == "| build, vectors known (s of processor) | 10 | 10 | 0.00 |"
    assert "| disk (MB) | 1 | 100 | 1.00 |" in rows
    assert "| `similar` p99 (ms) | 2 | 20 | 0.50 |" in rows
    assert "| cosine with the nearest other, median | 0.80 | 0.80 |  |" in rows
    rows = limits_table(results, dim=250, bytes_a_second=1e9).splitlines()
    assert rows[2:] == ["| 1,000 | 1 | 1 | 1.00 |", "| 100,000 | 100 | 10 | 0.10 |"]
    save_plot(results, tmp_path / "growth.svg")
    picture = (tmp_path / "growth.svg").read_text()
    assert picture.count("legend") > 0
    assert "similar p99 (ms): n^0.50" in picture
    assert len(CURVES) == 9


def test_every_question_is_timed_and_memory_is_told():
    asked = []
    times = times_of(asked.append, 30)
    assert len(asked) == 20 + 30
    assert 0 <= times["p50"] <= times["p99"]
    assert memory()["private_mib"] > 1
