import math
from typing import Any

import numpy as np
import pytest

from search.passage import Facet
from search.reasons import (
    Reason,
    ReasonKind,
    Terms,
    reason_by_difference,
    reason_by_id,
    reason_by_mesh,
    reason_by_words,
    reasons_by_terms,
    weighing,
)
from search.trial import MeshTerm, Trial
from search.vectors import unit_rows

FREQUENT = {"stem", "cell", "diseas"}
AXES = np.eye(4, dtype=np.float32)
NO_TERMS = Terms((), AXES[:0])


weigh = weighing(lambda word: 1.0 if word in FREQUENT else 4.0)


def terms(*texts: str, vectors: object = AXES) -> Terms:
    return Terms(texts, np.asarray(vectors, dtype=np.float32)[: len(texts)])


def test_one_term_near_in_meaning_is_shared_with_its_cosine() -> None:
    near = unit_rows(np.array([[0.9, math.sqrt(1 - 0.81), 0, 0]]))
    found = reasons_by_terms(Facet.CONDITION, terms("Ulcerative Colitis"), terms("UC", vectors=near), "A study", weigh)
    assert found == [Reason(ReasonKind.SAME_CONDITION, "Ulcerative Colitis", "UC", 0.9)]


def test_terms_apart_in_meaning_and_words_are_not_shared() -> None:
    found = reasons_by_terms(
        Facet.CONDITION, terms("Ulcerative Colitis"), terms("Melasma", vectors=AXES[1:]), "Melasma", weigh
    )
    assert found == []


def test_a_longer_term_that_says_the_whole_of_ours_is_related_and_not_the_same() -> None:
    ours, theirs = terms("Stem Cells"), terms("Umbilical Cord Stem Cells", vectors=AXES[1:])
    found = reasons_by_terms(Facet.INTERVENTION, ours, theirs, "A study", weigh)
    assert found == [Reason(ReasonKind.RELATED_INTERVENTION, "Stem Cells", "Umbilical Cord Stem Cells", 0.84)]


def test_a_record_without_terms_shares_what_its_title_says() -> None:
    found = reasons_by_terms(Facet.CONDITION, terms("Crohn Disease"), NO_TERMS, "Stem cells in Crohn's disease", weigh)
    assert found == [Reason(ReasonKind.SAME_CONDITION, "Crohn Disease", "Crohn disease", 1.0)]


def test_an_abbreviation_in_brackets_is_not_asked_of_the_other_side() -> None:
    found = reasons_by_terms(Facet.CONDITION, terms("Ulcerative Colitis (UC)"), NO_TERMS, "Ulcerative colitis", weigh)
    assert [reason.likeness for reason in found] == [1.0]


def test_frequent_words_alone_do_not_make_a_term_shared() -> None:
    # stem + cell weigh 2 of the term's 14: the rare words are what it is about.
    ours = terms("exosomes of umbilical cord stem cells")
    assert reasons_by_terms(Facet.INTERVENTION, ours, NO_TERMS, "Stem cell registry", weigh) == []


@pytest.mark.parametrize("control", ["Placebo", "Normal saline", "Control group", "Standard of care", "Sham control"])
def test_what_a_control_arm_gets_is_never_shared(control: str) -> None:
    assert reasons_by_terms(Facet.INTERVENTION, terms(control), terms(control), control, weigh) == []


def test_one_term_of_the_hit_is_named_once_with_the_surest_of_ours() -> None:
    near = unit_rows(np.array([[1, 0, 0, 0], [0.9, math.sqrt(1 - 0.81), 0, 0]]))
    ours = terms("Colitis, Ulcerative", "Proctocolitis", vectors=near)
    found = reasons_by_terms(Facet.CONDITION, ours, terms("UC"), "A study", weigh)
    assert found == [Reason(ReasonKind.SAME_CONDITION, "Colitis, Ulcerative", "UC", 1.0)]


def test_a_free_text_may_say_more_than_the_term_it_names() -> None:
    text, theirs = terms("stem cells for Crohn's disease"), terms("Crohn Disease", vectors=AXES[1:])
    found = reasons_by_terms(Facet.CONDITION, text, theirs, "", weigh, of_text=True)
    assert found == [Reason(ReasonKind.SAME_CONDITION, "stem cells for Crohn's disease", "Crohn Disease", 1.0)]


def trial(**fields: Any) -> Trial:
    return Trial(trial_id="NCT00000001", brief_title="A trial", **fields)


def mesh(*headings: str) -> tuple[MeshTerm, ...]:
    return tuple(MeshTerm(heading) for heading in headings)


# Bits of information: the rarer, the more.
INFORMATION = {"Ulcerative": 5.0, "Crohn": 5.0, "IBD": 4.0, "Digestive": 1.0, "Asthma": 5.0}.__getitem__


def test_two_conditions_meet_through_the_heading_that_tells_most() -> None:
    above = mesh("Digestive", "IBD")
    ours = trial(condition_mesh=mesh("Ulcerative"), condition_mesh_ancestors=above)
    theirs = trial(condition_mesh=mesh("Crohn"), condition_mesh_ancestors=above)
    # Lin: 2 x 4 / (5 + 5).
    assert reason_by_mesh(Facet.CONDITION, ours, theirs, INFORMATION) == Reason(
        ReasonKind.RELATED_CONDITION, "Ulcerative", "Crohn", 0.8, via="IBD"
    )


