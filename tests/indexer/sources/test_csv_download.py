import dataclasses
import gzip
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.parse import parse_study
from indexer.sources.files import open_source
from search.errors import UnusableSource
from search.trial import Intervention, Trial
from tests.indexer.full_study import FULL_STUDY
from tests.indexer.sources.exports import CSV_HEADER, FULL_CSV, PLAIN_CSV, PLAIN_STUDY, csv_row, csv_text


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def trials_in(path: Path) -> list[Trial]:
    return [parse_study(record.study) for record in open_source(str(path)).records()]


def one(tmp_path: Path, **columns: str) -> Trial:
    (trial,) = trials_in(write(tmp_path / "one", csv_text(csv_row(**columns))))
    return trial


def without_what_no_csv_has(trial: Trial) -> Trial:
    return dataclasses.replace(
        trial,
        official_title=None,
        keywords=(),
        interventions=tuple(dataclasses.replace(item, other_names=()) for item in trial.interventions),
        condition_mesh=(),
        condition_mesh_ancestors=(),
        intervention_mesh=(),
        intervention_mesh_ancestors=(),
        minimum_age=None,
        maximum_age=None,
        aliases=(),
    )


def test_the_same_trials_as_csv_and_as_json_are_equal_in_what_the_csv_carries(tmp_path: Path) -> None:
    trials = trials_in(write(tmp_path / "ctg-studies.csv", csv_text(FULL_CSV, PLAIN_CSV)))

    assert trials == [without_what_no_csv_has(parse_study(FULL_STUDY)), parse_study(PLAIN_STUDY)]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.rstrip("\n"),
        lambda text: text + "\n\n",
        lambda text: '"' + text.replace(CSV_HEADER, CSV_HEADER.replace(",", '","') + '"', 1),
    ],
    ids=["byte order mark", "CRLF", "no last line end", "blank lines", "quoted header"],
)
def test_ways_to_write_a_csv_make_no_difference(change: Callable[[str], str], tmp_path: Path) -> None:
    text = csv_text(FULL_CSV, PLAIN_CSV)

    assert trials_in(write(tmp_path / "b", change(text))) == trials_in(write(tmp_path / "a", text))


def test_a_csv_is_known_by_its_header_whatever_its_name_and_packing(tmp_path: Path) -> None:
    text = csv_text(PLAIN_CSV).encode()
    (tmp_path / "a.json").write_bytes(text)
    (tmp_path / "b.ndjson").write_bytes(gzip.compress(text))
    with zipfile.ZipFile(tmp_path / "c.csv", "w") as archive:
        archive.writestr("inner.txt", text)

    assert trials_in(tmp_path) == [parse_study(PLAIN_STUDY)] * 3


def test_a_record_is_placed_by_the_line_on_which_its_row_begins(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", csv_text(FULL_CSV, PLAIN_CSV))

    # The full row has three line ends within its quotes.
    assert FULL_CSV.count("\n") == 3
    assert [record.place for record in open_source(str(path)).records()] == [f"{path}:2", f"{path}:6"]


def test_columns_stand_in_any_order_and_most_may_be_missing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "Study Title,Sponsor,NCT Number\nRest in Stroke,Example,NCT00000002\n")

    assert trials_in(path) == [Trial(trial_id="NCT00000002", brief_title="Rest in Stroke", sponsor="Example")]


def test_a_header_alone_gives_no_record(tmp_path: Path) -> None:
    assert trials_in(write(tmp_path / "a.csv", csv_text())) == []


@pytest.mark.parametrize(
    ("text", "interventions"),
    [
        ("DRUG: Placebo", [("Placebo", "DRUG")]),
        ("DIETARY_SUPPLEMENT: Whey: 20 g|DEVICE: Pump", [("Whey: 20 g", "DIETARY_SUPPLEMENT"), ("Pump", "DEVICE")]),
        ("Drug: Aspirin|Dietary Supplement: Zinc", [("Aspirin", "DRUG"), ("Zinc", "DIETARY_SUPPLEMENT")]),
        ("DRUG: A|B|DRUG: C", [("A|B", "DRUG"), ("C", "DRUG")]),
        ("Walking", [("Walking", None)]),
        ("", []),
    ],
)
def test_interventions_are_split_at_bars_that_a_type_follows(
    text: str, interventions: list[tuple[str, str | None]], tmp_path: Path
) -> None:
    trial = one(tmp_path, Interventions=text)

    assert trial.interventions == tuple(Intervention(name=name, type=kind) for name, kind in interventions)


