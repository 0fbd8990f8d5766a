"""AACT's zip of pipe-delimited tables, joined by NCT id, in the shape of the API's study records.

It carries no ids of MeSH terms. Of its tables only those listed here are opened; none of them names a person.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from itertools import groupby
from typing import IO, Any

import orjson

from indexer.sources.base import SourceRecord
from indexer.sources.delimited import as_registered, columns, count, masking, rows
from search.errors import UnusableSource

Row = dict[str, str]
Tables = Mapping[str, Callable[[], IO[bytes]]]

ORPHAN = "no row in AACT's studies.txt"
# The columns read of each table; its first must be there, others have come and gone over the years.
_COLUMNS = {
    "studies": (
        "brief_title",
        "official_title",
        "acronym",
        "study_type",
        "phase",
        "overall_status",
        "enrollment",
        "start_month_year",
        "start_date",
        "completion_month_year",
        "completion_date",
        "study_first_posted_date",
        "last_update_posted_date",
        "results_first_posted_date",
    ),
    "brief_summaries": ("description",),
    "browse_conditions": ("mesh_term", "mesh_type"),
    "browse_interventions": ("mesh_term", "mesh_type"),
    "conditions": ("name",),
    "countries": ("name", "removed"),
    "designs": ("allocation", "intervention_model", "primary_purpose", "masking"),
    "eligibilities": ("gender", "minimum_age", "maximum_age"),
    "id_information": ("id_value", "id_source", "id_type"),
    "intervention_other_names": ("name", "intervention_id"),
    "interventions": ("name", "intervention_type", "id"),
    "keywords": ("name",),
    "sponsors": ("name", "lead_or_collaborator", "agency_class"),
}
_NAMES = tuple(_COLUMNS)
# What is left out where it is missing: no trial is found or lost by it.
_OPTIONAL = {"designs"}
# A cache of 64 MiB, whatever the size of the export.
_CACHE_KIB = 64 * 2**10


def is_aact_table(stream: IO[bytes]) -> bool:
    """Whether the header line says so. Leaves the stream at its beginning."""
    return "nct_id" in columns(stream, "|")


def aact_records(tables: Tables, place: str) -> Iterator[SourceRecord]:
    """Every study of `tables` (file name -> what opens it), in NCT-id order.

    The tables are not in one order, so their rows go through a temporary database on disk (where TMPDIR says).
    Raises UnusableSource where a table is missing, broken or cut short.
    """
    missing = [_file(name) for name in _NAMES if name not in _OPTIONAL and _file(name) not in tables]
    if missing:
        raise UnusableSource(f"{place} has no {', '.join(missing)}; expected all tables of AACT's pipe-delimited zip")
    try:
        # The empty name is SQLite's for a database in a temporary file.
        with closing(sqlite3.connect("")) as database:
            database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            database.execute("PRAGMA journal_mode = OFF")
            database.execute("PRAGMA temp_store = FILE")
            database.execute("CREATE TABLE line (nct_id TEXT, part INTEGER, id INTEGER, place INTEGER, fields BLOB)")
            for part, name in enumerate(_NAMES):
                if _file(name) not in tables:
                    continue
                with tables[_file(name)]() as stream:
                    database.executemany(
                        "INSERT INTO line VALUES (?, ?, ?, ?, ?)", _packed(stream, part, f"{place}/{_file(name)}")
                    )
            found = database.execute("SELECT nct_id, part, place, fields FROM line ORDER BY nct_id, part, id, rowid")
            for nct_id, lines in groupby(found, key=lambda line: str(line[0])):
                yield _record(nct_id, lines, place)
    except sqlite3.Error as error:
        raise UnusableSource(
            f"cannot join the tables of {place} in temporary files ({error}); TMPDIR may name a folder with more room"
        ) from error


def _file(name: str) -> str:
    return f"{name}.txt"


def _packed(stream: IO[bytes], part: int, place: str) -> Iterator[tuple[str, int, int, int, bytes]]:
    wanted = _COLUMNS[_NAMES[part]]
    for line, row in rows(
        stream, "|", place, needed=("nct_id", wanted[0]), what="a pipe-delimited table of AACT with nct_id"
    ):
        fields = [row.get(column, "") for column in wanted]
        yield row["nct_id"], part, count(row.get("id", "")) or 0, line, orjson.dumps(fields)


def _record(nct_id: str, lines: Iterator[tuple[str, int, int, bytes]], place: str) -> SourceRecord:
    found: dict[str, list[Row]] = defaultdict(list)
    where = ""
    for _, part, line, fields in lines:
        name = _NAMES[part]
        found[name].append(dict(zip(_COLUMNS[name], orjson.loads(fields), strict=True)))
        where = where or f"{place}/{_file(name)}:{line}"
    if not found["studies"]:
        return SourceRecord(where, problem=ORPHAN)
    return SourceRecord(where, _study(nct_id, found))


def _study(nct_id: str, found: Mapping[str, list[Row]]) -> dict[str, Any]:
    study = found["studies"][0]
    eligibility = _first(found["eligibilities"])
    design = _first(found["designs"])
    lead = _first([row for row in found["sponsors"] if row["lead_or_collaborator"].lower() == "lead"])
    ids: dict[str, list[str]] = defaultdict(list)
    for row in found["id_information"]:
        ids[row["id_source"] or row["id_type"]].append(row["id_value"])
    return {
        "protocolSection": {
            "identificationModule": {
                "nctId": nct_id,
                "nctIdAliases": ids["nct_alias"],
                "briefTitle": study["brief_title"],
                "officialTitle": study["official_title"],
                "acronym": study["acronym"],
                "orgStudyIdInfo": {"id": next(iter(ids["org_study_id"]), None)},
                "secondaryIdInfos": [{"id": one} for one in [*ids["org_study_id"][1:], *ids["secondary_id"]]],
            },
            "statusModule": {
                "overallStatus": as_registered(study["overall_status"]),
                "startDateStruct": {"date": _date(study["start_month_year"]) or study["start_date"]},
                "completionDateStruct": {"date": _date(study["completion_month_year"]) or study["completion_date"]},
                "studyFirstPostDateStruct": {"date": study["study_first_posted_date"]},
                "lastUpdatePostDateStruct": {"date": study["last_update_posted_date"]},
            },
            "sponsorCollaboratorsModule": {
                "leadSponsor": {
                    "name": lead.get("name"),
                    "class": as_registered(lead.get("agency_class", "")),
                }
            },
            "descriptionModule": {"briefSummary": _first(found["brief_summaries"]).get("description")},
            "conditionsModule": {
                "conditions": [row["name"] for row in found["conditions"]],
                "keywords": [row["name"] for row in found["keywords"]],
            },
            "designModule": {
                "studyType": as_registered(study["study_type"]),
                "phases": _phases(study["phase"]),
                "designInfo": {
                    "allocation": as_registered(design.get("allocation", "")),
                    "interventionModel": as_registered(design.get("intervention_model", "")),
                    "primaryPurpose": as_registered(design.get("primary_purpose", "")),
                    "maskingInfo": {"masking": masking(design.get("masking", ""))},
                },
                "enrollmentInfo": {"count": count(study["enrollment"])},
            },
            "armsInterventionsModule": {"interventions": list(_interventions(found))},
            "eligibilityModule": {
                "sex": as_registered(eligibility.get("gender", "")),
                "minimumAge": _age(eligibility.get("minimum_age", "")),
                "maximumAge": _age(eligibility.get("maximum_age", "")),
            },
            "contactsLocationsModule": {
                "locations": [
                    # Those of sites that were withdrawn; the registry lists them apart.
                    {"country": row["name"]}
                    for row in found["countries"]
                    if row["removed"].lower() not in {"t", "true"}
                ]
            },
        },
        "derivedSection": {
            "conditionBrowseModule": _mesh(found["browse_conditions"]),
            "interventionBrowseModule": _mesh(found["browse_interventions"]),
        },
        "hasResults": bool(study["results_first_posted_date"]),
    }


def _first(found: list[Row]) -> Row:
    return found[0] if found else {}


def _interventions(found: Mapping[str, list[Row]]) -> Iterator[dict[str, Any]]:
    other_names: dict[str, list[str]] = defaultdict(list)
    for row in found["intervention_other_names"]:
        other_names[row["intervention_id"]].append(row["name"])
    for row in found["interventions"]:
        kind = as_registered(row["intervention_type"])
        yield {"type": kind, "name": row["name"], "otherNames": other_names[row["id"]]}


def _mesh(found: list[Row]) -> dict[str, list[dict[str, str]]]:
    # Older exports have headings only, and no column that says so.
    ancestors = [row["mesh_type"] == "mesh-ancestor" for row in found]
    terms = [{"term": row["mesh_term"]} for row in found]
    return {
        "meshes": [term for term, ancestor in zip(terms, ancestors, strict=True) if not ancestor],
        "ancestors": [term for term, ancestor in zip(terms, ancestors, strict=True) if ancestor],
    }


def _phases(text: str) -> list[str]:
    return ["NA"] if text == "N/A" else [as_registered(phase) for phase in text.split("/")]


def _age(text: str) -> str:
    return "" if text == "N/A" else text


def _date(text: str) -> str:
    """A date as the API has it; older exports write "May 2019" or "May 20, 2019"."""
    for written, meant in (("%B %d, %Y", "%Y-%m-%d"), ("%B %Y", "%Y-%m")):
        try:
            return datetime.strptime(text, written).strftime(meant)
        except ValueError:
            continue
    return text
