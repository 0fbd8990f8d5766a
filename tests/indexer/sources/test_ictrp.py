import dataclasses
import gzip
import io
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.parse import UnusableRecord, parse_study
from indexer.sources.base import SourceRecord
from indexer.sources.files import open_source
from indexer.sources.ictrp_csv import MISSHAPEN, ictrp_csv_records
from indexer.sources.ictrp_xml import ictrp_xml_records
from search.errors import UnusableSource
from search.trial import Intervention, Trial
from tests.indexer.full_study import TRACES
from tests.indexer.sources.ictrp_exports import (
    AMERICAN,
    CHINESE,
    EUROPEAN,
    FULL_NAMES,
    TRIALS,
    Fields,
    csv_text,
    full_text,
    xml_text,
)

EXPECTED = [
    Trial(
        trial_id="EUCTR2019-001234-56",
        brief_title="Exosomes against ulcerative colitis & Crohn's disease",
        official_title="A randomised trial of exosomes in ulcerative colitis - EXO-UC",
        acronym="EXO-UC",
        conditions=("Ulcerative colitis", "Crohn's disease"),
        interventions=(
            Intervention(name="EXOSOMES", other_names=("UC-MSC-Exos", "Vesiclar")),
            Intervention(name="Whey: 20 g"),
        ),
        study_type="INTERVENTIONAL",
        phases=("PHASE2", "PHASE3"),
        status="Authorised-recruitment may be ongoing or finished",
        enrolment=40,
        sex="ALL",
        start_date="2019-05-01",
        last_update_date="2026-09-21",
        first_posted_date="2019-04-02",
        countries=("Netherlands", "Belgium"),
        sponsor="Clinic of Example",
        allocation="RANDOMIZED",
        intervention_model="PARALLEL",
        masking="DOUBLE",
        secondary_ids=("UC-EXO-1", "NCT01234567"),
        has_results=False,
    ),
    Trial(
        trial_id="NCT00000002",
        brief_title="Rest in Stroke",
        official_title="Rest in Stroke",
        conditions=("Stroke",),
        interventions=(
            Intervention(name="Rest: in bed", type="BEHAVIORAL"),
            Intervention(name="Placebo", type="DRUG"),
        ),
        study_type="INTERVENTIONAL",
        phases=("PHASE1", "PHASE2"),
        status="RECRUITING",
        enrolment=120,
        sex="FEMALE",
        minimum_age="18 Years",
        start_date="2020-02",
        last_update_date="2025-12-01",
        first_posted_date="2020-01-31",
        countries=("United States",),
        sponsor="Example University",
        allocation="NON_RANDOMIZED",
        intervention_model="SINGLE_GROUP",
        masking="NONE",
        primary_purpose="TREATMENT",
        has_results=True,
    ),
    Trial(
        trial_id="ChiCTR2600132949",
        brief_title="Acupuncture after stroke",
        official_title="Acupuncture after stroke",
        conditions=("Stroke",),
        interventions=(
            Intervention(name="Acupuncture group:acupuncture"),
            Intervention(name="Control group:none of it"),
        ),
        study_type="OBSERVATIONAL",
        phases=("NA",),
        status="Not Recruiting",
        enrolment=100,
        sex="ALL",
        minimum_age="18 Years",
        maximum_age="80 Years",
        start_date="2026-10-01",
        last_update_date="2026-09-21",
        first_posted_date="2026-09-20",
        countries=("China",),
        intervention_model="PARALLEL",
    ),
]
WRITTEN = {"xml": xml_text, "csv": csv_text, "full export": full_text}
Write = Callable[..., str]


@pytest.fixture(params=WRITTEN.values(), ids=WRITTEN)
def written(request: pytest.FixtureRequest) -> Write:
    write: Write = request.param
    return write


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def records_in(path: Path) -> list[SourceRecord]:
    return list(open_source(str(path)).records())


def trials_in(path: Path) -> list[Trial]:
    return [parse_study(record.study) for record in records_in(path)]


def carried(write: Write) -> list[Trial]:
    """The trials as far as that export has them."""
    return [dataclasses.replace(trial, acronym=None) for trial in EXPECTED] if write is full_text else EXPECTED


