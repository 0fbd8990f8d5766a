"""Invented trials as WHO ICTRP's exports have them: XML, CSV with a header, and the full export without one."""

import csv
import io
from xml.sax.saxutils import escape

from tests.indexer.full_study import PERSONS

Fields = dict[str, str]

EUROPEAN: Fields = {
    "TrialID": "EUCTR2019-001234-56-NL",
    "Last_Refreshed_on": "21 September 2026",
    "Public_title": "Exosomes <i>against</i> ulcerative colitis &amp; Crohn&#39;s disease",
    "Scientific_title": "A randomised trial of  exosomes in\n ulcerative colitis - EXO-UC",
    "Acronym": "EXO-UC",
    "Primary_sponsor": "Clinic of Example",
    "Date_registration3": "20190402",
    "Date_registration": "02/04/2019",
    "Source_Register": "EU Clinical Trials Register",
    "web_address": "https://register.example/2019-001234-56",
    "Recruitment_Status": "Authorised-recruitment may be ongoing or finished",
    "Inclusion_agemin": "",
    "Inclusion_agemax": "",
    "Inclusion_gender": "<br>Female: yes<br>Male: yes<br>",
    "Date_enrollement": "01/05/2019",
    "Target_size": "40",
    "Study_type": "Interventional clinical trial of medicinal product",
    "Study_design": (
        "Controlled: yes<br>Randomised: yes<br>Open: no<br>Single blind: no<br>Double blind: yes<br>"
        "Parallel group: yes<br>Cross over: no<br>"
    ),
    "Phase": (
        "Human pharmacology (Phase I): no<br>Therapeutic exploratory (Phase II): yes<br>"
        "Therapeutic confirmatory - (Phase III): yes<br>Therapeutic use (Phase IV): no<br>"
    ),
    "Countries": "Netherlands;Belgium;Netherlands",
    "Contact_Firstname": PERSONS[0],
    "Contact_Lastname": PERSONS[1],
    "Contact_Address": PERSONS[2],
    "Contact_Email": PERSONS[5],
    "Contact_Tel": PERSONS[7],
    "Contact_Affiliation": PERSONS[3],
    "Inclusion_Criteria": f"Ask {PERSONS[4]}: 1. HbA1c <7;<br>2. more",
    "Condition": (
        "Ulcerative colitis <br>MedDRA version: 20.0<br>Level: PT<br>Classification code 10045365<br>"
        "Term: Ulcerative colitis<br>System Organ Class: 10017947 - Gastrointestinal disorders;"
        "Crohn's disease;Therapeutic area: Diseases [C] - Digestive System Diseases [C06]"
    ),
    "Intervention": (
        "<br>Trade Name: Vesiclar<br>Product Name: UC-MSC-Exos<br>Pharmaceutical Form: Solution for injection<br>"
        "INN or Proposed INN: EXOSOMES<br>CAS Number: 1-2-3<br>Concentration unit: mg/ml<br><br>"
        "Product Name: Whey: 20 g<br>Pharmaceutical Form: Powder<br>"
    ),
    "Secondary_ID": "UC-EXO-1;NCT01234567;Not applicable",
    "results_yes_no": "No",
    "Ethics_review_contact_name": PERSONS[4],
}
AMERICAN: Fields = {
    "TrialID": "NCT00000002",
    "Last_Refreshed_on": "1 December 2025",
    "Public_title": "Rest in Stroke",
    "Scientific_title": "Rest in Stroke",
    "Primary_sponsor": "Example University",
    "Date_registration3": "20200131",
    "Date_registration": "31/01/2020",
    "Recruitment_Status": "Recruiting",
    "Inclusion_agemin": "18 Years",
    "Inclusion_agemax": "N/A",
    "Inclusion_gender": "Female",
    "Date_enrollement": "February 2020",
    "Target_size": "120",
    "Study_type": "Interventional",
    "Study_design": (
        "Allocation: Non-Randomized. Intervention model: Single Group Assignment. Primary purpose: Treatment. "
        "Masking: None (Open Label)."
    ),
    "Phase": "Phase 1/Phase 2",
    "Countries": "United States",
    "Condition": "Stroke",
    "Intervention": "Behavioral: Rest: in bed;Drug: Placebo",
    "results_yes_no": "Yes",
}
CHINESE: Fields = {
    "TrialID": "ChiCTR2600132949",
    "Last_Refreshed_on": "2026-09-21 00:00:00",
    "Public_title": "",
    "Scientific_title": "Acupuncture after stroke",
    "Date_registration": "2026-09-20",
    "Recruitment_Status": "Not Recruiting",
    "Inclusion_agemin": "18",
    "Inclusion_agemax": "80",
    "Inclusion_gender": "Both",
    "Date_enrollement": "2026-10-01",
    "Target_size": "Acupuncture group:49;Control group:51;",
    "Study_type": "Observational study",
    "Study_design": "Parallel",
    "Phase": "N/A",
    "Countries": "China",
    "Condition": "I63.9 - Stroke",
    "Intervention": "Acupuncture group:acupuncture;Control group:none of it;",
}
TRIALS = (EUROPEAN, AMERICAN, CHINESE)
"""Fields of the XML export by name."""

