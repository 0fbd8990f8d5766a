"""The run that measures embedding: which strings it takes, and what it makes of what it measured."""

import numpy as np
import pytest

from benchmarks.building.int8 import chosen_ids
from benchmarks.building.limits import encoder_flops
from benchmarks.building.steps import Step, measured
from benchmarks.building.strings import corpus_of, sample
from benchmarks.building.tables import limits_table, steps_table
from indexer.sources.files import open_source
from search.encoders.hashing import HashingEncoder
from tests.records import study, write_ndjson

PLAIN, QUICK = Step("plain", 100, 10.0, 16.0, 1.0), Step("quick", 50, 2.0, 4.0, 0.99997)


def test_every_string_that_a_build_embeds_is_counted_as_often_as_it_comes(tmp_path):
    records = [study(f"NCT0000000{number}", "Stem cells", conditions=["Crohn disease"]) for number in (1, 2)]
    corpus = corpus_of(open_source(str(write_ndjson(tmp_path / "studies.ndjson", records))))
    assert corpus.trials == 2
    assert corpus.strings == ["Stem cells", "Stem cells. Conditions: Crohn disease", "Crohn disease"] * 2


def test_a_sample_is_spread_over_all_lengths_and_the_same_for_one_seed():
    strings = ["x" * length for length in range(1, 101)]
    chosen = sample(strings, every=10, seed=1)
    assert chosen == sample(reversed(strings), every=10, seed=1)
    assert np.diff(sorted(map(len, chosen))).tolist() == [10] * 9


def test_operations_are_those_of_the_products():
    # Of one token: 4 products of 2 x 2 and 2 of 2 x 8, and the products of one pair, a multiply-add being two.
    assert encoder_flops([1], layers=1, hidden=2, inner=8) == 2 * (4 * 4 + 2 * 16 + 2 * 2)
    assert encoder_flops([1, 1], layers=3, hidden=2, inner=8) == 6 * encoder_flops([1], layers=1, hidden=2, inner=8)


def test_what_a_step_gains_is_told_for_the_strings_that_it_serves():
    rows = steps_table([PLAIN, QUICK]).splitlines()
    assert rows[2] == "| plain | 10 | 1.00 |  | 160.00 | 1.00 | 1.000000 |"
    assert rows[3] == "| quick | 50 | 5.00 | 5.00 | 40.00 | 4.00 | 0.999970 |"
    rows = steps_table([PLAIN, QUICK, Step("static", 50, 0.1, 0.1, np.nan)], apart=1).splitlines()
    assert rows[4] == "| static | 1,000 | 100.00 |  | 1.00 | 160.00 |  |"
    rows = limits_table([PLAIN, QUICK], 400_000_000_000, {"float32": 2e11}).splitlines()
    assert rows[2:] == ["| quick | 100 |", "| the product alone: float32 | 200 |"]


def test_int8_is_judged_by_the_labelled_trials_of_the_pool_and_by_others_of_it():
    pool = {f"NCT{number:08d}" for number in range(100)}
    chosen = chosen_ids({"NCT00000001", "NCT99999999"}, pool, 10)
    assert len(chosen) == 11
    assert chosen <= pool
    assert "NCT00000001" in chosen
    assert chosen == chosen_ids({"NCT00000001", "NCT99999999"}, pool, 10)


def test_vectors_of_every_step_are_held_against_the_first_ones():
    def turned(texts):
        vectors = HashingEncoder().encode_documents(texts)
        return np.concatenate([vectors[:, :128], -vectors[:, 128:]], axis=1)

    distinct = ["stem cells", "exosomes"]
    steps = measured({"first": HashingEncoder().encode_documents, "other": turned}, distinct * 2, distinct)
    assert [(step.name, step.strings) for step in steps] == [("first", 4), ("other", 2)]
    halves = HashingEncoder().encode_documents(distinct)[:, :128]
    assert steps[0].cosine == pytest.approx(1)
    assert steps[1].cosine == pytest.approx(min(2 * np.sum(halves**2, axis=1) - 1), abs=1e-6)
