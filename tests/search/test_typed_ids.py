"""Ids typed into a text."""

import pytest

from search.answer import answer
from search.engine import SearchEngine
from search.errors import UnknownTrial
from search.listing import Listing
from search.question import Question
from tests.records import study

SEED = "NCT06853522"
ALL = Listing(k=100)


def found(engine, text):
    return engine.ask(Question(text=text), ALL)


@pytest.mark.parametrize("text", [SEED, f" {SEED.lower()} ", f"studies related to {SEED}", f"trials like {SEED}?"])
def test_an_id_asks_for_the_trials_related_to_that_one(seeds_engine, text):
    hits = found(seeds_engine, text)
    assert hits.hits == seeds_engine.similar(SEED, k=100).hits
    assert hits.named.trial_id == SEED


def test_what_else_the_text_says_is_asked_besides(seeds_engine):
    hits = found(seeds_engine, f"{SEED} in children")
    assert hits.hits == seeds_engine.ask(Question(positives={SEED: 1.0}, text="in children"), ALL).hits
    assert hits.question.text == "in children"


def test_the_answer_shows_the_trial_named_and_the_text_as_it_was_typed(seeds_engine):
    told = answer(seeds_engine, Question(text=f"like {SEED}"), Listing(k=1))
    assert (told.named.id, told.query.id, told.query.text) == (SEED, SEED, f"like {SEED}")
    assert [(one.id, one.weight) for one in told.query.positives] == [(SEED, 1.0)]
    assert answer(seeds_engine, Question(text="colitis"), Listing(k=1)).named is None


def test_an_nct_id_that_is_not_here_is_said_not_to_be_here(seeds_engine):
    with pytest.raises(UnknownTrial, match="no trial NCT99999999 in this index"):
        found(seeds_engine, "children in NCT99999999")


def test_a_secondary_id_names_its_trial_unless_it_is_a_common_word(build, root):
    def with_id(number, title, other):
        return study(
            f"NCT{number:08}", title, identificationModule={"secondaryIdInfos": [{"id": other}]}
        )  # fmt: skip

    build(
        [
            with_id(1, "Exosomes for colitis", "TH-SC01"),
            with_id(2, "Masks", "COVID-19"),
            with_id(3, "Masks", "no digit"),
            *(study(f"NCT{number:08}", "COVID-19 vaccine") for number in range(10, 200)),
        ]
    )
    engine = SearchEngine.open(root)
    assert found(engine, "th-sc01").named.trial_id == "NCT00000001"
    assert found(engine, "COVID-19").named is None
    assert found(engine, "no digit").named is None
    assert found(engine, "TH-SC01 again").named is None
