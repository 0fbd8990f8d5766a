"""Reasons over the seeds: each names what the score stands on."""

from pathlib import Path

import pytest

from benchmarks.quality.reasons import reasons_of_terms, without_terms
from search.encoders.hashing import HashingEncoder
from search.engine import SearchEngine
from search.listing import Listing
from search.question import Question
from search.reasons import Reason, ReasonKind
from tests.conftest import Build
from tests.records import study

EXOSOMES_FOR_COLITIS = "NCT06853522"
WHEY_EXOSOMES = "NCT06755021"
CORD_CELLS_FOR_COLITIS_AND_CROHN = ["NCT02442037", "NCT01221428", "NCT05262829", "NCT02445547"]


def test_whey_exosomes_share_the_exosomes_only_and_stand_below_the_cord_cells(seeds_engine: SearchEngine) -> None:
    hits = {hit.trial.trial_id: hit for hit in seeds_engine.similar(EXOSOMES_FOR_COLITIS, k=100).hits}
    whey = seeds_engine.similar(EXOSOMES_FOR_COLITIS, k=1, among=[WHEY_EXOSOMES]).hits[0]
    assert [(reason.kind, reason.hit_term) for reason in whey.reasons] == [
        (ReasonKind.SAME_WORDS, "Exosomes"),
        (ReasonKind.DIFFERENT_CONDITION, ""),
    ]
    assert all(hits[identifier].score > whey.score for identifier in CORD_CELLS_FOR_COLITIS_AND_CROHN)


def test_a_control_arm_and_an_arm_s_name_are_no_reason(seeds_engine: SearchEngine) -> None:
    # "UCMSC group" and "Control group(Normal saline)" in one record, "saline +5% albumin" in the other.
    (hit,) = seeds_engine.similar(EXOSOMES_FOR_COLITIS, k=1, among=["NCT02442037"]).hits
    said = " ".join(f"{reason.query_term} {reason.hit_term}" for reason in hit.reasons).lower()
    assert "saline" not in said
    assert "group" not in said


def test_a_placebo_of_the_query_s_intervention_is_no_reason(build: Build, root: Path) -> None:
    build(
        [
            study("NCT00000001", "One", interventions=["Stem cell transplantation"]),
            study("NCT00000002", "Other", interventions=["Placebo transplantation"]),
            *(study(f"NCT0000010{number}", f"Something else {number}") for number in range(6)),
        ]
    )
    (hit,) = SearchEngine.open(root).similar("NCT00000001", k=1, among=["NCT00000002"]).hits
    assert hit.reasons == ()


def test_words_of_a_title_are_met_in_the_terms_and_names_of_facets_are_no_words(build: Build, root: Path) -> None:
    build(
        [
            study("NCT00000001", "Nurse-led interventions in health conditions", interventions=["Walking"]),
            study("NCT00000002", "A trial", conditions=["Walking difficulty with pain"], interventions=["Fentanyl"]),
            study("NCT00000003", "Health interventions", conditions=["Snoring"]),
            *(study(f"NCT000001{number:02}", f"Something else {number}") for number in range(50)),
        ]
    )
    engine = SearchEngine.open(root)
    (hit,) = engine.similar("NCT00000001", k=1, among=["NCT00000002"]).hits
    assert [(reason.kind, reason.query_term, reason.hit_term) for reason in hit.reasons] == [
        (ReasonKind.SAME_WORDS, "Walking", "Walking")
    ]
    (other,) = engine.similar("NCT00000001", k=1, among=["NCT00000003"]).hits
    assert [(reason.kind, reason.hit_term) for reason in other.reasons] == [(ReasonKind.SAME_WORDS, "Health")]


def test_an_abbreviation_counts_as_what_the_record_says_it_stands_for(build: Build, root: Path) -> None:
    title = "Umbilical cord mesenchymal stem cells (UCMSC) in lupus"
    asked = study("NCT00000001", "A study", interventions=["Umbilical cord mesenchymal stem cells"])
    others = [study(f"NCT0000010{number}", f"Something else {number}") for number in range(6)]
    build(
        [
            asked,
            study(
                "NCT00000002", "A trial", interventions=["UCMSC group"], identificationModule={"officialTitle": title}
            ),
            study("NCT00000003", "A trial", interventions=["UCMSC group"]),
            *others,
        ]
    )
    engine = SearchEngine.open(root)
    by_id = {hit.trial.trial_id: hit for hit in engine.similar("NCT00000001").hits}
    assert by_id["NCT00000002"].reasons == (
        Reason(ReasonKind.RELATED_INTERVENTION, "Umbilical cord mesenchymal stem cells", "UCMSC group", 0.84),
    )
    (silent,) = engine.similar("NCT00000001", k=1, among=["NCT00000003"]).hits
    assert silent.reasons == ()


def test_a_trial_of_a_bare_title_has_the_terms_that_its_title_says(build: Build, root: Path) -> None:
    # Where 50 trials say neither, the words are rare.
    others = [study(f"NCT000001{number:02}", f"Something else {number}") for number in range(50)]
    full = study("NCT00000002", "A trial", conditions=["Ulcerative Colitis"], interventions=["Etrasimod", "Placebo"])
    build([study("NCT00000001", "Etrasimod versus placebo for active ulcerative colitis"), full, *others])
    engine = SearchEngine.open(root)
    (hit,) = engine.similar("NCT00000001", k=1, among=["NCT00000002"]).hits
    assert hit.reasons == (
        Reason(ReasonKind.SAME_CONDITION, "ulcerative colitis", "Ulcerative Colitis", 1.0),
        Reason(ReasonKind.SAME_INTERVENTION, "Etrasimod", "Etrasimod", 1.0),
    )
    (back,) = engine.similar("NCT00000002", k=1, among=["NCT00000001"]).hits
    assert [(reason.kind, reason.query_term, reason.hit_term) for reason in back.reasons] == [
        (reason.kind, reason.hit_term, reason.query_term) for reason in hit.reasons
    ]


def test_what_is_like_one_of_several_is_not_called_different(build: Build, root: Path) -> None:
    build(
        [
            study("NCT00000001", "One", conditions=["Asthma"]),
            study("NCT00000002", "Two", conditions=["Melasma"]),
            study("NCT00000003", "Three", conditions=["Asthma"]),
        ]
    )
    question = Question(positives={"NCT00000001": 1.0, "NCT00000002": 1.0})
    (hit,) = SearchEngine.open(root).ask(question, Listing(k=1)).hits
    assert [reason.kind for reason in hit.reasons] == [ReasonKind.SAME_CONDITION]


@pytest.mark.parametrize("part", range(4))
def test_taking_the_term_of_a_reason_away_lowers_the_score(
    seeds_engine: SearchEngine, tmp_path: Path, part: int
) -> None:
    cases = reasons_of_terms(seeds_engine, every=9)
    assert len(cases) >= 12
    told = list(without_terms(seeds_engine, cases[part::4], encoder=HashingEncoder(), like=tmp_path))
    assert [case for case in told if not case.is_lower] == []


def test_what_was_prepared_answers_as_what_is_made_when_it_is_asked_for(
    seeds_root: Path, seeds_engine: SearchEngine
) -> None:
    prepared = SearchEngine.open(seeds_root)
    prepared.prepare()
    for trial_id in seeds_engine.artefact.trials.trial_ids(range(0, 288, 12)):
        assert prepared.similar(trial_id) == seeds_engine.similar(trial_id)
    assert prepared.suggestions.of("colit") == seeds_engine.suggestions.of("colit")
