import math

import numpy as np
import pytest

from search.passage import Facet
from search.reasons import NO_TERMS, Shared, Terms, shared_terms
from search.vectors import unit_rows

FREQUENT = {"stem", "cell", "diseas"}
AXES = np.eye(4, dtype=np.float32)


def rarity(word: str) -> float:
    return 1.0 if word in FREQUENT else 4.0


def terms(*texts: str, vectors: object = AXES) -> Terms:
    return Terms(texts, np.asarray(vectors, dtype=np.float32)[: len(texts)])


def test_one_term_near_in_meaning_is_shared_with_its_cosine() -> None:
    near = unit_rows(np.array([[0.9, math.sqrt(1 - 0.81), 0, 0]]))
    found = shared_terms(Facet.CONDITION, terms("Ulcerative Colitis"), terms("UC", vectors=near), "A study", rarity)
    assert found == [Shared(Facet.CONDITION, "Ulcerative Colitis", "UC", 0.9)]


def test_terms_apart_in_meaning_and_words_are_not_shared() -> None:
    found = shared_terms(
        Facet.CONDITION, terms("Ulcerative Colitis"), terms("Melasma", vectors=AXES[1:]), "Melasma", rarity
    )
    assert found == []


def test_a_longer_term_that_says_the_whole_of_ours_is_shared() -> None:
    ours, theirs = terms("Stem Cells"), terms("Umbilical Cord Stem Cells", vectors=AXES[1:])
    found = shared_terms(Facet.INTERVENTION, ours, theirs, "A study", rarity)
    assert found == [Shared(Facet.INTERVENTION, "Stem Cells", "Umbilical Cord Stem Cells", 1.0)]


def test_a_record_without_terms_shares_what_its_title_says() -> None:
    found = shared_terms(Facet.CONDITION, terms("Crohn Disease"), NO_TERMS, "Stem cells in Crohn's disease", rarity)
    assert found == [Shared(Facet.CONDITION, "Crohn Disease", "Crohn disease", 1.0)]


def test_an_abbreviation_in_brackets_is_not_asked_of_the_other_side() -> None:
    found = shared_terms(Facet.CONDITION, terms("Ulcerative Colitis (UC)"), NO_TERMS, "Ulcerative colitis", rarity)
    assert [shared.likeness for shared in found] == [1.0]


def test_frequent_words_alone_do_not_make_a_term_shared() -> None:
    # stem + cell weigh 2 of the term's 14: the rare words are what it is about.
    ours = terms("exosomes of umbilical cord stem cells")
    assert shared_terms(Facet.INTERVENTION, ours, NO_TERMS, "Stem cell registry", rarity) == []


@pytest.mark.parametrize("control", ["Placebo", "Normal saline", "Control group", "Standard of care", "Sham control"])
def test_what_a_control_arm_gets_is_never_shared(control: str) -> None:
    assert shared_terms(Facet.INTERVENTION, terms(control), terms(control), control, rarity) == []


def test_one_term_of_the_hit_is_named_once_with_the_surest_of_ours() -> None:
    near = unit_rows(np.array([[1, 0, 0, 0], [0.9, math.sqrt(1 - 0.81), 0, 0]]))
    ours = terms("Colitis, Ulcerative", "Proctocolitis", vectors=near)
    found = shared_terms(Facet.CONDITION, ours, terms("UC"), "A study", rarity)
    assert found == [Shared(Facet.CONDITION, "Colitis, Ulcerative", "UC", 1.0)]
