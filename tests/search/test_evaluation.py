import itertools
import math
import subprocess
import sys

import numpy as np
import pytest
from ir_measures import Qrel, ScoredDoc, nDCG
from ir_measures import R as Recall

from search.errors import BadInput, UnusableSource
from search.evaluation import (
    RESAMPLES,
    condensed,
    difference,
    engine_run,
    judged,
    parse_measures,
    per_query,
    ranked_list,
    read_qrels,
    read_queries,
    read_run,
    related_groups,
    write_run,
)

SEED = "NCT06853522"


def values(qrels, run, measures):
    found = per_query(qrels, run, parse_measures(measures))
    return {str(measure): by_query for measure, by_query in found.items()}


def test_measures_are_those_worked_out_by_hand():
    qrels = [Qrel("q", "a", 2), Qrel("q", "b", 1), Qrel("q", "c", 0), Qrel("q", "d", 1)]
    run = ranked_list("q", ["c", "a", "x", "b"])

    found = values(qrels, run, "nDCG@3 nDCG@10 R@2 R@10 RR@10 P@1 P@5 Judged@10")

    ideal = 2 + 1 / math.log2(3) + 1 / math.log2(4)
    assert found["nDCG@3"]["q"] == pytest.approx((2 / math.log2(3)) / ideal)
    assert found["nDCG@10"]["q"] == pytest.approx((2 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert found["R@2"]["q"] == pytest.approx(1 / 3)
    assert found["R@10"]["q"] == pytest.approx(2 / 3)
    assert found["RR@10"]["q"] == pytest.approx(1 / 2)
    assert found["P@1"]["q"] == 0
    assert found["P@5"]["q"] == pytest.approx(2 / 5)
    assert found["Judged@10"]["q"] == pytest.approx(3 / 4)


def test_a_query_that_the_run_lacks_counts_as_0_and_one_without_labels_does_not_count():
    qrels = [Qrel("asked", "a", 1), Qrel("missing", "a", 1)]
    run = [*ranked_list("asked", ["a"]), *ranked_list("unlabelled", ["a"])]

    assert values(qrels, run, "RR@10 Judged@10") == {
        "RR@10": {"asked": 1.0, "missing": 0.0},
        "Judged@10": {"asked": 1.0, "missing": 0.0},
    }


def test_an_empty_ranking_is_worth_0():
    assert values([Qrel("q", "a", 1)], [], "nDCG@10") == {"nDCG@10": {"q": 0.0}}


def test_a_ranked_list_keeps_its_order_whatever_its_documents_are_called():
    qrels = [Qrel("q", "wanted", 1)]

    for order in itertools.permutations(["zz", "wanted", "aa"]):
        found = values(qrels, ranked_list("q", order), "RR@10")
        assert found["RR@10"]["q"] == pytest.approx(1 / (order.index("wanted") + 1))


def test_a_run_that_is_written_and_read_is_the_same(tmp_path):
    run = [*ranked_list("q1", ["b", "a"]), *ranked_list("q2", ["c"])]

    write_run(tmp_path / "a.run", run, tag="mine")

    assert (tmp_path / "a.run").read_text() == (
        "q1 Q0 b 1 2.000000 mine\nq1 Q0 a 2 1.000000 mine\nq2 Q0 c 1 1.000000 mine\n"
    )
    assert read_run(tmp_path / "a.run") == run


def test_labels_are_read_from_any_white_space(tmp_path):
    (tmp_path / "a.qrels").write_text("q1 0 a 1\nq1\t0\tb\t0\n\nq2 0 a 2\n")

    assert [tuple(label)[:3] for label in read_qrels(tmp_path / "a.qrels")] == [
        ("q1", "a", 1),
        ("q1", "b", 0),
        ("q2", "a", 2),
    ]


@pytest.mark.parametrize(
    ("reader", "text", "part"),
    [
        (read_qrels, "", "is empty"),
        (read_qrels, "q Q0 a 1 2.0 tag\n", "as qrels"),
        (read_qrels, "q 0 a high\n", "as qrels"),
        (read_qrels, "q 0 a 1\nq 0 a 0\n", "has a twice for the query q"),
        (read_run, "q 0 a 1\n", "as a run"),
        (read_run, "q Q0 a 1 best tag\n", "as a run"),
        (read_run, "q Q0 a 1 nan tag\n", "scores a for q by nan"),
        (read_run, "q Q0 a 1 2 tag\nq Q0 a 2 1 tag\n", "has a twice for the query q"),
        (read_queries, "q1\tone\nq2 two\n", "line 2 is no query"),
        (read_queries, "q1\t \n", "line 1 is no query"),
        (read_queries, "q1\tone\nq1\ttwo\n", "line 2: the query 'q1' was there before"),
    ],
)
def test_a_file_of_another_shape_is_refused_by_name(reader, text, part, tmp_path):
    (tmp_path / "given.txt").write_text(text)

    with pytest.raises(UnusableSource, match=part) as refused:
        reader(tmp_path / "given.txt")

    assert "given.txt" in str(refused.value)


@pytest.mark.parametrize("reader", [read_qrels, read_run, read_queries])
def test_a_missing_or_binary_file_is_refused(reader, tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")

    for name in ("nowhere", "binary"):
        with pytest.raises(UnusableSource, match=name):
            reader(tmp_path / name)


def test_queries_are_the_text_after_the_first_tab(tmp_path):
    (tmp_path / "queries.tsv").write_text("q1\tulcerative colitis\nq2\ta\tb\n")

    assert read_queries(tmp_path / "queries.tsv") == {"q1": "ulcerative colitis", "q2": "a\tb"}


def test_measures_are_named_as_ir_measures_names_them():
    assert parse_measures("nDCG@10 R@50") == [nDCG @ 10, Recall @ 50]


@pytest.mark.parametrize("text", ["", "foo", "nDCG@10 bar@3", "nDCG@x"])
def test_what_is_no_measure_is_refused(text):
    with pytest.raises(BadInput, match="measure"):
        parse_measures(text)


def test_a_condensed_run_has_what_was_judged_for_its_own_query_in_the_same_order():
    qrels = [Qrel("q1", "a", 0), Qrel("q1", "b", 1), Qrel("q2", "c", 1)]
    run = [*ranked_list("q1", ["c", "b", "a"]), *ranked_list("q2", ["c", "a"])]

    assert condensed(run, qrels) == [ScoredDoc("q1", "b", 2.0), ScoredDoc("q1", "a", 1.0), ScoredDoc("q2", "c", 2.0)]
    assert judged(qrels) == {"q1": ["a", "b"], "q2": ["c"]}


def test_a_difference_is_system_less_baseline_with_wins_and_losses():
    system = {"a": 1.0, "b": 0.5, "c": 0.0, "d": 0.25}
    baseline = {"a": 0.0, "b": 0.5, "c": 0.5, "d": 0.0}

    found = difference(system, baseline)

    assert found.mean == pytest.approx((1 + 0 - 0.5 + 0.25) / 4)
    assert (found.wins, found.losses) == (2, 1)
    turned = difference(baseline, system)
    assert (turned.mean, turned.wins, turned.losses) == (-found.mean, 1, 2)
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))


def test_the_interval_is_that_of_every_possible_resample():
    deltas = [0.4, -0.1, 0.2, 0.0, 0.3]
    system = {f"q{number}": delta for number, delta in enumerate(deltas)}

    found = difference(system, dict.fromkeys(system, 0.0))

    every = np.mean(list(itertools.product(deltas, repeat=len(deltas))), axis=1)  # 3,125 equally likely draws
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(every, [0.025, 0.975])), abs=0.02)


