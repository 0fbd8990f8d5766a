"""ClinicalTrials.gov's "Download" as CSV, row by row in the shape of the API's study records.

It carries no official title, keywords, MeSH terms, other names of interventions, least and greatest age, nor aliases.
"""

import re
from collections.abc import Iterator
from typing import IO, Any

from indexer.sources.base import SourceRecord
from indexer.sources.delimited import as_registered, columns, count, masking, rows

EXPECTED_CSV = "ClinicalTrials.gov's CSV download, which has the columns NCT Number and Study Title"
_NEEDED = ("NCT Number", "Study Title")
# Types of today as DRUG or DIETARY_SUPPLEMENT, of older downloads as Drug or Dietary Supplement.
TYPED_INTERVENTION = re.compile(
    r"([A-Z]{2}[A-Z_]*|Behavioral|Biological|Combination Product|Device|Diagnostic Test|Dietary Supplement|Drug"
    r"|Genetic|Procedure|Radiation|Other): *(.*)",
    re.DOTALL,
)
# Locations end in their country, and these countries have a comma: "Seoul, Korea, Republic of".
_AFTER_COMMA = {
    "Democratic People's Republic of",
    "Federated States of",
    "Islamic Republic of",
    "Occupied",
    "Republic of",
    "The Democratic Republic of the",
    "The Former Yugoslav Republic of",
}


def is_csv_download(stream: IO[bytes]) -> bool:
    """Whether the header line says so. Leaves the stream at its beginning."""
    return _NEEDED[0] in columns(stream, ",")


def csv_records(stream: IO[bytes], place: str) -> Iterator[SourceRecord]:
    """Every row. Raises UnusableSource where one is broken or cut short."""
    for line, row in rows(stream, ",", place, needed=_NEEDED, what=EXPECTED_CSV):
        yield SourceRecord(f"{place}:{line}", _study(row))


def _study(row: dict[str, str]) -> dict[str, Any]:
    def text(column: str) -> str:
        return row.get(column, "")

    own_id, *other_ids = text("Other IDs").split("|")  # the sponsor's own, which the registry demands, comes first
    design = _design(text("Study Design"))
    return {
        "protocolSection": {
            "identificationModule": {
                "nctId": text("NCT Number"),
                "briefTitle": text("Study Title"),
                "acronym": text("Acronym"),
                "orgStudyIdInfo": {"id": own_id},
                "secondaryIdInfos": [{"id": one} for one in other_ids],
            },
            "statusModule": {
                "overallStatus": as_registered(text("Study Status")),
                "startDateStruct": {"date": text("Start Date")},
                "completionDateStruct": {"date": text("Completion Date")},
                "studyFirstPostDateStruct": {"date": text("First Posted")},
                "lastUpdatePostDateStruct": {"date": text("Last Update Posted")},
            },
            "sponsorCollaboratorsModule": {
                "leadSponsor": {"name": text("Sponsor"), "class": as_registered(text("Funder Type"))}
            },
            "descriptionModule": {"briefSummary": text("Brief Summary")},
            "conditionsModule": {"conditions": text("Conditions").split("|")},
            "designModule": {
                "studyType": as_registered(text("Study Type")),
                "phases": [as_registered(phase) for phase in text("Phases").split("|")],
                "designInfo": {
                    "allocation": as_registered(design.get("Allocation", "")),
                    "interventionModel": as_registered(design.get("Intervention Model", "")),
                    "primaryPurpose": as_registered(design.get("Primary Purpose", "")),
                    "maskingInfo": {"masking": masking(design.get("Masking", ""))},
                },
                "enrollmentInfo": {"count": count(text("Enrollment"))},
            },
            "armsInterventionsModule": {"interventions": _interventions(text("Interventions"))},
            "eligibilityModule": {"sex": as_registered(text("Sex"))},
            "contactsLocationsModule": {
                "locations": [{"country": _country(site)} for site in text("Locations").split("|")]
            },
        },
        "hasResults": {"YES": True, "NO": False}.get(text("Study Results").upper()),
    }


def _design(text: str) -> dict[str, str]:
    """The parts of "Allocation: RANDOMIZED|Intervention Model: PARALLEL|Masking: NONE|Primary Purpose: TREATMENT"."""
    parts = (part.partition(":") for part in text.split("|"))
    return {name.strip(): value.strip() for name, _, value in parts}


def _interventions(text: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for part in text.split("|"):
        if typed := TYPED_INTERVENTION.fullmatch(part.strip()):
            found.append({"type": as_registered(typed[1]), "name": typed[2]})
        elif found:  # every intervention has a type, so this bar is part of a name
            found[-1]["name"] += f"|{part}"
        else:
            found.append({"name": part})
    return found


def _country(site: str) -> str:
    parts = [part.strip() for part in site.split(",")]
    return ", ".join(parts[-2:]) if parts[-1] in _AFTER_COMMA else parts[-1]