def test_the_same_trials_are_read_from_every_export(written: Write, tmp_path: Path) -> None:
    assert trials_in(write(tmp_path / "export", written(*TRIALS))) == carried(written)


def test_an_export_is_known_by_its_content_however_it_is_packed(
    written: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = written(*TRIALS).encode()
    (tmp_path / "a.json").write_bytes(text)
    (tmp_path / "b.csv").write_bytes(gzip.compress(text))
    with zipfile.ZipFile(tmp_path / "c.txt", "w") as archive:
        archive.writestr("inner", b"\xef\xbb\xbf" + text)

    assert trials_in(tmp_path) == carried(written) * 3

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert [parse_study(record.study) for record in open_source("-").records()] == carried(written)


def test_a_record_is_placed_by_its_line_and_known_for_a_copy(written: Write, tmp_path: Path) -> None:
    path = write(tmp_path / "export", written(*TRIALS))

    found = records_in(path)

    lines = path.read_text().splitlines()
    for record, trial_id in zip(found, ("EUCTR2019", "NCT00000002", "ChiCTR26"), strict=True):
        line = int(record.place.removeprefix(f"{path}:"))
        assert trial_id in "".join(lines[line - 1 : line + 2])
        assert record.secondhand


def test_no_person_is_in_a_record(written: Write, tmp_path: Path) -> None:
    text = repr(records_in(write(tmp_path / "export", written(*TRIALS)))).lower()

    assert "exosomes" in text
    assert [trace for trace in TRACES if trace in text] == []


def test_a_trial_without_a_valid_id_is_one_unusable_record(written: Write, tmp_path: Path) -> None:
    path = write(tmp_path / "export", written(AMERICAN, {**CHINESE, "TrialID": "null"}, EUROPEAN))

    first, second, third = records_in(path)

    with pytest.raises(UnusableRecord, match="no valid trial id"):
        parse_study(second.study)
    european, american, _ = carried(written)
    assert [parse_study(first.study), parse_study(third.study)] == [american, european]


def test_columns_may_stand_in_any_order_and_most_may_be_missing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "Public title,TrialID\nRest,isrctn12345678\n")

    assert trials_in(path) == [Trial(trial_id="ISRCTN12345678", brief_title="Rest")]


def test_a_misshapen_row_is_one_broken_record_and_a_short_last_one_the_end_of_a_cut_file(tmp_path: Path) -> None:
    header, first, second, third = csv_text(AMERICAN, AMERICAN, CHINESE).splitlines()
    text = "\n".join([header, first + ",more", second.rpartition(",")[0], third, ""])

    assert [
        (record.place.rpartition(":")[2], record.problem) for record in records_in(write(tmp_path / "a", text))
    ] == [
        ("2", MISSHAPEN),
        ("3", MISSHAPEN),
        ("4", None),
    ]

    path = write(tmp_path / "b", text + third.rpartition(",")[0])
    with pytest.raises(
        UnusableSource, match=rf"^{path}:5 is broken or truncated \(31 columns where the others have 32\)"
    ):
        records_in(path)


