from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from indexer import intake as intake_module
from indexer.intake import DUPLICATE, Intake, take_in
from indexer.sources.files import open_source
from search.errors import TooManyUnusableRecords, UnusableSource
from search.progress import Progress
from tests.indexer.sources.ictrp_exports import xml_text
from tests.records import study, write_ndjson


@pytest.fixture(params=[1, 2, 3, 5_000])
def batch_rows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Batches so small that a handful of records crosses their bounds, and the real size."""
    monkeypatch.setattr(intake_module, "BATCH_ROWS", request.param)
    return int(request.param)


@pytest.fixture
def take(tmp_path: Path, quiet: Progress) -> Any:
    def take_records(records: list[dict[str, Any]]) -> Intake:
        source = open_source(str(write_ndjson(tmp_path / "studies.ndjson", records)))
        return take_in(source, tmp_path / "spool.arrow", quiet)

    return take_records


def titles(intake: Intake) -> dict[str, str]:
    table = pa.Table.from_batches(intake.batches(None))
    return dict(zip(table["trial_id"].to_pylist(), table["brief_title"].to_pylist(), strict=True))


def good(count: int) -> list[dict[str, Any]]:
    return [study(f"NCT{number:08}", f"Trial {number}") for number in range(1, count + 1)]


def test_trials_come_in_the_order_of_their_ids_with_their_own_fields(take: Any, batch_rows: int) -> None:
    numbers = [7, 3, 11, 1, 9, 2, 8, 10, 4, 6, 5]
    intake = take(
        [study(f"NCT{n:08}", f"Trial {n}", conditions=[f"c{n}", "all"], interventions=[f"i{n}"]) for n in numbers]
    )

    rows = [row for batch in intake.batches(None) for row in batch.to_pylist()]

    assert [row["trial_id"] for row in rows] == [f"NCT{n:08}" for n in range(1, 12)]
    assert [row["brief_title"] for row in rows] == [f"Trial {n}" for n in range(1, 12)]
    assert [row["conditions"] for row in rows] == [[f"c{n}", "all"] for n in range(1, 12)]
    assert [row["interventions"][0]["name"] for row in rows] == [f"i{n}" for n in range(1, 12)]
    assert max(batch.num_rows for batch in intake.batches(None)) <= batch_rows


@pytest.mark.parametrize(
    ("updates", "kept"),
    [
        (["2020-01-01", "2021-01-01"], 1),
        (["2021-01-01", "2020-01-01"], 0),
        (["2021-01-01", "2021-01-01"], 1),
        ([None, "2001-01-01"], 1),
        (["2001-01-01", None], 0),
        ([None, None], 1),
        (["2020-05-31", "2020-06", "2020-05"], 1),
        (["2021-01-01", "2019-01-01", "2021-01-01", "2020-01-01"], 2),
    ],
)
@pytest.mark.usefixtures("batch_rows")
def test_of_records_with_one_id_the_newest_is_kept_and_of_equals_the_last(
    updates: list[str | None], kept: int, take: Any
) -> None:
    copies = [
        study("NCT00000002", f"copy {number}", **({"updated": updated} if updated else {}))
        for number, updated in enumerate(updates)
    ]

    intake = take([study("NCT00000003", "Third"), *copies, study("NCT00000001", "First")])

    assert titles(intake) == {"NCT00000001": "First", "NCT00000002": f"copy {kept}", "NCT00000003": "Third"}
    assert intake.skipped == {DUPLICATE: len(updates) - 1}
    assert intake.first_places[DUPLICATE].endswith("studies.ndjson:3")
    assert intake.read == len(updates) + 2


@pytest.mark.parametrize(("first", "second"), [("a", "b"), ("b", "a")])
def test_the_registry_s_own_record_goes_before_a_newer_copy_of_it(
    first: str, second: str, tmp_path: Path, quiet: Progress
) -> None:
    folder = tmp_path / "both"
    folder.mkdir()
    copies = (
        {"TrialID": "NCT00000001", "Public_title": "Copy", "Last_Refreshed_on": "1 May 2026"},
        {"TrialID": "ISRCTN12345678", "Public_title": "Older copy", "Last_Refreshed_on": "1 May 2024"},
        {"TrialID": "ISRCTN12345678", "Public_title": "Newer copy", "Last_Refreshed_on": "1 May 2025"},
    )
    (folder / first).write_text(xml_text(*copies))
    write_ndjson(
        folder / second,
        [study("NCT00000001", "Own", statusModule={"lastUpdatePostDateStruct": {"date": "2020-01-01"}})],
    )

    intake = take_in(open_source(str(folder)), tmp_path / "spool.arrow", quiet)

    assert titles(intake) == {"NCT00000001": "Own", "ISRCTN12345678": "Newer copy"}
    assert intake.skipped == {DUPLICATE: 2}


def test_the_id_and_not_its_spelling_makes_a_duplicate(take: Any) -> None:
    assert titles(take([study("NCT00000001", "old"), study(" nct00000001 ", "new")])) == {"NCT00000001": "new"}


def test_duplicates_do_not_count_as_unusable_however_many(take: Any) -> None:
    intake = take([study("NCT00000001", f"copy {number}") for number in range(50)])

    assert titles(intake) == {"NCT00000001": "copy 49"}
    assert intake.skipped == {DUPLICATE: 49}


@pytest.mark.parametrize(("read", "unusable"), [(20, 1), (40, 2), (60, 3), (100, 5), (140, 7), (19, 0)])
def test_exactly_five_percent_unusable_records_are_counted_and_left_out(read: int, unusable: int, take: Any) -> None:
    intake = take([*good(read - unusable), *[study("NCT99999999", None)] * unusable])

    assert list(titles(intake)) == [f"NCT{number:08}" for number in range(1, read - unusable + 1)]
    assert intake.skipped == ({"no title": unusable} if unusable else {})


@pytest.mark.parametrize(("read", "unusable"), [(19, 1), (39, 2), (99, 5), (139, 7), (1, 1)])
def test_more_than_five_percent_unusable_records_are_refused_with_counts_reasons_and_first_places(
    read: int, unusable: int, take: Any, tmp_path: Path
) -> None:
    with pytest.raises(TooManyUnusableRecords) as refusal:
        take([*good(read - unusable), *[study("NCT99999999", None)] * unusable])

    assert str(refusal.value) == (
        f"{unusable} of {read} records in studies.ndjson cannot be used, more than 5%, so nothing was published "
        f"(no title: {unusable} (first at {tmp_path}/studies.ndjson:{read - unusable + 1})); "
        "mend the source and run again"
    )


def test_a_refusal_names_every_reason_the_commonest_first(tmp_path: Path, quiet: Progress) -> None:
    path = write_ndjson(
        tmp_path / "mixed", [*good(1), *good(1), study("NCT1"), study("NCT00000009", None), {}, study("x")]
    )
    path.write_bytes(path.read_bytes() + b"{broken\n" + b"{broken\n" * 2)

    with pytest.raises(TooManyUnusableRecords) as refusal:
        take_in(open_source(str(path)), tmp_path / "spool", quiet)

    assert str(refusal.value).startswith("7 of 9 records in mixed cannot be used")
    assert (
        f"(broken line: 3 (first at {path}:7); no valid trial id: 2 (first at {path}:3); "
        f"no title: 1 (first at {path}:4); no protocolSection: 1 (first at {path}:5))"
    ) in str(refusal.value)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"[]", b'{"studies": []}'])
def test_a_source_without_records_is_refused(content: bytes, tmp_path: Path, quiet: Progress) -> None:
    path = tmp_path / "empty.json"
    path.write_bytes(content)

    with pytest.raises(UnusableSource, match=r"^empty\.json holds no study record, so nothing was published$"):
        take_in(open_source(str(path)), tmp_path / "spool", quiet)


def test_the_data_date_is_the_newest_update_that_was_kept(take: Any) -> None:
    dates = ["2019-03", "2022-07-04", "2021-12-31"]
    records = [study(f"NCT0000000{n}", updated=date) for n, date in enumerate(dates)]

    assert take([*records, study("NCT00000008")]).data_date == "2022-07-04"
    assert take(good(2)).data_date is None
