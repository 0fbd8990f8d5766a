"""One study record with every field that Trialkin reads, and every place where the registry names a person."""

from typing import Any

PERSONS = (
    "Ada Quillfeather",
    "Bo Zandstra-Okoye",
    "Cleo Vantongeren",
    "Dag Ulfsparre",
    "Eve Montclair-Ibsen",
    "ada.quillfeather@clinic.example",
    "trials-desk@sponsor.example",
    "+31 20 555 0142",
    "555-010-7788",
    "ext. 90210",
)
"""Names, addresses and telephone numbers, none of which may be kept."""
TRACES = ("quillfeather", "zandstra", "vantongeren", "ulfsparre", "montclair", "trials-desk", "0142", "7788", "90210")
"""A word of each of them, as an index of words would have it."""

FULL_STUDY: dict[str, Any] = {
    "protocolSection": {
        "identificationModule": {
            "nctId": "NCT01234567",
            "nctIdAliases": ["NCT00000017", "NCT00000018"],
            "orgStudyIdInfo": {"id": "UC-EXO-1", "type": "OTHER"},
            "secondaryIdInfos": [
                {"id": "2019-001234-56", "type": "EUDRACT_NUMBER"},
                {"id": "UC-EXO-1"},
                {"id": "U1111-1234-5678", "domain": "WHO"},
            ],
            "organization": {"fullName": "Clinic of Example", "class": "OTHER"},
            "briefTitle": "Exosomes in  Ulcerative\n Colitis",
            "officialTitle": "A Randomized Trial of Exosomes in Ulcerative Colitis",
            "acronym": "EXO-UC",
        },
        "statusModule": {
            "overallStatus": "ACTIVE_NOT_RECRUITING",
            "startDateStruct": {"date": "2019-05", "type": "ACTUAL"},
            "primaryCompletionDateStruct": {"date": "2021-01-31", "type": "ACTUAL"},
            "completionDateStruct": {"date": "2024", "type": "ESTIMATED"},
            "studyFirstPostDateStruct": {"date": "2019-04-02", "type": "ACTUAL"},
            "lastUpdatePostDateStruct": {"date": "2023-11-30", "type": "ESTIMATED"},
        },
        "sponsorCollaboratorsModule": {
            "responsibleParty": {
                "type": "PRINCIPAL_INVESTIGATOR",
                "investigatorFullName": "Ada Quillfeather",
                "investigatorTitle": "Professor",
                "investigatorAffiliation": "Clinic of Example",
            },
            "leadSponsor": {"name": "Clinic of Example", "class": "OTHER"},
            "collaborators": [{"name": "Example Foundation", "class": "OTHER"}],
        },
        "descriptionModule": {
            "briefSummary": "Exosomes are given.\n\n  The colon is looked at.",
            "detailedDescription": "Ask Ada Quillfeather.",
        },
        "conditionsModule": {
            "conditions": ["Ulcerative Colitis", "Inflammatory Bowel Diseases", " Ulcerative  Colitis"],
            "keywords": ["exosome", "mesenchymal stem cell"],
        },
        "designModule": {
            "studyType": "INTERVENTIONAL",
            "phases": ["PHASE1", "PHASE2"],
            "designInfo": {
                "allocation": "RANDOMIZED",
                "interventionModel": "PARALLEL",
                "primaryPurpose": "TREATMENT",
                "maskingInfo": {"masking": "DOUBLE"},
            },
            "enrollmentInfo": {"count": 40, "type": "ESTIMATED"},
        },
        "armsInterventionsModule": {
            "armGroups": [{"label": "Exosomes", "interventionNames": ["Biological: Exosomes"]}],
            "interventions": [
                {
                    "type": "BIOLOGICAL",
                    "name": "Exosomes",
                    "description": "Made by Bo Zandstra-Okoye.",
                    "otherNames": ["UC-MSC-Exos", "Extracellular vesicles"],
                },
                {"type": "DRUG", "name": "Placebo"},
                {"type": "DRUG", "description": "has no name"},
            ],
        },
        "eligibilityModule": {
            "eligibilityCriteria": "Call 555-010-7788 first.",
            "sex": "ALL",
            "minimumAge": "18 Years",
            "maximumAge": "70 Years",
        },
        "contactsLocationsModule": {
            "centralContacts": [
                {
                    "name": "Bo Zandstra-Okoye",
                    "role": "CONTACT",
                    "phone": "+31 20 555 0142",
                    "phoneExt": "ext. 90210",
                    "email": "trials-desk@sponsor.example",
                }
            ],
            "overallOfficials": [
                {"name": "Cleo Vantongeren", "affiliation": "Clinic of Example", "role": "STUDY_CHAIR"}
            ],
            "locations": [
                {
                    "facility": "Practice of Dag Ulfsparre",
                    "city": "Utrecht",
                    "country": "Netherlands",
                    "contacts": [
                        {
                            "name": "Ada Quillfeather",
                            "role": "CONTACT",
                            "phone": "555-010-7788",
                            "email": "ada.quillfeather@clinic.example",
                        }
                    ],
                },
                {"facility": "Elsewhere", "country": "Belgium"},
                {"facility": "Nearby", "country": "Netherlands"},
                {"facility": "Nowhere"},
            ],
        },
        "ipdSharingStatementModule": {"url": "mailto:trials-desk@sponsor.example"},
    },
    "resultsSection": {
        "moreInfoModule": {
            "pointOfContact": {
                "title": "Eve Montclair-Ibsen",
                "organization": "Clinic of Example",
                "email": "trials-desk@sponsor.example",
                "phone": "+31 20 555 0142",
            }
        }
    },
    "derivedSection": {
        "conditionBrowseModule": {
            "meshes": [{"id": "D003093", "term": "Colitis, Ulcerative"}],
            "ancestors": [{"id": "D003092", "term": "Colitis"}, {"term": "Gastroenteritis"}],
            "browseLeaves": [{"name": "Colitis", "relevance": "HIGH"}],
        },
        "interventionBrowseModule": {
            "meshes": [{"id": "D055354", "term": "Exosomes"}],
            "ancestors": [{"id": "D022162", "term": "Cytoplasmic Vesicles"}],
        },
    },
    "hasResults": False,
}
