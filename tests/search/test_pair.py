"""Two trials side by side, against terms counted by hand and cosines taken by NumPy."""

import numpy as np
import pytest

from search.encoders.hashing import HashingEncoder
from search.engine import SearchEngine
from search.errors import BadInput, UnknownTrial
from search.passage import Facet
from search.reasons import ReasonKind
from tests.records import study

FIRST, SECOND, BARE = "NCT00000001", "NCT00000002", "NCT00000003"


@pytest.fixture
def engine(root, build):
    """Three trials; the third is known by its title alone."""
    build(
        [
            study(
                FIRST,
                "Aspirin before bed",
                conditions=["Migraine", "Insomnia"],
                interventions=["Aspirin", "Melatonin", "Placebo"],
            ),
            study(
                SECOND,
                "Aspirin at noon",
                conditions=["Migraine", "Nausea"],
                interventions=["aspirin", "Placebo", "Ginger root"],
            ),
            study(BARE, "Melatonin for insomnia"),
            *[study(f"NCT0000001{n}", f"Knee exercise {n}", conditions=["Gonarthrosis"]) for n in range(5)],
        ]
    )
    return SearchEngine.open(root)


def facets_of(pair):
    return {facet.facet: facet for facet in pair.facets}


def test_what_only_one_of_the_two_says_is_told_facet_by_facet(engine):
    facets = facets_of(engine.compare(FIRST, SECOND))
    assert (facets[Facet.CONDITION].only_first, facets[Facet.CONDITION].only_second) == (("Insomnia",), ("Nausea",))
    assert facets[Facet.INTERVENTION].only_first == ("Melatonin",)
    assert facets[Facet.INTERVENTION].only_second == ("Ginger root",)


def test_what_a_title_says_is_not_missing(engine):
    facets = facets_of(engine.compare(FIRST, BARE))
    assert facets[Facet.CONDITION].only_first == ("Migraine",)
    assert facets[Facet.INTERVENTION].only_first == ("Aspirin", "Placebo")
    assert facets[Facet.CONDITION].only_second == facets[Facet.INTERVENTION].only_second == ()


def test_the_similarity_of_a_facet_is_the_mean_of_the_best_cosines_both_ways(engine):
    encode = HashingEncoder().encode_documents
    ours, theirs = encode(["Migraine", "Insomnia"]), encode(["Migraine", "Nausea"])
    cosines = ours @ theirs.T
    expected = np.mean([cosines.max(axis=1).mean(), cosines.max(axis=0).mean()])
    there, back = (
        facets_of(engine.compare(*pair))[Facet.CONDITION].similarity for pair in [(FIRST, SECOND), (SECOND, FIRST)]
    )
    assert there == back == pytest.approx(expected, abs=2e-3)


def test_a_facet_that_one_record_lacks_has_no_similarity(engine):
    assert [facet.similarity for facet in engine.compare(FIRST, BARE).facets] == [None, None]


def test_score_and_reasons_are_those_of_the_list_of_the_first(engine):
    pair = engine.compare("nct00000001", SECOND)
    (hit,) = [hit for hit in engine.similar(FIRST, k=7).hits if hit.trial.trial_id == SECOND]
    assert (pair.score, pair.band, pair.probability, pair.reasons) == (
        *(hit.score, hit.band, hit.probability),
        hit.reasons,
    )
    assert (pair.first.trial_id, pair.second.trial_id) == (FIRST, SECOND)
    assert [(reason.kind, reason.query_term) for reason in pair.reasons] == [
        (ReasonKind.SAME_CONDITION, "Migraine"),
        (ReasonKind.SAME_INTERVENTION, "Aspirin"),
    ]


def test_trials_that_share_nothing_are_compared_too(engine):
    pair = engine.compare(FIRST, "NCT00000010")
    assert [reason.kind for reason in pair.reasons] == [ReasonKind.DIFFERENT_CONDITION]
    assert facets_of(pair)[Facet.CONDITION].only_first == ("Migraine", "Insomnia")
    assert facets_of(pair)[Facet.CONDITION].only_second == ("Gonarthrosis",)


def test_a_trial_is_not_compared_with_itself(engine):
    with pytest.raises(BadInput, match="nct00000001 and NCT00000001 are one trial; name two to compare"):
        engine.compare("nct00000001", FIRST)


def test_a_trial_that_is_not_there_is_not_compared(engine):
    with pytest.raises(UnknownTrial, match="no trial NCT99999999"):
        engine.compare(FIRST, "NCT99999999")
