"""The terms that are suggested, held against a plain walk over the same terms."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.artefact import suggested_terms
from search.artefact.facet_terms import TermLists
from search.artefact.suggested_terms import SuggestedTerms
from search.passage import Facet

CONDITION, INTERVENTION = Facet.CONDITION, Facet.INTERVENTION
# Letters that sort otherwise by UTF-16 (U+FF21, U+10400), that folding makes longer (ß, İ), and that begin no word.
LETTERS = "aAbBzéß\u0130ﬃ\u03a3\u03c3\uff11\uff21\U00010400\U0010ffff 9(-_"
LISTS = st.lists(st.lists(st.integers(0, 5), max_size=3), min_size=1, max_size=8)
TEXTS = st.lists(st.text(LETTERS, min_size=1, max_size=7), min_size=6, max_size=6, unique=True)


def suggested(texts, conditions, interventions):
    lists = {}
    for facet, listed in ((CONDITION, conditions), (INTERVENTION, interventions)):
        offsets = np.cumsum([0, *map(len, listed)], dtype=np.int32)
        lists[facet] = TermLists(offsets, np.array([term for terms in listed for term in terms], dtype=np.int32))
    return SuggestedTerms.of(texts.__getitem__, lists)


@pytest.fixture(scope="session")
def opened(tmp_path_factory):
    """Terms, saved and opened again."""

    def save_and_open(terms: SuggestedTerms) -> SuggestedTerms:
        folder = tmp_path_factory.mktemp("saved") / "suggestions"
        terms.save(folder)
        return SuggestedTerms.open(folder)

    return save_and_open


def test_terms_are_ranked_by_trials_and_named_once_as_most_write_them():
    texts = ["asthma", "Asthma", "Pain", "Aspirin", "Placebo"]
    terms = suggested(texts, [[1, 2], [1], [0]], [[3, 4], [3, 2], [4]])
    assert list(terms) == [
        (CONDITION, "Asthma", 3),
        (INTERVENTION, "Aspirin", 2),
        (CONDITION, "Pain", 1),
        (INTERVENTION, "Pain", 1),
    ]


def test_only_the_most_frequent_of_a_facet_are_kept(monkeypatch):
    monkeypatch.setattr(suggested_terms, "MOST_TERMS", 2)
    terms = suggested(["Pain", "Asthma", "Fever"], [[0, 1], [1, 2], [2]], [[0]])
    assert list(terms) == [(CONDITION, "Asthma", 2), (CONDITION, "Fever", 2), (INTERVENTION, "Pain", 1)]


@given(TEXTS, LISTS, LISTS, st.text(LETTERS, min_size=1, max_size=3))
def test_saved_and_opened_they_begin_as_a_walk_over_all_of_them_says(opened, texts, conditions, interventions, typed):
    made = suggested(texts, conditions, interventions)
    terms = opened(made)
    assert list(terms) == list(made)
    starts = {
        rank: [at for at, letter in enumerate(text) if letter.isalnum() and not text[:at][-1:].isalnum()]
        for rank, (_, term, _) in enumerate(terms)
        for text in [term.casefold()]
    }
    folded = {rank: term.casefold() for rank, (_, term, _) in enumerate(terms)}

    for beginning in {typed.casefold(), *(text[at : at + 2] for rank, text in folded.items() for at in starts[rank])}:
        # What begins so and goes on with the last code point there is, which no text has, is passed over.
        end = beginning + "\U0010ffff"
        found = [rank for rank, text in folded.items() if any(beginning <= text[at:] < end for at in starts[rank])]
        expected = sorted(found, key=lambda rank: (not folded[rank].startswith(beginning), rank))
        assert terms.beginning_with(beginning) == expected


@given(TEXTS, LISTS)
def test_the_beginnings_are_in_the_order_of_python(opened, texts, conditions):
    beginnings = opened(suggested(texts, conditions, [])).beginnings.to_pylist()
    assert beginnings == sorted(beginnings, key=lambda beginning: (beginning["text"], beginning["rank"]))


def test_opened_they_are_mapped_and_take_no_memory(tmp_path):
    texts = [f"Condition {number}" for number in range(1000)]
    terms = suggested(texts, [list(range(1000))], [])
    terms.save(tmp_path / "suggestions")
    before = pa.total_allocated_bytes()
    again = SuggestedTerms.open(tmp_path / "suggestions")
    assert pa.total_allocated_bytes() - before < 1000
    assert again.terms.equals(terms.terms)
    assert again.beginnings.equals(terms.beginnings)


def test_of_no_terms_nothing_is_suggested(opened):
    terms = opened(suggested([], [[]], [[]]))
    assert list(terms) == []
    assert terms.beginning_with("co") == []


def test_files_that_hold_something_else_are_refused(tmp_path: Path):
    other = pa.record_batch({"title": ["a"]})
    SuggestedTerms(other, other).save(tmp_path / "suggestions")
    with pytest.raises(ValueError, match="names"):
        SuggestedTerms.open(tmp_path / "suggestions")
