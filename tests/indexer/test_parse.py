import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from indexer.parse import UnusableRecord, parse_study
from search.trial import Intervention, MeshTerm, Trial
from tests.indexer.full_study import FULL_STUDY
from tests.records import study

GENUINE = Path("../shared/data/ctgov-v2")
genuine = pytest.mark.skipif(not GENUINE.is_dir(), reason=f"no genuine registry responses at {GENUINE}")


def test_every_field_of_a_full_record_is_read() -> None:
    assert parse_study(FULL_STUDY) == Trial(
        trial_id="NCT01234567",
        brief_title="Exosomes in Ulcerative Colitis",
        official_title="A Randomized Trial of Exosomes in Ulcerative Colitis",
        acronym="EXO-UC",
        conditions=("Ulcerative Colitis", "Inflammatory Bowel Diseases"),
        keywords=("exosome", "mesenchymal stem cell"),
        interventions=(
            Intervention(name="Exosomes", type="BIOLOGICAL", other_names=("UC-MSC-Exos", "Extracellular vesicles")),
            Intervention(name="Placebo", type="DRUG", other_names=()),
        ),
        condition_mesh=(MeshTerm(term="Colitis, Ulcerative", id="D003093"),),
        condition_mesh_ancestors=(MeshTerm(term="Colitis", id="D003092"), MeshTerm(term="Gastroenteritis", id=None)),
        intervention_mesh=(MeshTerm(term="Exosomes", id="D055354"),),
        intervention_mesh_ancestors=(MeshTerm(term="Cytoplasmic Vesicles", id="D022162"),),
        brief_summary="Exosomes are given. The colon is looked at.",
        study_type="INTERVENTIONAL",
        phases=("PHASE1", "PHASE2"),
        status="ACTIVE_NOT_RECRUITING",
        enrolment=40,
        sex="ALL",
        minimum_age="18 Years",
        maximum_age="70 Years",
        start_date="2019-05",
        completion_date="2024",
        last_update_date="2023-11-30",
        first_posted_date="2019-04-02",
        countries=("Netherlands", "Belgium"),
        sponsor="Clinic of Example",
        sponsor_class="OTHER",
        allocation="RANDOMIZED",
        intervention_model="PARALLEL",
        masking="DOUBLE",
        primary_purpose="TREATMENT",
        org_study_id="UC-EXO-1",
        secondary_ids=("UC-EXO-1", "2019-001234-56", "U1111-1234-5678"),
        aliases=("NCT00000017", "NCT00000018"),
        has_results=False,
    )


def test_a_bare_record_is_a_trial_with_everything_else_missing() -> None:
    assert parse_study(study("NCT00000001", "A title")) == Trial(trial_id="NCT00000001", brief_title="A title")


def test_the_official_title_stands_in_for_a_missing_brief_one() -> None:
    record = study("NCT00000001", None, identificationModule={"briefTitle": " \n", "officialTitle": "The long title"})

    assert parse_study(record).brief_title == "The long title"


@pytest.mark.parametrize(
    "contact",
    [
        "RECRUITING [Ada Quillfeather ada.quillfeather@clinic.example 555-010-7788]",
        "RECRUITING ;; Clinic of Example",
        "Practice of Dag Ulfsparre, in a street of the town, in a district of the county",
    ],
)
def test_what_stands_for_a_country_and_is_none_is_left_out(contact: str) -> None:
    locations = [{"country": contact}, {"country": "Korea, Democratic People's Republic of"}, {"country": "Belgium"}]
    record = study("NCT00000001", "A title", contactsLocationsModule={"locations": locations})

    assert parse_study(record).countries == ("Korea, Democratic People's Republic of", "Belgium")