def test_a_heading_above_nearly_everything_brings_nobody_together() -> None:
    ours = trial(condition_mesh=mesh("Ulcerative"), condition_mesh_ancestors=mesh("Digestive"))
    theirs = trial(condition_mesh=mesh("Asthma"), condition_mesh_ancestors=mesh("Digestive"))
    assert reason_by_mesh(Facet.CONDITION, ours, theirs, INFORMATION) is None
    assert reason_by_mesh(Facet.CONDITION, ours, trial(), INFORMATION) is None


def test_one_heading_of_both_is_the_same_condition() -> None:
    both = trial(condition_mesh=mesh("Crohn"))
    assert reason_by_mesh(Facet.CONDITION, both, both, INFORMATION) == Reason(
        ReasonKind.SAME_CONDITION, "Crohn", "Crohn", 1.0
    )


def test_where_no_term_is_met_the_words_of_the_title_speak() -> None:
    # exosom is asked and weighs 4 of the title's 12; whey and protein are not asked.
    assert reason_by_words("Exosomes for colitis", "Whey Protein Exosomes", weigh) == [
        Reason(ReasonKind.SAME_WORDS, "Exosomes", "Exosomes", 0.3333)
    ]
    assert reason_by_words("Exosomes for colitis", "Asthma in children", weigh) == []


def test_a_trial_registered_twice_is_said_to_be_one() -> None:
    theirs = Trial(trial_id="EUCTR2019-001234-56", brief_title="A trial")
    assert reason_by_id(trial(secondary_ids=("2019-001234-56",)), theirs) == [
        Reason(ReasonKind.SAME_TRIAL, "NCT00000001", "EUCTR2019-001234-56", 1.0)
    ]
    assert reason_by_id(trial(), theirs) == []


def test_terms_are_compared_by_their_readings_and_named_as_registered() -> None:
    ours = Terms(("UCMSC group",), AXES[:1], ("umbilical cord mesenchymal stem cells group",))
    theirs = Terms(("Umbilical cord mesenchymal stem cells",), AXES[1:2])
    # An arm's name is weak evidence: related, though the words are all there.
    assert reasons_by_terms(Facet.INTERVENTION, ours, theirs, "A study", weigh) == [
        Reason(ReasonKind.RELATED_INTERVENTION, "UCMSC group", "Umbilical cord mesenchymal stem cells", 0.84)
    ]
    unread = Terms(ours.texts, ours.vectors)
    assert reasons_by_terms(Facet.INTERVENTION, unread, theirs, "A study", weigh) == []


def test_a_term_that_was_read_as_a_control_arm_is_never_shared() -> None:
    control = Terms(("Drawing blood",), AXES[:1], ("",))
    assert reasons_by_terms(Facet.INTERVENTION, control, control, "Drawing blood", weigh) == []


def test_a_heading_above_two_interventions_is_their_class() -> None:
    ours = trial(intervention_mesh=mesh("Ulcerative"), intervention_mesh_ancestors=mesh("IBD"))
    theirs = trial(intervention_mesh=mesh("Crohn"), intervention_mesh_ancestors=mesh("IBD"))
    found = reason_by_mesh(Facet.INTERVENTION, ours, theirs, INFORMATION)
    assert found == Reason(ReasonKind.SAME_INTERVENTION_CLASS, "Ulcerative", "Crohn", 0.8, via="IBD")
    same = reason_by_mesh(Facet.INTERVENTION, ours, ours, INFORMATION)
    assert same == Reason(ReasonKind.SAME_INTERVENTION, "Ulcerative", "Ulcerative", 1.0)


def test_conditions_far_apart_are_different_and_the_nearest_two_are_named() -> None:
    angle = unit_rows(np.array([[0.3, math.sqrt(1 - 0.09), 0, 0]]))
    ours, theirs = (
        terms("Ulcerative Colitis", vectors=AXES),
        terms("Melasma", "Acne", vectors=np.vstack([AXES[2:3], angle])),
    )
    assert reason_by_difference(ours, theirs, AXES[3]) == [
        Reason(ReasonKind.DIFFERENT_CONDITION, "Ulcerative Colitis", "Acne", 0.7)
    ]


def test_conditions_neither_near_nor_far_are_not_called_different() -> None:
    half = unit_rows(np.array([[0.5, math.sqrt(0.75), 0, 0]]))
    assert reason_by_difference(terms("Ulcerative Colitis"), terms("Crohn Disease", vectors=half), AXES[3]) == []
    assert reason_by_difference(NO_TERMS, terms("Melasma"), AXES[3]) == []


def test_a_title_stands_in_for_conditions_that_are_not_registered() -> None:
    near = unit_rows(np.array([[0.3, math.sqrt(1 - 0.09), 0, 0]]))[0]
    assert reason_by_difference(terms("Ulcerative Colitis"), NO_TERMS, AXES[3]) == [
        Reason(ReasonKind.DIFFERENT_CONDITION, "Ulcerative Colitis", "", 1.0)
    ]
    assert reason_by_difference(terms("Ulcerative Colitis"), NO_TERMS, near) == []


def test_words_of_any_title_are_no_reason_and_each_word_is_named_once() -> None:
    assert reason_by_words("Safety study of treatment in patients", "Safety of a treatment in patients", weigh) == []
    assert reason_by_words("Exosomes: exosomes for colitis", "Exosomes", weigh) == [
        Reason(ReasonKind.SAME_WORDS, "Exosomes", "Exosomes", 1.0)
    ]