@pytest.mark.parametrize(
    ("text", "design"),
    [
        (
            "Allocation: NON_RANDOMIZED|Intervention Model: SINGLE_GROUP|Masking: NONE|Primary Purpose: BASIC_SCIENCE",
            ("NON_RANDOMIZED", "SINGLE_GROUP", "NONE", "BASIC_SCIENCE"),
        ),
        (
            "Allocation: Randomized|Intervention Model: Crossover Assignment|Masking: None (Open Label)",
            ("RANDOMIZED", "CROSSOVER", "NONE", None),
        ),
        ("Masking: SINGLE (OUTCOMES_ASSESSOR)|Allocation: NA", ("NA", None, "SINGLE", None)),
        ("Observational Model: |Time Perspective: p", (None, None, None, None)),
    ],
)
def test_the_design_is_read_by_its_parts(text: str, design: tuple[str | None, ...], tmp_path: Path) -> None:
    trial = one(tmp_path, Study_Design=text)

    assert (trial.allocation, trial.intervention_model, trial.masking, trial.primary_purpose) == design


@pytest.mark.parametrize(
    ("text", "countries"),
    [
        ("Hospital, Paris, 75013, France", ("France",)),
        ("A, Seoul, Korea, Republic of|B, Seoul, South Korea", ("Korea, Republic of", "South Korea")),
        ("A, Kinshasa, Congo, The Democratic Republic of the", ("Congo, The Democratic Republic of the",)),
        ("Germany", ("Germany",)),
        ("", ()),
    ],
)
def test_the_country_ends_a_location(text: str, countries: tuple[str, ...], tmp_path: Path) -> None:
    assert one(tmp_path, Locations=text).countries == countries


def test_values_that_are_none_are_left_out(tmp_path: Path) -> None:
    trial = one(tmp_path, Enrollment="many", Start_Date="soon", Study_Results="perhaps", Phases="")

    assert trial == Trial(trial_id="NCT00000001", brief_title="A trial")


def test_a_trial_with_thousands_of_sites_is_read(tmp_path: Path) -> None:
    text = "|".join(f"Hospital number {number}, Paris, 75013, France" for number in range(5_000))
    assert len(text) > 131_072, "the longest field that Python's csv reads unless told otherwise"

    assert one(tmp_path, Locations=text).countries == ("France",)


def test_a_row_without_an_id_is_one_unusable_record(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", csv_text(csv_row(NCT_Number=""), PLAIN_CSV))

    first, second = open_source(str(path)).records()
    with pytest.raises(Exception, match="no valid trial id"):
        parse_study(first.study)
    assert parse_study(second.study) == parse_study(PLAIN_STUDY)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (csv_text(PLAIN_CSV, "NCT00000003,Cut"), r":3 is broken or truncated \(2 columns where the header has 30\)"),
        (csv_text(PLAIN_CSV, FULL_CSV[:40]), r":3 is broken or truncated \(unexpected end of data\)"),
        (csv_text(PLAIN_CSV, PLAIN_CSV + ",more"), r":3 is broken or truncated \(31 columns where the header has 30\)"),
        (csv_text('NCT00000003,"A "bad" quote"'), r":2 is broken or truncated \(',' expected after '\"'\)"),
        ("Rank,NCT Number,Title\n1,NCT00000003,Old\n", r":1 has no column 'Study Title'"),
    ],
)
def test_a_wrong_or_truncated_csv_is_refused_with_file_and_place_and_what_was_expected(
    text: str, message: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.csv", text)

    with pytest.raises(UnusableSource, match=f"^{path}{message}; expected ClinicalTrials.gov's CSV download"):
        trials_in(path)


def test_a_csv_that_is_no_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(csv_text(PLAIN_CSV, csv_row(Sponsor="Hôpital")).encode("latin-1"))

    with pytest.raises(UnusableSource, match=rf"^{path}:3 is not UTF-8 .*expected ClinicalTrials.gov's CSV"):
        trials_in(path)


@pytest.mark.parametrize("end", [b"x\n", b"x"])
def test_a_quote_or_line_that_never_ends_is_refused_before_it_fills_memory(end: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(csv_text('NCT00000003,"').encode() + end * (17 * 2**20 // len(end)))

    with pytest.raises(UnusableSource, match=rf"^{path}:\d .*expected ClinicalTrials.gov's CSV download"):
        trials_in(path)


def test_rows_are_read_in_bounded_memory(tmp_path: Path) -> None:
    row = csv_row(Brief_Summary="word " * 4_000)
    path = write(tmp_path / "long.csv", csv_text(*[row] * 500))

    tracemalloc.start()
    try:
        count = sum(1 for _ in open_source(str(path)).records())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert count == 500
    assert peak < 2**20 < path.stat().st_size / 9
