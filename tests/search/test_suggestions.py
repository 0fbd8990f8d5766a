"""What is suggested, held against a plain walk over the trials."""

import dataclasses

import pytest

from search.artefact.facet_terms import TERM_FACETS
from search.engine import SearchEngine
from search.passage import Facet
from search.suggestions import Suggestion, SuggestionKind
from tests.records import study

CONDITION, INTERVENTION, TRIAL = SuggestionKind


@pytest.fixture
def suggestions(root, build):
    build(
        [
            study(
                "NCT00000001",
                "One",
                conditions=["Ulcerative Colitis", "Colon Cancer"],
                interventions=["Placebo", "(Placebo) control"],
            ),
            study("NCT00000002", "Two", conditions=["ulcerative colitis"], interventions=["Colchicine"]),
            study("NCT00000013", "Thirteen", conditions=["Colitis, Ulcerative"], interventions=["Colchicine"]),
            study("NCT00000014", "Fourteen", conditions=["Colon Cancer"], interventions=["Colchicine tablets"]),
            study("NCT00000015", "Fifteen", conditions=["Colon Cancer"]),
        ]
    )
    return SearchEngine.open(root).suggestions


def without_files(engine):
    """The suggestions of the same build as it was made before such files were."""
    return SearchEngine(dataclasses.replace(engine.artefact, suggested=None)).suggestions


def test_the_first_question_finds_ready_what_was_prepared(seeds_engine):
    suggestions = without_files(seeds_engine)
    suggestions.prepare()
    assert "_terms" in vars(suggestions)


def test_a_build_suggests_from_its_files_what_is_made_of_one_without_them(seeds_engine):
    kept, made = seeds_engine.suggestions, without_files(seeds_engine)
    assert seeds_engine.artefact.suggested is not None
    terms = seeds_engine.artefact.terms
    texts = terms.texts(range(seeds_engine.manifest.counts.terms))
    beginnings = {word[:length] for text in texts for word in (text, *text.split()) for length in (2, 3, 5, 9)}
    answers = {typed: kept.of(typed, limit=20) for typed in beginnings}
    assert sum(map(bool, answers.values())) > 2_000
    assert answers == {typed: made.of(typed, limit=20) for typed in beginnings}
    for facet in TERM_FACETS:
        assert kept.frequent(facet, 1_000) == made.frequent(facet, 1_000)


def test_terms_that_begin_so_come_first_then_those_of_which_a_word_does_each_by_trials(suggestions):
    found = suggestions.of("COL")
    assert [(each.text, each.trials) for each in found[:2]] == [("Colon Cancer", 3), ("Colchicine", 2)]
    assert {(each.kind, each.text, each.trials) for each in found[2:4]} == {
        (INTERVENTION, "Colchicine tablets", 1),
        (CONDITION, "Colitis, Ulcerative", 1),
    }
    assert suggestions.of("col")[0] == Suggestion(CONDITION, "Colon Cancer", 3)
    assert suggestions.of("col")[-1].text.casefold() == "ulcerative colitis"
    assert suggestions.of("col")[-1].trials == 2
    assert len(suggestions.of("col", limit=2)) == 2


def test_more_than_one_word_may_be_begun(suggestions):
    assert [each.text.casefold() for each in suggestions.of("  ulcerative   co ")] == ["ulcerative colitis"]
    assert [each.text for each in suggestions.of("colitis, ul")] == ["Colitis, Ulcerative"]


def test_an_id_is_suggested_with_its_title(suggestions):
    assert suggestions.of("nct0000001") == (
        Suggestion(TRIAL, "NCT00000013", 1, "Thirteen"),
        Suggestion(TRIAL, "NCT00000014", 1, "Fourteen"),
        Suggestion(TRIAL, "NCT00000015", 1, "Fifteen"),
    )


@pytest.mark.parametrize("typed", ["", " ", "c", "xyzzy", "placebo", "\U0010ffff", "%00"])
def test_nothing_is_made_of_too_little_or_of_what_only_control_arms_get(suggestions, typed):
    assert suggestions.of(typed) == ()


def test_the_most_frequent_terms_are_named_once_however_they_are_written(suggestions):
    assert [each.text.casefold() for each in suggestions.frequent(Facet.CONDITION, 9)] == [
        "colon cancer",
        "ulcerative colitis",
    ]


def test_the_example_is_a_trial_of_the_most_frequent_condition(suggestions):
    assert suggestions.example() == "NCT00000001"


def test_a_build_without_terms_suggests_nothing(root, build):
    build([study("NCT00000001", "One")])
    suggestions = SearchEngine.open(root).suggestions
    assert suggestions.of("on") == ()
    assert suggestions.frequent(Facet.CONDITION, 3) == ()