XML_NAMES = tuple(dict.fromkeys(name for trial in TRIALS for name in trial))
FULL_NAMES = next(
    csv.reader(
        [
            "TrialID,,SecondaryIDs,public_title,Scientific_title,url,Public_Contact_Firstname,Public_Contact_Lastname,"
            "Public_Contact_Address,Public_Contact_Email,Public_Contact_Tel,Public_Contact_Affiliation,"
            "Scientific_Contact_Firstname,Scientific_Contact_Lastname,Scientific_Contact_Address,Scientific_Contact_Email,"
            "Scientific_Contact_Tel,Scientific_Contact_Affiliation,study_type,study_design,phase,Date_registration,"
            "Date_enrollement,Target_size,Recruitment_status,Primary_sponsor,Secondary_sponsors,Source_Support,Countries,"
            "Conditions,Interventions,Agemin,Agemax,Gender,Inclusion_Criteria,Exclusion_Criteria,Primary_Outcome,"
            "Secondary_Outcomes,Bridging_flag,Bridged_type,Childs,type_enrolment,Retrospective_flag,"
            "results_actual_enrollment,results_url_link,results_summary,results_date_posted,results_date_first_publication,"
            "results_baseline_char,results_participant_flow,results_adverse_events,results_outcome_measures,"
            "results_url_protocol,results_IPD_plan,results_IPD_description,results_date_completed,results_yes_no,"
            "Ethics_Status,Ethics_Approval_Date,Ethics_Contact_Name,Ethics_Contact_Address,Ethics_Contact_Phone,"
            "Ethics_Contact_Email"
        ]
    )
)
# What the full export calls the fields of the XML.
_IN_FULL = {
    "Last_Refreshed_on": "",
    "Secondary_ID": "SecondaryIDs",
    "Public_title": "public_title",
    "Study_type": "study_type",
    "Study_design": "study_design",
    "Phase": "phase",
    "Recruitment_Status": "Recruitment_status",
    "Condition": "Conditions",
    "Intervention": "Interventions",
    "Inclusion_agemin": "Agemin",
    "Inclusion_agemax": "Agemax",
    "Inclusion_gender": "Gender",
    "Contact_Firstname": "Public_Contact_Firstname",
    "Contact_Lastname": "Scientific_Contact_Lastname",
    "Contact_Email": "Ethics_Contact_Email",
}


def xml_text(*trials: Fields) -> str:
    """The XML export, in whose texts < is escaped and a line end stands before each closing tag."""
    lines = ["<?xml version='1.0' encoding='UTF-8' ?>", "<Trials_downloaded_from_ICTRP>"]
    for trial in trials:
        lines.append("  <Trial><Export_date>10/04/2026 04:51:51</Export_date>")
        for name in XML_NAMES:
            text = trial.get(name, "")
            lines.append(f"    <{name}>{escape(text)}\n    </{name}>" if text else f"    <{name} />")
        lines.append("  </Trial>")
    return "\n".join([*lines, "</Trials_downloaded_from_ICTRP>", ""])


def csv_text(*trials: Fields) -> str:
    """The CSV with a header, whose names have spaces."""
    return _csv([[name.replace("_", " ") for name in XML_NAMES], *(_row(trial, XML_NAMES) for trial in trials)])


def full_text(*trials: Fields) -> str:
    """The full export: no header, 63 columns, every text but the id quoted twice.

    It lacks Date_registration3 and Acronym.
    """
    rows = []
    for trial in trials:
        named = {_IN_FULL.get(name, name): text for name, text in trial.items()}
        first, *others = _row(named, FULL_NAMES)
        rows.append([first, *(f'"{text}"' for text in others)])
    return _csv(rows)


def _row(trial: Fields, names: tuple[str, ...] | list[str]) -> list[str]:
    return [trial.get(name, "") for name in names]


def _csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
