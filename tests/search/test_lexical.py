import math
from pathlib import Path

import numpy as np
import pytest

from search.lexical import LexicalIndex, words_of, words_of_trial
from search.postings import K1, B
from search.trial import Intervention, Trial

DOCUMENTS = [["crohn", "stem", "crohn"], ["stem", "cell"], ["cell", "cell", "knee", "pain"], []]
EVERYTHING = np.arange(len(DOCUMENTS))


@pytest.fixture
def index(tmp_path: Path) -> LexicalIndex:
    LexicalIndex.build(DOCUMENTS).save(tmp_path / "words")
    return LexicalIndex.open(tmp_path / "words")


def bm25(word: str, document: list[str]) -> float:
    """Robertson's formula with Lucene's idf, written out."""
    containing = sum(word in other for other in DOCUMENTS)
    idf = math.log(1 + (len(DOCUMENTS) - containing + 0.5) / (containing + 0.5))
    mean_length = sum(map(len, DOCUMENTS)) / len(DOCUMENTS)
    times = document.count(word)
    return idf * times / (times + K1 * (1 - B + B * len(document) / mean_length))


def test_a_score_is_robertsons_bm25(index: LexicalIndex) -> None:
    expected = [bm25("crohn", document) + bm25("cell", document) for document in DOCUMENTS]
    np.testing.assert_allclose(index.scores(["crohn", "cell"]).of(EVERYTHING), expected, rtol=1e-6)


def test_a_word_asked_for_twice_counts_twice(index: LexicalIndex) -> None:
    once, twice = (index.scores(["knee"] * times).of(EVERYTHING) for times in (1, 2))
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-6)


def test_words_that_no_trial_has_score_nothing(index: LexicalIndex) -> None:
    assert index.scores(["zebra"]).of(EVERYTHING).tolist() == [0, 0, 0, 0]
    assert index.scores([]).of(EVERYTHING).tolist() == [0, 0, 0, 0]


def test_rarity_is_the_inverse_document_frequency(index: LexicalIndex) -> None:
    assert index.rarity("stem") == pytest.approx(math.log(1 + 2.5 / 2.5))
    assert index.rarity("zebra") == pytest.approx(math.log(1 + 4.5 / 0.5))


def test_documents_without_a_word_can_be_indexed_and_asked(tmp_path: Path) -> None:
    LexicalIndex.build([[], []]).save(tmp_path / "words")
    assert LexicalIndex.open(tmp_path / "words").scores(["crohn"]).of(EVERYTHING[:2]).tolist() == [0, 0]


def test_words_are_stemmed_lower_case_and_without_stop_words() -> None:
    assert words_of("The Umbilical-Cord Cells of 5 IL-23 patients") == ["umbil", "cord", "cell", "il", "23", "patient"]


def test_a_trials_words_weigh_by_field() -> None:
    trial = Trial(
        trial_id="NCT00000001",
        brief_title="alpha",
        official_title="beta",
        conditions=("gamma",),
        interventions=(Intervention("delta", other_names=("unread",)),),
        keywords=("epsilon",),
        brief_summary="zeta",
    )
    words = words_of_trial(trial)
    counts = {word: words.count(word) for word in words}
    assert counts == {"alpha": 3, "gamma": 2, "delta": 2, "beta": 2, "epsilon": 2, "zeta": 2}


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        (["stem"], [0, 1]),
        (["stem", "cell"], [1]),
        (["cell", "cell"], [1, 2]),
        (["crohn", "knee"], []),
        (["gout"], []),
        ([], []),
    ],
)
def test_rows_have_all_of_the_words(index: LexicalIndex, words: list[str], rows: list[int]) -> None:
    assert index.rows(words).tolist() == rows
