import io
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from indexer.sources import json_records
from indexer.sources.base import SourceRecord
from indexer.sources.json_records import study_records
from search.errors import UnusableSource
from tests.records import study

STUDIES = [study(f"NCT0000000{number}", f'A "title" with [ and {{ and ü, number {number}') for number in range(1, 5)]


def read(content: bytes) -> list[SourceRecord]:
    return list(study_records(io.BytesIO(content), "here"))


def lines(studies: list[Any], end: bytes = b"\n") -> bytes:
    return b"".join(orjson.dumps(one) + end for one in studies)


def pretty(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2)


def page(studies: list[Any]) -> dict[str, Any]:
    return {"totalCount": 577_000, "nextPageToken": "ZVNj7o2Elu8o3lpoXsTFrZiimZGXcZ1-", "studies": studies}


SHAPES: dict[str, Callable[[list[Any]], bytes]] = {
    "ndjson": lines,
    "ndjson without a last line end": lambda studies: lines(studies).rstrip(),
    "ndjson with CRLF": lambda studies: lines(studies, b"\r\n"),
    "ndjson with blank lines": lambda studies: b"\n \r\n" + lines(studies, b"\n\n\t\n"),
    "ndjson with a byte order mark": lambda studies: b"\xef\xbb\xbf" + lines(studies),
    "array": orjson.dumps,
    "pretty array": pretty,
    "array, a study a line": lambda studies: b"[\n" + b",\n".join(map(orjson.dumps, studies)) + b"\n]\n",
    "array with a byte order mark": lambda studies: b"\xef\xbb\xbf \n" + orjson.dumps(studies),
    "page": lambda studies: orjson.dumps(page(studies)),
    "pretty page": lambda studies: pretty(page(studies)),
    "page with the studies first": lambda studies: orjson.dumps({"studies": studies, "nextPageToken": "x"}),
    "page, a study a line": lambda s: b'{"studies": [\n' + b",\n".join(map(orjson.dumps, s)) + b"\n]}",
    "pages in a row": lambda studies: lines([page(studies[:2]), page([]), page(studies[2:])]),
    "pretty studies in a row": lambda studies: b"\n".join(map(pretty, studies)),
    "studies in a row without line ends": lambda studies: b" ".join(map(orjson.dumps, studies)),
}


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_studies_in_their_order(shape: str, count: int) -> None:
    records = read(SHAPES[shape](STUDIES[:count]))

    assert [record.study for record in records] == STUDIES[:count]
    assert {record.problem for record in records} == {None}


@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\t\n", b"\xef\xbb\xbf", b"[]", b"[ \n ]", b'{"studies": []}'])
def test_what_holds_nothing_gives_no_record(content: bytes) -> None:
    assert read(content) == []


def test_a_record_of_ndjson_is_placed_by_its_line_blank_ones_counted() -> None:
    records = read(b"\n" + lines(STUDIES[:2], b"\n\n"))

    assert [record.place for record in records] == ["here:2", "here:4"]


def test_a_record_of_a_document_is_placed_by_its_number() -> None:
    assert [record.place for record in read(orjson.dumps(page(STUDIES[:2])))] == ["here#1", "here#2"]


@pytest.mark.parametrize(
    "broken",
    [
        b'{"protocolSection": {"identificationModule": {"nctId": "NCT0',
        b'tionModule":{"nctId":"NCT00000009"}}}',
        b"not JSON at all",
        b'{"protocolSection": NaN}',
        b'{"protocolSection": "\xff\xfe"}',
        b'{"protocolSection": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b"\x00\x01\x02\x7f",
    ],
)
@pytest.mark.parametrize("position", [0, 1, 3])
def test_a_broken_line_is_one_broken_record_wherever_it_stands(broken: bytes, position: int) -> None:
    good = lines(STUDIES[:3]).splitlines()

    records = read(b"\n".join([*good[:position], broken, *good[position:]]))

    assert records.pop(position) == SourceRecord(f"here:{position + 1}", problem="broken line")
    assert [record.study for record in records] == STUDIES[:3]


