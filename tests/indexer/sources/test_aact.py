import dataclasses
import gzip
import zipfile
from pathlib import Path

import pytest

from indexer.parse import parse_study
from indexer.sources.aact import ORPHAN
from indexer.sources.base import SourceRecord
from indexer.sources.files import open_source
from search.errors import UnusableSource
from search.trial import MeshTerm, Trial
from tests.indexer.full_study import FULL_STUDY, TRACES
from tests.indexer.sources.exports import AACT, FULL_CSV, PLAIN_CSV, PLAIN_STUDY, csv_text, write_aact


def records_in(path: Path) -> list[SourceRecord]:
    return list(open_source(str(path)).records())


def trials_in(path: Path) -> list[Trial]:
    return [parse_study(record.study) for record in records_in(path)]


def without_mesh_ids(trial: Trial) -> Trial:
    def bare(terms: tuple[MeshTerm, ...]) -> tuple[MeshTerm, ...]:
        return tuple(MeshTerm(term.term) for term in terms)

    return dataclasses.replace(
        trial,
        condition_mesh=bare(trial.condition_mesh),
        condition_mesh_ancestors=bare(trial.condition_mesh_ancestors),
        intervention_mesh=bare(trial.intervention_mesh),
        intervention_mesh_ancestors=bare(trial.intervention_mesh_ancestors),
    )


def studies_row(**columns: str) -> str:
    names = AACT["studies"].partition("\n")[0].split("|")
    row = {"nct_id": "NCT00000003", "brief_title": "A trial", **columns}
    return "|".join(names) + "\n" + "|".join(row.get(name, "") for name in names) + "\n"


def test_the_same_trials_from_aact_and_as_json_are_equal_but_for_the_ids_of_mesh_terms(tmp_path: Path) -> None:
    assert trials_in(write_aact(tmp_path / "export.zip")) == [
        parse_study(PLAIN_STUDY),
        without_mesh_ids(parse_study(FULL_STUDY)),
    ]


