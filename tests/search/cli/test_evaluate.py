import json

import pytest
from typer import Typer

from search.cli.app import EXIT_MISUSED, run
from search.cli.evaluate import evaluate
from search.evaluation import read_run

SEED = "NCT06853522"
LABELS = f"{SEED} 0 NCT02442037 1\n{SEED} 0 NCT01221428 1\n{SEED} 0 NCT06755021 0\n"


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "labels.qrels"
    path.write_text(LABELS)
    return path


@pytest.fixture
def trialkin(capsys):
    """Runs the command; its exit code, output and errors."""
    app = Typer()
    app.command()(evaluate)

    def command(*arguments):
        with pytest.raises(SystemExit) as stopped:
            run(lambda: app(args=[str(argument) for argument in arguments]))
        captured = capsys.readouterr()
        return stopped.value.code, captured.out, captured.err

    return command


def test_the_index_is_asked_for_every_query_and_its_ranking_kept(labels, seeds_root, seeds_engine, tmp_path, trialkin):
    code, out, err = trialkin("--qrels", labels, "--index", seeds_root, "--save-run", tmp_path / "my.run", "--json")

    hits = [hit.trial.trial_id for hit in seeds_engine.similar(SEED, k=100).hits]
    assert (code, err) == (0, "")
    assert [scored.doc_id for scored in read_run(tmp_path / "my.run")] == hits
    means = json.loads(out)["means"][str(seeds_root)]
    assert means["RR@10"] == 1 / (1 + min(hits.index("NCT02442037"), hits.index("NCT01221428")))
    assert means["Judged@10"] == len({"NCT02442037", "NCT01221428", "NCT06755021"} & set(hits[:10])) / 10


def test_condensed_ranks_the_judged_trials_alone(labels, seeds_root, trialkin, tmp_path):
    trialkin("--qrels", labels, "--index", seeds_root, "--condensed", "--save-run", tmp_path / "my.run")

    assert {scored.doc_id for scored in read_run(tmp_path / "my.run")} == {"NCT02442037", "NCT01221428", "NCT06755021"}


def test_queries_may_be_texts(seeds_root, seeds_engine, tmp_path, trialkin):
    (tmp_path / "labels.qrels").write_text("t 0 NCT01221428 1\n")
    (tmp_path / "queries.tsv").write_text("t\tumbilical cord stem cells for colitis\n")

    code, _, _ = trialkin(
        *("--qrels", tmp_path / "labels.qrels", "--queries", tmp_path / "queries.tsv"),
        *("--index", seeds_root, "--save-run", tmp_path / "my.run"),
    )

    hits = seeds_engine.search("umbilical cord stem cells for colitis", k=100).hits
    assert code == 0
    assert [scored.doc_id for scored in read_run(tmp_path / "my.run")] == [hit.trial.trial_id for hit in hits]


def test_what_the_index_lacks_counts_as_0_unless_left_out(labels, seeds_root, trialkin):
    labels.write_text(LABELS + f"NCT99999999 0 NCT01221428 1\n{SEED} 0 NCT99999998 1\n")
    command = ("--qrels", labels, "--index", seeds_root, "--condensed", "--measures", "R@10", "--json")

    _, counted, warned = trialkin(*command)
    _, left_out, said = trialkin(*command, "--in-index")

    assert json.loads(counted)["means"][str(seeds_root)]["R@10"] == pytest.approx((2 / 3 + 0) / 2)
    assert warned == f"1 of 2 queries are not in {seeds_root}; they count as 0\n"
    assert json.loads(left_out)["means"][str(seeds_root)]["R@10"] == 1.0
    assert said == "2 of 5 labels left out: the index lacks their trials\n"


def test_runs_are_compared_with_the_first_in_a_table_for_people(labels, tmp_path, trialkin):
    good, bad = tmp_path / "good.run", tmp_path / "bad.run"
    good.write_text(f"{SEED} Q0 NCT02442037 1 2 t\n{SEED} Q0 NCT01221428 2 1 t\n")
    bad.write_text(f"{SEED} Q0 NCT06755021 1 2 t\n{SEED} Q0 NCT01221428 2 1 t\n")

    code, out, _ = trialkin(
        "--qrels", labels, "--run", good, "--run", bad, "--measures", "RR@10 P@1", "--per-query", tmp_path / "read.tsv"
    )

    words = [line.split() for line in out.splitlines()]
    assert code == 0
    assert [str(good), "1.0000", "1.0000"] in words
    assert [str(bad), "0.5000", "0.0000"] in words
    assert f"{bad} less {good}" in out
    assert ["P@1", "-1.0000", "too", "few", "0", "1"] in words  # one query has no interval
    assert (tmp_path / "read.tsv").read_text().splitlines()[1].split("\t") == [
        *(SEED, str(bad), "RR@10", "1.0000", "0.5000", "-0.5000", "", "NCT02442037")
    ]


def test_condensed_runs_lose_what_nobody_judged(labels, tmp_path, trialkin):
    (tmp_path / "a.run").write_text(f"{SEED} Q0 NCT00000001 1 2 t\n{SEED} Q0 NCT01221428 2 1 t\n")
    command = ("--qrels", labels, "--run", tmp_path / "a.run", "--measures", "RR@10", "--json")

    assert json.loads(trialkin(*command)[1])["means"] == {str(tmp_path / "a.run"): {"RR@10": 0.5}}
    assert json.loads(trialkin(*command, "--condensed")[1])["means"] == {str(tmp_path / "a.run"): {"RR@10": 1.0}}


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--save-run", "x.run"], "--save-run says nothing together with --run"),
        (["--queries", "x.tsv"], "--queries says nothing together with --run"),
        (["--in-index"], "--in-index says nothing together with --run"),
        (["--run", "{run}"], "the same run is given twice"),
        (["--measures", "greatness"], "cannot measure by 'greatness'"),
    ],
)
def test_options_that_make_no_sense_together_are_refused(options, part, labels, tmp_path, trialkin):
    path = tmp_path / "a.run"
    path.write_text(f"{SEED} Q0 NCT01221428 1 1 t\n")

    code, out, err = trialkin("--qrels", labels, "--run", path, *(option.format(run=path) for option in options))

    assert (code, out) == (EXIT_MISUSED, "")
    assert part in err


def test_labels_of_another_corpus_are_refused_when_all_are_left_out(labels, seeds_root, trialkin):
    labels.write_text("NCT99999999 0 NCT99999998 1\n")

    code, _, err = trialkin("--qrels", labels, "--index", seeds_root, "--in-index")

    assert code == EXIT_MISUSED
    assert f"none of the labels is of a trial in {seeds_root}" in err
