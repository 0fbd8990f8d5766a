from ir_measures import Qrel

from search.comparison import compare
from search.evaluation import parse_measures, ranked_list

ONE, TWO = "NCT00000001", "NCT00000002"
QRELS = [Qrel(ONE, "a", 1), Qrel(ONE, "b", 1), Qrel(TWO, "c", 1), Qrel(TWO, "d", 0)]
FIRST = [*ranked_list(ONE, ["a", "x", "b"]), *ranked_list(TWO, ["d", "c"])]
SECOND = [*ranked_list(ONE, ["x", "a"]), *ranked_list(TWO, ["c", "d"])]


def compared(**runs):
    return compare(QRELS, runs, parse_measures("RR@10 R@10"))


def test_every_ranking_has_its_means_and_all_but_the_first_their_difference_from_it():
    found = compared(first=FIRST, second=SECOND)

    assert found.measures == ["RR@10", "R@10"]
    assert found.means == {"first": {"RR@10": 0.75, "R@10": 1.0}, "second": {"RR@10": 0.75, "R@10": 0.75}}
    assert list(found.differences) == ["second"]
    by_rank, by_recall = found.differences["second"]["RR@10"], found.differences["second"]["R@10"]
    assert (by_rank.mean, by_rank.wins, by_rank.losses) == (0.0, 1, 1)
    assert (by_recall.mean, by_recall.wins, by_recall.losses) == (-0.25, 0, 1)
    # Two queries: of the four equally likely draws one is all loss and one is none.
    assert (by_recall.low, by_recall.high) == (-0.5, 0.0)


def test_queries_that_a_ranking_lacks_are_counted():
    found = compared(first=FIRST, second=ranked_list(ONE, ["a"]))

    assert found.missing == {"first": 0, "second": 1}
    assert (found.queries, found.groups) == (2, 2)


def test_the_lines_of_one_ranking_say_what_was_found_and_missed_worst_first():
    found = compared(only=SECOND)

    assert [line.split("\t") for line in found.per_query_lines()] == [
        ["query", "RR@10", "R@10", "found@10", "missed@10"],
        [ONE, "0.5000", "0.5000", "a", "b"],
        [TWO, "1.0000", "1.0000", "c", ""],
    ]


def test_the_lines_of_two_rankings_say_what_was_gained_and_lost_worst_first():
    found = compare(QRELS, {"first": FIRST, "second": SECOND}, parse_measures("R@10"))

    assert [line.split("\t") for line in found.per_query_lines()] == [
        ["query", "ranking", "measure", "first", "value", "difference", "gained@10", "lost@10"],
        [ONE, "second", "R@10", "1.0000", "0.5000", "-0.5000", "", "b"],
        [TWO, "second", "R@10", "1.0000", "1.0000", "+0.0000", "", ""],
    ]


def test_only_what_is_near_the_top_counts_as_found():
    buried = [*ranked_list(ONE, [f"x{number}" for number in range(10)] + ["a"]), *ranked_list(TWO, ["c"])]

    [_, line, _] = compared(only=buried).per_query_lines()

    assert line.split("\t") == [ONE, "0.0000", "0.0000", "", "a b"]


def test_ties_are_measured_by_the_greater_id_first_as_trec_eval_does():
    qrels = [Qrel("q", "a", 1), Qrel("q", "b", 0)]
    run = [scored._replace(score=1.0) for scored in ranked_list("q", ["a", "b"])]

    found = compare(qrels, {"run": run}, parse_measures("nDCG@1"))

    assert found.means["run"]["nDCG@1"] == 0.0
