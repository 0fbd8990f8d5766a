"""A record of WHO's International Clinical Trials Registry Platform in the shape of the API's study records.

ICTRP gathers what some twenty registries send it. It has no summaries, keywords, MeSH terms or kinds of sponsor. The
names of its fields are read where public code lists them: those of the search page's export in the repositories that
read it, those of the full export in `ICTRP_export_datafields.txt`, which WHO hands out with it
(worcjamessmith/COVID-trial-characteristics, data/initial_import/raw). Contacts are among them, and never read.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from indexer.sources import ictrp_values as values
from indexer.sources.ictrp_countries import countries
from indexer.sources.ictrp_interventions import interventions

EXPECTED_ICTRP = "WHO ICTRP's export of trials (XML, or CSV with the column TrialID)"
# What a field is called: in the XML of the search page, in its CSV, in the full export.
_NAMES = {
    "id": ("trialid", "main_id"),
    "secondary_ids": ("secondary_id", "secondaryids", "secondary_ids"),
    "bridged": ("childs",),
    "title": ("public_title",),
    "scientific_title": ("scientific_title",),
    "acronym": ("acronym",),
    "conditions": ("condition", "conditions"),
    "interventions": ("intervention", "interventions"),
    "status": ("recruitment_status",),
    "phase": ("phase",),
    "study_type": ("study_type",),
    "study_design": ("study_design",),
    # The first is YYYYMMDD, whatever the registry; the second is as the registry writes a date.
    "registered": ("date_registration3", "date_registration"),
    "start": ("date_enrollement", "date_enrollment", "date_enrolment"),
    "completed": ("results_date_completed",),
    "refreshed": ("last_refreshed_on", "last_refreshed"),
    "target_size": ("target_size",),
    "sponsor": ("primary_sponsor",),
    "countries": ("countries",),
    "youngest": ("inclusion_agemin", "agemin"),
    "oldest": ("inclusion_agemax", "agemax"),
    "sex": ("inclusion_gender", "gender"),
    "has_results": ("results_yes_no",),
    "results_posted": ("results_date_posted",),
}
FIELDS = frozenset(name for names in _NAMES.values() for name in names)
"""The fields that are read, as `field_name` gives them."""


@lru_cache(maxsize=1_000)
def field_name(text: str) -> str:
    """A field's name in one spelling: "Date registration3" and "Date_registration3" are one field."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")


def ictrp_study(fields: Mapping[str, str]) -> dict[str, Any]:
    """The study in `fields`, by their `field_name`."""

    def raw(field: str) -> str:
        return next((text for name in _NAMES[field] if (text := fields.get(name, "").strip())), "")

    def line(field: str) -> str:
        return " ".join(values.cleaned(raw(field)).split())

    design = values.design(raw("study_design"))
    return {
        "protocolSection": {
            "identificationModule": {
                "nctId": line("id"),
                "briefTitle": line("title"),
                "officialTitle": line("scientific_title"),
                "acronym": line("acronym"),
                "secondaryIdInfos": [{"id": one} for one in values.secondary_ids(raw("secondary_ids"), raw("bridged"))],
            },
            "statusModule": {
                "overallStatus": values.status(raw("status")),
                "startDateStruct": {"date": values.date(raw("start"))},
                "completionDateStruct": {"date": values.date(raw("completed"))},
                "studyFirstPostDateStruct": {"date": values.date(raw("registered"))},
                "lastUpdatePostDateStruct": {"date": values.date(raw("refreshed"))},
            },
            "sponsorCollaboratorsModule": {"leadSponsor": {"name": line("sponsor")}},
            "conditionsModule": {"conditions": values.conditions(raw("conditions"))},
            "designModule": {
                "studyType": values.study_type(raw("study_type")),
                "phases": values.phases(raw("phase")),
                "designInfo": {
                    "allocation": design["allocation"],
                    "interventionModel": design["interventionModel"],
                    "primaryPurpose": design["primaryPurpose"],
                    "maskingInfo": {"masking": design["masking"]},
                },
                "enrollmentInfo": {"count": values.target_size(raw("target_size"))},
            },
            "armsInterventionsModule": {"interventions": interventions(raw("interventions"))},
            "eligibilityModule": {
                "sex": values.sex(raw("sex")),
                "minimumAge": values.age(raw("youngest")),
                "maximumAge": values.age(raw("oldest")),
            },
            "contactsLocationsModule": {"locations": [{"country": country} for country in countries(raw("countries"))]},
        },
        "hasResults": {"yes": True, "no": False}.get(
            line("has_results").casefold(), bool(line("results_posted")) or None
        ),
    }