def test_an_id_in_lower_case_with_stray_spaces_is_read() -> None:
    assert parse_study(study(" nct00000001\n")).trial_id == "NCT00000001"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (None, "no protocolSection"),
        ([], "no protocolSection"),
        ("NCT00000001", "no protocolSection"),
        ({}, "no protocolSection"),
        ({"protocolSection": None}, "no protocolSection"),
        ({"protocolSection": ["identificationModule"]}, "no protocolSection"),
        ({"protocolSection": {"statusModule": {}}}, "no valid trial id"),
        (study(""), "no valid trial id"),
        (study("NCT0000001"), "no valid trial id"),
        (study("NCT000000011"), "no valid trial id"),
        (study("EUCTR2019-1234"), "no valid trial id"),
        (study(12345678), "no valid trial id"),  # type: ignore[arg-type]
        (study(["NCT00000001"]), "no valid trial id"),  # type: ignore[arg-type]
        (study("NCT00000001", None), "no title"),
        (study("NCT00000001", ""), "no title"),
        (study("NCT00000001", " \t\n"), "no title"),
        (study("NCT00000001", 7), "no title"),  # type: ignore[arg-type]
    ],
)
def test_a_record_without_what_a_trial_must_have_is_unusable_for_a_reason(record: object, reason: str) -> None:
    with pytest.raises(UnusableRecord, match=f"^{reason}$"):
        parse_study(record)


@pytest.mark.parametrize("date", ["May 2019", "2019-13", "2019-02-30", "2019-5", "", "0000", "20190530", 2019, None])
def test_a_date_that_is_none_is_left_out(date: object) -> None:
    struct = {"date": date}
    record = study("NCT00000001", statusModule={"startDateStruct": struct, "lastUpdatePostDateStruct": struct})

    assert parse_study(record) == Trial(trial_id="NCT00000001", brief_title="A trial")


@pytest.mark.parametrize(
    ("count", "enrolment"),
    [(0, 0), (2**63 - 1, 2**63 - 1), (2**63, None), (-1, None), (True, None), (1.5, None), ("12", None), (None, None)],
)
def test_a_count_that_is_no_number_of_persons_is_left_out(count: object, enrolment: int | None) -> None:
    assert parse_study(study("NCT00000001", designModule={"enrollmentInfo": {"count": count}})).enrolment == enrolment


@pytest.mark.parametrize(("given", "known"), [(True, True), (False, False), (None, None), ("true", None), (1, None)])
def test_whether_there_are_results_is_known_only_from_a_boolean(given: object, known: bool | None) -> None:
    assert parse_study({**study("NCT00000001"), "hasResults": given}).has_results is known


def test_a_value_that_the_registry_may_invent_one_day_is_kept_as_it_came() -> None:
    record = study(
        "NCT00000001", statusModule={"overallStatus": "ON_HOLD"}, designModule={"phases": ["PHASE5"], "studyType": "X"}
    )

    trial = parse_study(record)

    assert (trial.status, trial.phases, trial.study_type) == ("ON_HOLD", ("PHASE5",), "X")


@genuine
def test_a_genuine_study_is_read_as_the_registry_gave_it() -> None:
    trial = parse_study(json.loads((GENUINE / "get_nct02576665_20260811.json").read_bytes()))

    assert trial.trial_id == "NCT02576665"
    assert trial.brief_title == (
        "A Study of Toca 511, a Retroviral Replicating Vector, Combined With Toca FC in Patients With Solid Tumors or "
        "Lymphoma (Toca 6)"
    )
    assert trial.conditions[:3] == ("Colorectal Cancer", "Triple Negative Breast Cancer", "Pancreatic Cancer")
    assert trial.interventions == (
        Intervention(name="Toca 511", other_names=("vocimagene amiretrorepvec", "RRV", "retroviral replicating viral")),
        Intervention(name="Toca FC", other_names=("Flucytosine", "5-FC", "5-Fluorocytosine")),
    )
    assert (trial.status, trial.study_type, trial.phases) == ("TERMINATED", "INTERVENTIONAL", ("PHASE1",))
    assert (trial.start_date, trial.completion_date, trial.enrolment) == ("2016-07", "2019-12-20", 21)
    assert (trial.sex, trial.minimum_age, trial.maximum_age) == ("ALL", "18 Years", "75 Years")
    assert (trial.sponsor, trial.countries) == ("Tocagen Inc.", ("United States",))


