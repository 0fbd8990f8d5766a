"""The full study and a plain one as ClinicalTrials.gov's CSV download and AACT's tables have them."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

from tests.indexer.full_study import PERSONS
from tests.records import study

CSV_HEADER = (
    "NCT Number,Study Title,Study URL,Acronym,Study Status,Brief Summary,Study Results,Conditions,Interventions,"
    "Primary Outcome Measures,Secondary Outcome Measures,Other Outcome Measures,Sponsor,Collaborators,Sex,Age,Phases,"
    "Enrollment,Funder Type,Study Type,Study Design,Other IDs,Start Date,Primary Completion Date,Completion Date,"
    "First Posted,Results First Posted,Last Update Posted,Locations,Study Documents"
)
FULL_CSV = (
    'NCT01234567,"Exosomes in  Ulcerative\n Colitis",https://clinicaltrials.gov/study/NCT01234567,EXO-UC,'
    'ACTIVE_NOT_RECRUITING,"Exosomes are given.\n\n  The colon is looked at.",NO,'
    "Ulcerative Colitis|Inflammatory Bowel Diseases,BIOLOGICAL: Exosomes|DRUG: Placebo,"
    '"Mayo score, the colon ""looked at"", week 8",,,Clinic of Example,Example Foundation,ALL,"ADULT, OLDER_ADULT",'
    "PHASE1|PHASE2,40,OTHER,INTERVENTIONAL,"
    '"Allocation: RANDOMIZED|Intervention Model: PARALLEL|Masking: DOUBLE (PARTICIPANT, INVESTIGATOR)|'
    'Primary Purpose: TREATMENT",'
    "UC-EXO-1|2019-001234-56|U1111-1234-5678,2019-05,2021-01-31,2024,2019-04-02,,2023-11-30,"
    '"Practice, Utrecht, 3511, Netherlands|Elsewhere, Ghent, Belgium|Nearby, Utrecht, Netherlands",'
)
PLAIN_CSV = (
    "NCT00000002,Rest in Stroke,https://clinicaltrials.gov/study/NCT00000002,,COMPLETED,,YES,Stroke,,,,,,,,,NA,,,"
    "OBSERVATIONAL,,,,,,,,,,"
)
PLAIN_STUDY: dict[str, Any] = {
    **study(
        "NCT00000002",
        "Rest in Stroke",
        conditions=["Stroke"],
        statusModule={"overallStatus": "COMPLETED"},
        designModule={"studyType": "OBSERVATIONAL", "phases": ["NA"]},
    ),
    "hasResults": True,
}

AACT = {
    # The order of the tables' rows is not that of the trials.
    "studies": (
        "nct_id|nlm_download_date_description|start_month_year|start_date|completion_month_year|completion_date|"
        "study_type|acronym|brief_title|official_title|overall_status|phase|enrollment|source_class|"
        "study_first_posted_date|last_update_posted_date|results_first_posted_date\n"
        'NCT01234567||2019-05|2019-05-31|2024|2024-12-31|INTERVENTIONAL|EXO-UC|"Exosomes in  Ulcerative\n Colitis"|'
        "A Randomized Trial of Exosomes in Ulcerative Colitis|ACTIVE_NOT_RECRUITING|PHASE1/PHASE2|40|OTHER|"
        "2019-04-02|2023-11-30|\n"
        "NCT00000002||||||OBSERVATIONAL||Rest in Stroke||COMPLETED|NA|||||2020-01-01\n"
    ),
    "brief_summaries": 'id|nct_id|description\n9|NCT01234567|"Exosomes are given.\n\n  The colon is looked at."\n',
    "browse_conditions": (
        "id|nct_id|mesh_term|downcase_mesh_term|mesh_type\n"
        "3|NCT01234567|Gastroenteritis|gastroenteritis|mesh-ancestor\n"
        "2|NCT01234567|Colitis|colitis|mesh-ancestor\n"
        "1|NCT01234567|Colitis, Ulcerative|colitis, ulcerative|mesh-list\n"
    ),
    "browse_interventions": (
        "id|nct_id|mesh_term|downcase_mesh_term|mesh_type\n"
        "1|NCT01234567|Exosomes|exosomes|mesh-list\n"
        "2|NCT01234567|Cytoplasmic Vesicles|cytoplasmic vesicles|mesh-ancestor\n"
    ),
    "conditions": (
        "id|nct_id|name|downcase_name\n"
        "10|NCT01234567|Inflammatory Bowel Diseases|inflammatory bowel diseases\n"
        "5|NCT00000002|Stroke|stroke\n"
        "9|NCT01234567|Ulcerative Colitis|ulcerative colitis\n"
    ),
    "countries": (
        "id|nct_id|name|removed\n1|NCT01234567|Netherlands|f\n2|NCT01234567|Belgium|\n3|NCT01234567|France|t\n"
    ),
    "designs": (
        "id|nct_id|allocation|intervention_model|observational_model|primary_purpose|time_perspective|masking|"
        "masking_description\n1|NCT01234567|RANDOMIZED|PARALLEL||TREATMENT||DOUBLE|Kept by a pharmacist.\n"
    ),
    "eligibilities": (
        "id|nct_id|sampling_method|gender|minimum_age|maximum_age|criteria\n"
        f"1|NCT01234567||ALL|18 Years|70 Years|Call {PERSONS[8]} first.\n"
        "2|NCT00000002|||N/A|N/A|\n"
    ),
    "id_information": (
        "id|nct_id|id_source|id_type|id_type_description|id_link|id_value\n"
        "1|NCT01234567|nct_alias||||NCT00000017\n"
        "2|NCT01234567|nct_alias||||NCT00000018\n"
        "3|NCT01234567|secondary_id|EUDRACT_NUMBER|||2019-001234-56\n"
        "4|NCT01234567|secondary_id||WHO||U1111-1234-5678\n"
        "5|NCT01234567|org_study_id||||UC-EXO-1\n"
    ),
    "intervention_other_names": (
        "id|nct_id|intervention_id|name\n1|NCT01234567|700|UC-MSC-Exos\n2|NCT01234567|700|Extracellular vesicles\n"
    ),
    "interventions": (
        "id|nct_id|intervention_type|name|description\n"
        f'701|NCT01234567|DRUG|Placebo|\n700|NCT01234567|BIOLOGICAL|Exosomes|"Made | by {PERSONS[1]}."\n'
    ),
    "keywords": (
        "id|nct_id|name|downcase_name\n"
        "1|NCT01234567|exosome|exosome\n2|NCT01234567|mesenchymal stem cell|mesenchymal stem cell\n"
    ),
    "sponsors": (
        "id|nct_id|agency_class|lead_or_collaborator|name\n"
        "1|NCT01234567|OTHER|collaborator|Example Foundation\n2|NCT01234567|OTHER|lead|Clinic of Example\n"
    ),
    "central_contacts": (
        "id|nct_id|contact_type|name|phone|email|phone_extension|role\n"
        f"1|NCT01234567|primary|{PERSONS[1]}|{PERSONS[7]}|{PERSONS[6]}|{PERSONS[9]}|CONTACT\n"
    ),
    "overall_officials": f"id|nct_id|role|name|affiliation\n1|NCT01234567|STUDY_CHAIR|{PERSONS[2]}|Clinic of Example\n",
    # What is never opened may be anything.
    "facility_contacts": f'id|nct_id|"{PERSONS[0]}',
}


def csv_text(*rows: str) -> str:
    """The header and `rows`."""
    return "".join(f"{line}\n" for line in (CSV_HEADER, *rows))


def csv_row(**columns: str) -> str:
    """One row, with `columns` by their names with _ for a space: `NCT_Number`."""
    row = {name.replace("_", " "): text for name, text in columns.items()}
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_HEADER.split(","), restval="", lineterminator="")
    writer.writerow({"NCT Number": "NCT00000001", "Study Title": "A trial", **row})
    return out.getvalue()


def write_aact(path: Path, changes: dict[str, str | None] | None = None) -> Path:
    """AACT's zip, with the tables of `changes` replaced, or left out where None."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**AACT, **(changes or {})}.items():
            if text is not None:
                archive.writestr(f"{name}.txt", text)
        archive.writestr("schema.png", b"\x89PNG no records")
    return path
