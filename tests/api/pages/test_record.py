"""What a page shows of a record, and nothing of what the record lacks."""

from api.pages.record import further_rows, main_rows
from search.answer import trial_detail
from search.trial import MeshTerm, Trial


def test_a_full_record_is_said_in_words():
    trial = Trial(
        trial_id="NCT00000001",
        brief_title="A trial",
        sponsor="AMGEN",
        enrolment=1302,
        start_date="2015-05",
        completion_date="2017",
        countries=("China", "Japan"),
        sex="FEMALE",
        minimum_age="18 Years",
        maximum_age="65 Years",
        allocation="RANDOMIZED",
        intervention_model="PARALLEL",
        masking="DOUBLE",
        primary_purpose="TREATMENT",
        has_results=True,
        keywords=("mTOR", "two"),
        condition_mesh=(MeshTerm("Colitis"),),
        org_study_id="AB-1",
        secondary_ids=("2015-000001-00",),
    )
    assert main_rows(trial_detail(trial)) == [
        ("Sponsor", "AMGEN"),
        ("Participants", "1,302"),
        ("Dates", "May 2015 to 2017"),
        ("Countries", "China, Japan"),
        ("Who may take part", "Women; 18 years to 65 years"),
        ("Design", "Randomized, parallel, double masking, treatment"),
        ("Results posted", "Yes"),
    ]
    assert further_rows(trial_detail(trial)) == [
        ("Keywords", "mTOR; two"),
        ("Conditions in MeSH", "Colitis"),
        ("Id the sponsor gave it", "AB-1"),
        ("Other ids", "2015-000001-00"),
    ]


def test_of_a_bare_record_nothing_is_said():
    trial = trial_detail(Trial(trial_id="NCT00000001", brief_title="A trial"))
    assert (main_rows(trial), further_rows(trial)) == ([], [])