def test_groups_are_drawn_whole_and_weigh_by_their_queries():
    # Groups of 1, 2 and 4 queries whose members agree: 27 equally likely draws, each a mean over the queries drawn.
    groups = {"a": "x", "b": "y", "c": "y", "d": "z", "e": "z", "f": "z", "g": "z"}
    gain = {"x": 0.9, "y": 0.3, "z": -0.3}
    system = {query: gain[group] for query, group in groups.items()}

    found = difference(system, dict.fromkeys(system, 0.0), groups)

    size = {"x": 1, "y": 2, "z": 4}
    every = [
        sum(gain[group] * size[group] for group in drawn) / sum(size[group] for group in drawn)
        for drawn in itertools.product("xyz", repeat=3)
    ]
    assert found.mean == pytest.approx((0.9 + 2 * 0.3 - 4 * 0.3) / 7)
    assert (found.low, found.high) == pytest.approx((min(every), max(every)))  # each comes once in 27 draws, over 2.5%


def test_related_queries_widen_the_interval_as_numpy_finds():
    random = np.random.default_rng(7)
    effects = random.normal(size=40)
    groups = {f"q{number}": f"g{number // 5}" for number in range(200)}
    deltas = np.repeat(effects, 5) + 0.1 * random.normal(size=200)
    system = dict(zip(sorted(groups, key=lambda query: int(query[1:])), deltas.tolist(), strict=True))
    baseline = dict.fromkeys(system, 0.0)

    found, alone = difference(system, baseline, groups), difference(system, baseline)

    means = deltas.reshape(40, 5).mean(axis=1)
    truth = np.quantile(random.choice(means, size=(RESAMPLES, 40)).mean(axis=1), [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx(tuple(truth), abs=0.03)
    assert found.high - found.low > 1.8 * (alone.high - alone.low)  # the square root of 5, nearly


def test_one_group_alone_has_no_interval():
    found = difference({"a": 1.0, "b": 0.5}, {"a": 0.0, "b": 0.0}, {"a": "x", "b": "x"})

    assert found.mean == 0.75
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_the_same_systems_have_the_same_interval_every_time():
    system, baseline = {"a": 1.0, "b": 0.2, "c": 0.4}, {"a": 0.5, "b": 0.4, "c": 0.1}

    assert difference(system, baseline) == difference(system, baseline)


@pytest.mark.parametrize(
    ("system", "baseline"), [({}, {}), ({"a": 1.0}, {"b": 1.0}), ({"a": 1.0, "b": 1.0}, {"a": 1.0})]
)
def test_systems_asked_differently_are_not_compared(system, baseline):
    with pytest.raises(BadInput, match="same queries"):
        difference(system, baseline)


def test_query_trials_are_grouped_by_relevant_trials_in_common():
    first, second, third, fourth = (f"NCT0000000{number}" for number in range(1, 5))
    qrels = [
        Qrel(first, second, 1),
        Qrel(third, "NCT00000009", 1),
        Qrel(second, "NCT00000009", 1),  # so the first three hang together
        Qrel(fourth, "NCT00000009", 0),  # not relevant: no tie
    ]

    groups = related_groups(qrels)

    assert groups.keys() == {first, second, third, fourth}
    assert groups[first] == groups[second] == groups[third] != groups[fourth]


def test_topics_stand_alone_though_one_trial_suits_both():
    groups = related_groups([Qrel("patient-1", "NCT00000001", 2), Qrel("patient-2", "NCT00000001", 2)])

    assert groups == {"patient-1": "patient-1", "patient-2": "patient-2"}


def test_an_engine_is_asked_by_trial_and_what_it_lacks_is_named(seeds_engine):
    found = engine_run(seeds_engine, [SEED, "NCT99999999"])

    hits = seeds_engine.similar(SEED, k=100).hits
    assert [(scored.query_id, scored.doc_id) for scored in found.ranked] == [(SEED, hit.trial.trial_id) for hit in hits]
    assert [scored.score for scored in found.ranked] == [float(score) for score in range(len(hits), 0, -1)]
    assert found.unknown == ["NCT99999999"]


def test_an_engine_is_asked_by_text(seeds_engine):
    texts = {"t1": "umbilical cord stem cells for Crohn's"}

    found = engine_run(seeds_engine, ["t1"], texts=texts)

    hits = seeds_engine.search(texts["t1"], k=100).hits
    assert [scored.doc_id for scored in found.ranked] == [hit.trial.trial_id for hit in hits]


def test_an_engine_ranks_the_candidates_alone_where_some_are_given(seeds_engine):
    candidates = ["NCT06755021", "NCT02442037", "NCT99999999"]

    found = engine_run(seeds_engine, [SEED], among={SEED: candidates})

    assert {scored.doc_id for scored in found.ranked} == {"NCT06755021", "NCT02442037"}


def test_labels_without_texts_are_refused(seeds_engine):
    with pytest.raises(BadInput, match="'t2' has labels but no text"):
        engine_run(seeds_engine, ["t2"], texts={"t1": "colitis"})
    with pytest.raises(BadInput, match="--queries"):
        engine_run(seeds_engine, ["patient note 7"])


def test_without_ir_measures_the_pip_line_that_installs_it_is_said():
    hidden = "import sys; sys.modules['ir_measures'] = None; from search.cli.app import main; main()"

    done = subprocess.run(
        [sys.executable, "-c", hidden, "evaluate", "--qrels", "any"], capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 1
    assert done.stderr == "error: evaluation needs ir_measures; install it with: pip install 'trialkin[evaluate]'\n"
