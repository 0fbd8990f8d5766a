"""Quoted phrases and rare codes, against the seeds read trial by trial."""

import numpy as np
import pytest

from search.answer import answer
from search.engine import SearchEngine
from search.legs import EXACT_SHARE, Leg, text_weights
from search.lexical import words_of
from search.listing import Listing
from search.literal import literal
from search.phrases import says, text_of
from search.question import Question
from tests.records import study


@pytest.fixture(scope="module")
def texts(seeds_engine):
    """Trial id -> all that its trial says."""
    trials = seeds_engine.artefact.trials
    return {trial.trial_id: text_of(trial) for trial in trials.trials(np.arange(len(trials)))}


def found(engine, text, **given):
    return engine.ask(Question(text=text), Listing(k=100, **given))


@pytest.mark.parametrize(
    "phrase", ["whey protein", "stem cells", "Crohn's disease", "TH-SC01", "type 2", "of the", "a"]
)
def test_a_phrase_in_quotation_marks_is_said_by_every_hit_and_by_no_other_trial(seeds_engine, texts, phrase):
    saying = {trial_id for trial_id, text in texts.items() if says(text, phrase)}
    hits = found(seeds_engine, f'colitis "{phrase}"')
    assert saying
    assert hits.eligible == len(saying)
    assert {hit.trial.trial_id for hit in hits.hits} <= saying
    assert len(hits.hits) == min(100, len(saying))


def test_all_phrases_must_be_said_and_the_note_tells_how_many_trials_do(seeds_engine, texts):
    both = [i for i, text in texts.items() if says(text, "stem cells") and says(text, "crohn's disease")]
    told = answer(seeds_engine, Question(text='"stem cells" “Crohn\'s disease”'), Listing(k=100))
    assert {hit.id for hit in told.hits} == set(both)
    assert told.note == f'{len(both)} trials say "stem cells" and "Crohn\'s disease"'


def test_quotation_marks_filter_and_change_no_score(seeds_engine):
    plain = {hit.trial.trial_id: hit.score for hit in found(seeds_engine, "whey protein").hits}
    for hit in found(seeds_engine, '"whey protein"').hits:
        assert hit.score == plain[hit.trial.trial_id]


def test_a_rare_code_carries_its_share_for_the_trials_that_say_it(seeds_engine, texts):
    text = "TH-SC01 in perianal fistula"
    saying = {trial_id for trial_id, said in texts.items() if "th-sc01" in said.lower()}
    hits = found(seeds_engine, text).hits
    assert {hit.trial.trial_id for hit in hits if hit.parts["exact"]} == saying
    assert {hit.parts["exact"] for hit in hits} == {0.0, EXACT_SHARE}
    assert {hit.trial.trial_id for hit in hits[: len(saying)]} == saying
    artefact = seeds_engine.artefact
    words = artefact.lexical.scores(words_of(text)).of(np.arange(len(artefact.trials)))
    weight = text_weights(len(set(words_of(text))))[Leg.WORDS] * (1 - EXACT_SHARE)
    for hit in hits:
        row = artefact.identifiers.row(hit.trial.trial_id)
        assert hit.parts["words"] == pytest.approx(weight * words[row] / words.max(), abs=6e-5)
    assert any((reason.kind, reason.hit_term) == ("same_words", "TH-SC01") for reason in hits[0].reasons)


@pytest.mark.parametrize(
    "text",
    [
        *["ZZ-99 for colitis", "phase 2 colitis", "colitis 2015", "stem cells"],
        *["mesenchymal cells (TH-SC01)", "58-year-old"],
        f'TH-SC01 and "stem cells" {"in prose " * 14}',
    ],
)
def test_where_there_is_no_code_or_no_trial_says_it_nothing_changes(seeds_engine, text):
    letters = literal(text, seeds_engine.artefact)
    assert (letters.text, letters.phrases, letters.allowed, letters.tokens, letters.exact) == (text, (), None, {}, None)


def test_filters_that_a_text_names_are_offered_and_not_applied(seeds_engine):
    told = answer(seeds_engine, Question(text="stem cells for colitis, recruiting in China"), Listing(k=30))
    assert told.recognised.filters == {"status": ["RECRUITING"], "country": ["China"]}
    assert told.recognised.text == "stem cells for colitis"
    assert told.query.filters == {}
    assert {hit.status for hit in told.hits} - {"RECRUITING"}
    assert answer(seeds_engine, Question(text="stem cells for colitis"), Listing(k=1)).recognised is None


def test_a_code_of_single_letters_and_digits_is_asked_as_any_text(root, build):
    build([study("NCT00000001", "Vitamin K-2 in asthma"), study("NCT00000002", "Walking in asthma")])
    engine = SearchEngine.open(root)
    assert literal("vitamin K-2", engine.artefact).tokens == {}
    assert found(engine, "vitamin K-2").hits[0].trial.trial_id == "NCT00000001"
