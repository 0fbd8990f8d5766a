"""Which trials and labels count."""

import gzip

import orjson
from ir_measures import Qrel

from benchmarks.quality.labels import LABEL_SETS, corpus_ids, scorable, write_records
from tests.records import study


def test_labels_count_where_trials_are_known_and_something_relevant_is_left():
    kept = Qrel("q1", "a", 1), Qrel("q1", "b", 0)
    lost = Qrel("q1", "far", 1), Qrel("q2", "a", 0), Qrel("q2", "far", 1), Qrel("far", "a", 1)

    assert scorable([*kept, *lost], {"q1", "q2", "a", "b"}, by_text=False) == list(kept)


def test_the_query_of_a_text_need_be_no_trial():
    labels = [Qrel("patient", "a", 2)]

    assert scorable(labels, {"a"}, by_text=True) == labels
    assert scorable(labels, {"a"}, by_text=False) == []


def test_records_of_the_wanted_trials_are_picked_in_order(tmp_path):
    records = [study(f"NCT0000000{number}") for number in range(1, 5)]
    with gzip.open(tmp_path / "studies.ndjson.gz", "wb") as stream:
        stream.writelines(orjson.dumps(record) + b"\n" for record in records)

    write_records(tmp_path, {"NCT00000004", "NCT00000002", "NCT00000009"}, tmp_path / "some.ndjson")

    found = [orjson.loads(line) for line in (tmp_path / "some.ndjson").read_bytes().splitlines()]
    assert found == [records[1], records[3]]


def test_all_means_all_with_conditions(tmp_path):
    records = [study("NCT00000001", conditions=["Colitis"]), study("NCT00000002"), study("NCT00000003", conditions=[])]
    with gzip.open(tmp_path / "studies.ndjson.gz", "wb") as stream:
        stream.writelines(orjson.dumps(record) + b"\n" for record in records)

    write_records(tmp_path, corpus_ids(tmp_path, "all"), tmp_path / "some.ndjson")

    assert [orjson.loads(line) for line in (tmp_path / "some.ndjson").read_bytes().splitlines()] == records[:1]


def test_the_judged_corpus_is_the_pool_and_all_that_condensed_sets_judge(tmp_path):
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/pool40k.txt").write_text("NCT00000001\nNCT00000002\n")
    for number, labels in enumerate(LABEL_SETS):
        (tmp_path / f"labels/{labels.labels}.qrels").write_text(f"q{number} 0 d{number} 1\n")

    condensed = [number for number, labels in enumerate(LABEL_SETS) if labels.condensed]
    pool = {"NCT00000001", "NCT00000002"}
    assert corpus_ids(tmp_path, "pool") == pool
    assert corpus_ids(tmp_path, "judged") == pool | {f"{kind}{number}" for number in condensed for kind in "qd"}