def test_the_same_trials_from_aact_and_as_csv_are_equal_in_what_both_carry(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(csv_text(PLAIN_CSV, FULL_CSV))
    shared = ("nct_id", "brief_title", "acronym", "conditions", "brief_summary", "study_type", "phases", "status")
    shared += ("enrolment", "sex", "start_date", "completion_date", "last_update_date", "countries", "sponsor")
    shared += ("sponsor_class", "secondary_ids", "has_results", "first_posted_date", "org_study_id")
    shared += ("allocation", "intervention_model", "masking", "primary_purpose")

    def seen(path: Path) -> list[list[object]]:
        return [[getattr(trial, name) for name in shared] for trial in trials_in(path)]

    assert seen(write_aact(tmp_path / "export.zip")) == seen(tmp_path / "a.csv")


def test_the_zip_is_known_by_its_tables_whatever_its_name_and_wherever_it_lies(tmp_path: Path) -> None:
    inner = write_aact(tmp_path / "studies.csv")
    expected = trials_in(inner)
    folder = tmp_path / "folder"
    folder.mkdir()
    with zipfile.ZipFile(folder / "outer", "w") as outer:
        outer.write(inner, "down/loaded.json")
    with zipfile.ZipFile(inner) as flat, zipfile.ZipFile(folder / "within a folder", "w") as nested:
        for name in flat.namelist():
            nested.writestr(f"20261101_export/{name}", flat.read(name))

    assert trials_in(folder) == expected * 2


def test_a_record_is_placed_by_its_line_among_the_studies(tmp_path: Path) -> None:
    path = write_aact(tmp_path / "export.zip")

    # The first study's title has a line end within its quotes.
    assert [record.place for record in records_in(path)] == [f"{path}/studies.txt:4", f"{path}/studies.txt:2"]


def test_a_study_that_only_other_tables_know_is_counted_as_unusable(tmp_path: Path) -> None:
    path = write_aact(tmp_path / "export.zip", {"keywords": "id|nct_id|name\n1|NCT09999999|lost\n"})

    assert records_in(path)[-1] == SourceRecord(f"{path}/keywords.txt:2", problem=ORPHAN)
    assert [record.problem for record in records_in(path)] == [None, None, ORPHAN]


@pytest.mark.parametrize(
    ("columns", "field", "value"),
    [
        ({"overall_status": "Active, not recruiting"}, "status", "ACTIVE_NOT_RECRUITING"),
        ({"overall_status": "Unknown status"}, "status", "UNKNOWN"),
        ({"phase": "Phase 1/Phase 2"}, "phases", ("PHASE1", "PHASE2")),
        ({"phase": "Early Phase 1"}, "phases", ("EARLY_PHASE1",)),
        ({"phase": "N/A"}, "phases", ("NA",)),
        ({"study_type": "Observational [Patient Registry]"}, "study_type", "OBSERVATIONAL"),
        ({"start_month_year": "May 2019", "start_date": "2019-05-31"}, "start_date", "2019-05"),
        ({"start_month_year": "May 20, 2019"}, "start_date", "2019-05-20"),
        ({"completion_date": "2019-05-31"}, "completion_date", "2019-05-31"),
        ({"results_first_posted_date": "2019-05-31"}, "has_results", True),
    ],
)
def test_an_older_export_s_spelling_becomes_the_api_s(
    columns: dict[str, str], field: str, value: object, tmp_path: Path
) -> None:
    changes: dict[str, str | None] = {name: text.partition("\n")[0] + "\n" for name, text in AACT.items()}
    (trial,) = trials_in(write_aact(tmp_path / "export.zip", {**changes, "studies": studies_row(**columns)}))

    assert getattr(trial, field) == value


def test_mesh_terms_of_an_export_that_does_not_tell_them_apart_are_headings(tmp_path: Path) -> None:
    changes: dict[str, str | None] = {"browse_conditions": "id|nct_id|mesh_term\n1|NCT00000002|Stroke\n"}

    plain, _ = trials_in(write_aact(tmp_path / "export.zip", changes))

    assert (plain.condition_mesh, plain.condition_mesh_ancestors) == ((MeshTerm("Stroke"),), ())


def test_an_export_without_designs_is_read_and_says_nothing_of_them(tmp_path: Path) -> None:
    _, full = trials_in(write_aact(tmp_path / "export.zip", {"designs": None}))

    expected = without_mesh_ids(parse_study(FULL_STUDY))
    assert full == dataclasses.replace(
        expected, allocation=None, intervention_model=None, masking=None, primary_purpose=None
    )


@pytest.mark.parametrize(
    ("row", "design"),
    [
        (
            "Randomized|Parallel Assignment|Educational/Counseling/Training|Double Blind (Subject, Investigator)",
            ("RANDOMIZED", "PARALLEL", "ECT", "DOUBLE"),
        ),
        (
            "Non-Randomized|Single Group Assignment|Supportive Care|None (Open Label)",
            ("NON_RANDOMIZED", "SINGLE_GROUP", "SUPPORTIVE_CARE", "NONE"),
        ),
        ("N/A|||Open Label", ("NA", None, None, "NONE")),
    ],
)
def test_an_older_export_s_design_becomes_the_api_s(row: str, design: tuple[str | None, ...], tmp_path: Path) -> None:
    header = "nct_id|allocation|intervention_model|primary_purpose|masking"
    path = write_aact(tmp_path / "export.zip", {"designs": f"{header}\nNCT00000002|{row}\n"})

    trial, _ = trials_in(path)

    assert (trial.allocation, trial.intervention_model, trial.primary_purpose, trial.masking) == design


def test_no_person_is_in_a_record_of_aact(tmp_path: Path) -> None:
    text = repr(records_in(write_aact(tmp_path / "export.zip"))).lower()

    assert "exosomes" in text
    assert [trace for trace in TRACES if trace in text] == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"conditions": None, "sponsors": None},
            " has no conditions.txt, sponsors.txt; expected all tables of AACT's pipe-delimited zip",
        ),
        (
            {"conditions": "id|nct_id|name\n1|NCT00000002|Stroke\n2|NCT0"},
            r"/conditions.txt:3 is broken or truncated \(2 columns where the header has 3\); expected a pipe-delimited",
        ),
        (
            {"keywords": 'id|nct_id|name\n1|NCT00000002|"never closed\n'},
            r"/keywords.txt:2 is broken or truncated \(unexpected end of data\); expected a pipe-delimited",
        ),
        ({"keywords": ""}, "/keywords.txt:1 has no column 'nct_id'; expected a pipe-delimited"),
        ({"sponsors": "id|nct_id|agency\n"}, "/sponsors.txt:1 has no column 'name'; expected a pipe-delimited"),
    ],
)
def test_a_wrong_or_truncated_export_is_refused_with_file_and_place_and_what_was_expected(
    changes: dict[str, str | None], message: str, tmp_path: Path
) -> None:
    path = write_aact(tmp_path / "export.zip", changes)

    with pytest.raises(UnusableSource, match=f"^{path}{message}"):
        records_in(path)