@pytest.mark.parametrize("shape", [orjson.dumps, pretty, lambda s: pretty(page(s)), lambda s: orjson.dumps(page(s))])
def test_a_document_that_breaks_off_gives_its_whole_records_then_says_after_how_many(
    shape: Callable[[list[Any]], bytes],
) -> None:
    content = shape(STUDIES)
    cut = content.index(b"NCT00000003")
    records = study_records(io.BytesIO(content[:cut]), "here")

    assert [next(records).study, next(records).study] == STUDIES[:2]
    with pytest.raises(UnusableSource, match=r"^here is broken or truncated JSON after 2 records .*fetch it again"):
        next(records)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'[{"a": NaN}]', "after 0 records .*invalid char"),
        (b'[{"a": 1}, {"a": "\xff"}]', "after 1 records .*invalid bytes in UTF8 string"),
        (b'[{"a": 1}] and more', "after 1 records"),
        (b'{"studies": [{"a": 1}, {"a": 2}', "after 2 records .*premature EOF"),
        (b'{\n"protocolSection": {', "after 0 records .*premature EOF"),
    ],
)
def test_a_broken_document_is_refused_with_place_and_reason(content: bytes, reason: str) -> None:
    with pytest.raises(UnusableSource, match=f"^here is broken or truncated JSON {reason}"):
        read(content)


@pytest.mark.parametrize(
    ("content", "beginning"),
    [
        (b"NCT Number,Study Title,Study Status\nNCT00000001,A trial,COMPLETED\n", "b'NCT Number,Study Title"),
        (b"<!DOCTYPE html><html></html>", "b'<!DOCTYPE html>"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, r"b'\\x89PNG"),
        (b"\xff\xfe{\x00}\x00", r"b'\\xff\\xfe"),
        (b'"a text"', "b'\"a text\"'"),
    ],
)
def test_what_is_no_json_of_studies_is_refused_with_what_it_begins_with_and_what_was_expected(
    content: bytes, beginning: str
) -> None:
    with pytest.raises(UnusableSource, match=f"^here begins with {beginning}.*expected API v2 study records"):
        read(content)


def test_numbers_too_large_for_a_float_or_an_integer_do_not_cost_the_record() -> None:
    huge = b'{"protocolSection": {"a": 1e999, "b": ' + b"9" * 40 + b"}}"

    (in_array,) = read(b"[" + huge + b"]")

    assert in_array.study["protocolSection"]["b"] == int("9" * 40)  # type: ignore[index]


@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b'[{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}]", b'{"a":\n' * 100_000],
    ids=["array", "inside a study", "objects"],
)
def test_a_bottomless_document_is_refused_before_it_fills_the_memory(content: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(UnusableSource, match="nested more than 1,000 levels deep"):
            read(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30 * 2**20


@pytest.mark.parametrize("shape", ["ndjson", "array", "page", "pretty page", "pretty studies in a row"])
def test_memory_stays_bounded_however_long_the_source_is(shape: str, tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(SHAPES[shape]([study(f"NCT{n:08}", descriptionModule={"x": "y" * 20_000}) for n in range(600)]))

    count = 0
    tracemalloc.start()
    try:
        with path.open("rb") as stream:
            for record in study_records(stream, "long"):
                count += record.problem is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert count == 600
    assert peak < 2**20 < path.stat().st_size / 10


@pytest.mark.parametrize("length", [19_999, 20_000, 20_001, 39_999, 40_000, 40_001, 70_000])
def test_a_line_longer_than_any_study_is_a_broken_line_and_the_next_one_is_found(
    length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_records, "_LARGEST_STUDY", 20_000)
    long = orjson.dumps({"x": "y" * (length - 9)}) + b"\n"
    assert len(long) == length

    records = read(lines(STUDIES[:1]) + long + lines(STUDIES[1:2]))

    expected = None if length <= 20_000 else "broken line"
    assert [(record.place, record.problem) for record in records] == [
        ("here:1", None),
        ("here:2", expected),
        ("here:3", None),
    ]


@pytest.mark.parametrize(
    "content", ['{{"x": "{}"}}', '[{{"x": "{}"}}]', '{{"studies": [{{"x": "{}"}}]}}', '{{\n"x": "{}"}}']
)
def test_an_object_larger_than_any_study_is_refused(content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_records, "_LARGEST_STUDY", 20_000)

    with pytest.raises(UnusableSource, match=r"^here has no record within 20,000 bytes; expected"):
        read(content.format("y" * 70_000).encode())
