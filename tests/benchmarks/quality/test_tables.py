"""The tables say what was measured."""

import pytest
from ir_measures import Qrel

from benchmarks.quality.tables import BEGIN, END, comparison_table, incumbent_table, put_between_markers
from search.comparison import compare
from search.evaluation import parse_measures, ranked_list

SEED = "NCT06853522"


def test_the_engine_leads_by_what_the_baseline_lacks():
    qrels = [Qrel("q1", "a", 1), Qrel("q2", "a", 1)]
    engine = [*ranked_list("q1", ["a"]), *ranked_list("q2", ["a"])]
    baseline = [*ranked_list("q1", ["a"]), *ranked_list("q2", ["x", "a"])]

    table = comparison_table(compare(qrels, {"engine": engine, "BM25": baseline}, parse_measures("RR@10 R@10")))

    assert table.splitlines() == [
        "| system | RR@10 | R@10 | engine's lead in RR@10 (95% interval) | wins-losses |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| engine | **1.000** | 1.000 |  |  |",
        "| BM25 | .750 | 1.000 | +.250 (+.000 to +.500) | 1-0 |",
    ]


def test_the_page_of_the_registry_is_shown_beside_the_engine(seeds_engine):
    incumbent = ["NCT02442037", "NCT06755021"]

    table = incumbent_table(seeds_engine, SEED, incumbent)

    hits = seeds_engine.similar(SEED, k=100).hits
    ranks = {hit.trial.trial_id: str(hit.rank) for hit in hits}
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
    assert [(row[0], row[1][:11], row[2], row[3][:11]) for row in rows] == [
        (str(place), theirs, ranks.get(theirs, "beyond 100"), hits[place - 1].trial.trial_id)
        for place, theirs in enumerate(incumbent, start=1)
    ]


def test_tables_go_between_their_markers_and_leave_the_rest(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")

    put_between_markers(page, r"new \1")

    assert page.read_text() == f"before\n{BEGIN}\nnew \\1\n{END}\nafter\n"


def test_a_page_without_markers_is_left_alone(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\nafter\n")

    with pytest.raises(ValueError, match="should hold"):
        put_between_markers(page, "new")

    assert page.read_text() == "before\nafter\n"