def test_an_export_cut_anywhere_is_refused_by_name(tmp_path: Path) -> None:
    path = write_aact(tmp_path / "export.zip")
    whole = path.read_bytes()

    for cut in (len(whole) // 3, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(UnusableSource, match=f"^{path} is a broken or truncated zip file"):
            records_in(path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_one_table_alone_is_refused_with_what_to_name(pack: type[bytes], tmp_path: Path) -> None:
    path = tmp_path / "studies.txt"
    path.write_bytes(pack(AACT["studies"].encode()))

    with pytest.raises(UnusableSource, match=f"^{path} is one table of an AACT export; name the zip"):
        records_in(path)


def test_a_zip_may_hold_several_exports_and_other_records_beside_them(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    changes: dict[str, str | None] = {name: text.partition("\n")[0] + "\n" for name, text in AACT.items()}
    other = write_aact(tmp_path / "other.zip", {**changes, "studies": studies_row(nct_id="NCT00000003")})
    with zipfile.ZipFile(path, "w") as outer:
        for folder, export in (("b/old", write_aact(tmp_path / "export.zip")), ("b/new", other)):
            with zipfile.ZipFile(export) as inner:
                for name in inner.namelist():
                    outer.writestr(f"{folder}/{name}", inner.read(name))
        outer.writestr("a.csv", csv_text(PLAIN_CSV))

    assert [record.place.removeprefix(f"{path}/") for record in records_in(path)] == [
        "a.csv:2",
        "b/new/studies.txt:2",
        "b/old/studies.txt:4",
        "b/old/studies.txt:2",
    ]


def test_a_zip_with_a_file_of_that_name_but_study_records_in_it_is_read_as_such(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("studies.txt", csv_text(PLAIN_CSV))

    assert trials_in(path) == [parse_study(PLAIN_STUDY)]


def test_the_rows_of_many_studies_in_no_order_find_their_study(tmp_path: Path) -> None:
    ids = [f"NCT{number:08}" for number in range(1, 2_001)]
    changes: dict[str, str | None] = {name: text.partition("\n")[0] + "\n" for name, text in AACT.items()}
    header, _, row = studies_row(nct_id="NCT", brief_title="Trial NCT").partition("\n")
    changes["studies"] = header + "\n" + "".join(row.replace("NCT", one) for one in reversed(ids))
    changes["conditions"] = "id|nct_id|name\n" + "".join(
        f"{number}|{one}|Condition of {one}\n" for number, one in enumerate(ids[1::2] + ids[::2])
    )

    trials = trials_in(write_aact(tmp_path / "export.zip", changes))

    assert [(trial.nct_id, trial.brief_title, trial.conditions) for trial in trials] == [
        (one, f"Trial {one}", (f"Condition of {one}",)) for one in ids
    ]