def test_characters_that_xml_forbids_are_blanks_wherever_a_chunk_ends(tmp_path: Path) -> None:
    whole = xml_text({**AMERICAN, "Public_title": "Rest@in@Stroke"})
    for padding in (0, *range(65_400, 65_640, 7)):
        text = whole.replace("Rest@in@Stroke", "Rest&#x1F;in\x0bStroke").replace(
            "<Trials", f"<!--{'x' * padding}--><Trials", 1
        )
        assert trials_in(write(tmp_path / "a", text)) == [EXPECTED[1]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<html><body>Service unavailable</body></html>", ":1 has the root element <html>"),
        ("<!DOCTYPE html>\n<html></html>", ":1 declares the document type 'html', so it is a web page"),
        (
            '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>\n<Trials_downloaded_from_ICTRP>&b;',
            ":1 declares the document type 'x'",
        ),
        ("<Trials_downloaded_from_ICTRP>\n<Study/>", ":2 has the element <Study> where a <Trial> should be"),
        (
            xml_text(EUROPEAN, CHINESE).partition("</Trials")[0],
            r":\d+ is broken or truncated XML after 2 trials \(no element found\)",
        ),
        (
            xml_text(EUROPEAN).replace("</Trial>", "</Trail>"),
            r":\d+ is broken or truncated XML after 0 trials \(mismatched tag\)",
        ),
        ("TrialID,Scientific\n", ":1 has no column 'Public title'"),
        ("NCT00000001,a,b\n", ":1 begins with the id of a trial and has 3 columns where ICTRP's full export has 63"),
        (full_text(CHINESE)[:-30], r":1 .*"),
        (csv_text(CHINESE)[:-40] + '"', r":2 is broken or truncated \("),
    ],
)
def test_a_wrong_or_truncated_export_is_refused_with_file_and_place_and_what_was_expected(
    text: str, message: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "export", text)

    with pytest.raises(UnusableSource, match=f"^{path}{message}.*; expected WHO ICTRP's export of trials"):
        records_in(path)


def test_a_text_without_end_is_refused_before_it_fills_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(f"<Trials_downloaded_from_ICTRP><Trial><Condition>{'x' * 17 * 2**20}")

    with pytest.raises(UnusableSource, match=f"^{path} has no trial within 16,777,216 bytes; expected WHO ICTRP's"):
        records_in(path)


def test_the_full_export_has_as_many_columns_as_who_lists_and_one_without_a_name() -> None:
    assert len(FULL_NAMES) == 63
    assert FULL_NAMES.count("") == 1


def test_a_row_of_the_full_export_that_says_trialid_is_no_header(tmp_path: Path) -> None:
    path = write(tmp_path / "full", full_text({**AMERICAN, "Primary_sponsor": "TrialID"}))

    assert [trial.sponsor for trial in trials_in(path)] == ["TrialID"]


CHANGES = st.dictionaries(
    st.sampled_from(sorted({name for trial in TRIALS for name in trial} - {"TrialID", "Public_title"})),
    st.one_of(
        st.sampled_from(
            [";", "<br>", "&lt;br&gt;", "-", "N/A", "no limit", "0000-00-00", "31/02/2020", "Phase", "<b", "²"]
        ),
        st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters='"'), max_size=40),
    ),
)


@given(changes=CHANGES)
def test_a_trial_is_read_and_the_same_from_every_export_whatever_its_fields_say(changes: Fields) -> None:
    trial = {**AMERICAN, **changes}
    streams = {name: io.BytesIO(write(trial).encode()) for name, write in WRITTEN.items()}

    (by_xml,) = ictrp_xml_records(streams["xml"], "a")
    (by_csv,) = ictrp_csv_records(streams["csv"], "a")

    read = parse_study(by_xml.study)
    assert read.trial_id == "NCT00000002"
    assert parse_study(by_csv.study) == read
    (by_full,) = ictrp_csv_records(streams["full export"], "a")
    lacking = {"first_posted_date": None, "acronym": None}
    assert dataclasses.replace(parse_study(by_full.study), **lacking) == dataclasses.replace(read, **lacking)


@pytest.mark.parametrize(("write", "read"), [(xml_text, ictrp_xml_records), (csv_text, ictrp_csv_records)])
@given(data=st.data())
def test_an_export_that_is_changed_anywhere_is_read_or_refused_and_never_fails_otherwise(
    write: Write, read: Callable[[io.BytesIO, str], Iterator[SourceRecord]], data: st.DataObject
) -> None:
    whole = write(*TRIALS).encode()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 200)))
    changed = whole[:start] + data.draw(st.binary(max_size=20)) + whole[end:]

    said = _said(read(io.BytesIO(changed), "export"))

    assert said is None or said.startswith("export") or said in {"no valid trial id", "no title"}


def _said(records: Iterator[SourceRecord]) -> str | None:
    try:
        for record in records:
            if record.problem is None:
                parse_study(record.study)
    except (UnusableSource, UnusableRecord) as refused:
        return str(refused)
    return None
