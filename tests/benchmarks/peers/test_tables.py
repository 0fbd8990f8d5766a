"""The tables: whoever is best in a row is shown so, peers too."""

import json

from benchmarks.peers.peer import OWN, PEERS
from benchmarks.peers.plot import plot
from benchmarks.peers.tables import cells, comparison, embedding_text, page


def found(*, cpu, relevance=0.5, recall=1.0, returned=10.0):
    timed = {"cpu": [cpu] * 100 + [100.0], "wall": [2 * cpu] * 101, "returned": returned, "recall": recall}
    return {
        "trials": 40000,
        "date": "2026-11-25",
        "machine": "2 cores",
        "versions": {"thing": "1.0"},
        "shares": [0.5, 0.005],
        "build": {"wall": 10.04, "cpu": 20.0},
        "similar": timed,
        "filtered": [timed, timed],
        "labelled": {},
        "relevance": relevance,
        "memory_similar": {"own": 100.4, "mapped": 10.0},
        "memory_texts": {"own": 800.0, "mapped": 10.0},
        "bytes": 3 * 2**20,
        "first_similar": 0.5,
    }


def row(table, title):
    [line] = [line for line in table.splitlines() if line.startswith(f"| {title} |")]
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_the_best_of_a_row_is_bold_whoever_it_is():
    assert cells([2.0, 1.0, None], 1, more_is_better=False) == ["2.0", "**1.0**", ""]
    assert cells([2.0, 1.0, None], 1, more_is_better=True) == ["**2.0**", "1.0", ""]


def test_values_that_look_alike_win_together():
    assert cells([0.9996, 1.0, 0.99], 3, more_is_better=True) == ["**1.000**", "**1.000**", "0.990"]
    assert cells([None, None], 1, more_is_better=False) == ["", ""]


def test_a_comparison_has_a_row_a_figure_and_leaves_out_those_that_nobody_has():
    table = comparison({OWN: found(cpu=5.0, relevance=0.6), "chroma": found(cpu=1.0)})
    assert table.splitlines()[0] == "|  | Trialkin | Chroma |"
    assert row(table, "nDCG@10 by trial (Cochrane)") == ["**0.600**", "0.500"]
    assert row(table, "by trial, p50 CPU-ms") == ["5.0", "**1.0**"]
    assert row(table, "by trial, p99 ms") == ["10.0", "**2.0**"]
    assert row(table, "filtered to 0.5%, p99 CPU-ms") == ["5.0", "**1.0**"]
    assert "first answer by text" not in table
    assert "by text, p50" not in table


def test_a_system_that_could_not_be_measured_is_named_with_the_reason(tmp_path):
    (tmp_path / f"{OWN}.json").write_text(json.dumps(found(cpu=5.0)))
    (tmp_path / "chroma.json").write_text(json.dumps({"failed": "not installed: chromadb"}))
    text = page({"pool": tmp_path, "all": tmp_path / "nowhere"})
    assert text.startswith("### 40,000 trials\n\n2 cores; 2026-11-25. The filters leave 50.0%, 0.5% of the trials.")
    assert "|  | Trialkin |" in text
    assert "**Chroma**: not installed: chromadb. " in text
    assert "**LanceDB**: not measured." in text
    assert "\n\nNothing was measured on the corpus all.\n\n" in text
    assert text.endswith(f"- **Trialkin** (thing 1.0): {PEERS[OWN].setup}.")


def test_the_time_to_embed_all_is_that_of_the_rate_of_a_sample():
    rates = {"plain_per_cpu_second": 20.0, "own_per_cpu_second": 100.0, "passages": 72000, "strings": 180000}
    text = embedding_text(rates)
    assert "20.0 passages in a CPU-second, so 1.00 CPU-hours for the 72,000" in text
    assert "100.0 strings in one, so 0.50 CPU-hours for the 180,000" in text


def test_the_picture_names_every_system_that_has_labels(tmp_path):
    for name in (OWN, "chroma", "bm25s"):
        (tmp_path / f"{name}.json").write_text(json.dumps(found(cpu=5.0)))
    (tmp_path / "txtai.json").write_text(json.dumps({"failed": "not installed: txtai"}))
    plot(tmp_path, tmp_path / "images" / "peers.svg")
    drawn = (tmp_path / "images" / "peers.svg").read_text()
    assert [PEERS[name].title for name in PEERS if f"{PEERS[name].title}, " in drawn] == ["Trialkin", "Chroma", "bm25s"]