@genuine
def test_every_field_of_ten_genuine_whole_records_is_read() -> None:
    records = json.loads((GENUINE / "search_page_10_studies.json").read_bytes())["studies"]
    assert len(records) == 10
    for record in records:
        # Written out by other means than the parser: one path a field, straight from the registry's own document.
        identification = record["protocolSection"]["identificationModule"]
        status = record["protocolSection"]["statusModule"]
        lead_sponsor = record["protocolSection"]["sponsorCollaboratorsModule"]["leadSponsor"]
        design = record["protocolSection"]["designModule"]
        plan = design.get("designInfo", {})
        arms = record["protocolSection"].get("armsInterventionsModule", {})
        eligibility = record["protocolSection"]["eligibilityModule"]
        locations = record["protocolSection"].get("contactsLocationsModule", {}).get("locations", [])
        other_ids = [other["id"] for other in identification.get("secondaryIdInfos", [])]

        assert as_json(parse_study(record)) == {
            "trial_id": identification["nctId"],
            "brief_title": spaced(identification["briefTitle"]),
            "official_title": spaced(identification.get("officialTitle")),
            "acronym": identification.get("acronym"),
            "conditions": record["protocolSection"]["conditionsModule"]["conditions"],
            "keywords": record["protocolSection"]["conditionsModule"].get("keywords", []),
            "interventions": [
                {"name": spaced(item["name"]), "type": item["type"], "other_names": item.get("otherNames", [])}
                for item in arms.get("interventions", [])
            ],
            **{
                f"{kind}_{ours}": [
                    {"term": item["term"], "id": item["id"]}
                    for item in record["derivedSection"].get(f"{kind}BrowseModule", {}).get(theirs, [])
                ]
                for kind in ("condition", "intervention")
                for ours, theirs in (("mesh", "meshes"), ("mesh_ancestors", "ancestors"))
            },
            "brief_summary": spaced(record["protocolSection"]["descriptionModule"]["briefSummary"]),
            "study_type": design["studyType"],
            "phases": design.get("phases", []),
            "status": status["overallStatus"],
            "enrolment": design["enrollmentInfo"]["count"],
            "sex": eligibility["sex"],
            "minimum_age": eligibility.get("minimumAge"),
            "maximum_age": eligibility.get("maximumAge"),
            "start_date": status["startDateStruct"]["date"],
            "completion_date": status["completionDateStruct"]["date"],
            "last_update_date": status["lastUpdatePostDateStruct"]["date"],
            "first_posted_date": status["studyFirstPostDateStruct"]["date"],
            "countries": sorted({location["country"] for location in locations}),
            "sponsor": lead_sponsor["name"],
            "sponsor_class": lead_sponsor["class"],
            "allocation": plan.get("allocation"),
            "intervention_model": plan.get("interventionModel"),
            "masking": plan.get("maskingInfo", {}).get("masking"),
            "primary_purpose": plan.get("primaryPurpose"),
            "org_study_id": identification["orgStudyIdInfo"]["id"],
            "secondary_ids": sorted({identification["orgStudyIdInfo"]["id"], *other_ids}),
            "aliases": identification.get("nctIdAliases", []),
            "has_results": record["hasResults"],
        }


def as_json(trial: Trial) -> dict[str, Any]:
    as_dict: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(trial)))
    for unordered in ("countries", "secondary_ids"):
        as_dict[unordered].sort()
    return as_dict


def spaced(text: str | None) -> str | None:
    """White space as the parser leaves it."""
    return None if text is None else re.sub(r"\s+", " ", text).strip()
