from functools import partial
from typing import Any

import numpy as np
import pytest

from indexer.sources.files import SEEDS, open_source
from search.artefact.reading import open_current
from search.bands import band_of, probability_of
from search.encoders.built import built_encoder
from search.encoders.hashing import HashingEncoder
from search.engine import SearchEngine
from search.errors import BadInput, UnknownEncoder, UnknownTrial, UnusableEncoder
from search.filters import parse_filters
from search.legs import TRIAL_WEIGHTS, Leg
from search.lexical import words_of_trial
from search.passage import Facet
from search.ranking import NEIGHBOURS
from tests.conftest import Build
from tests.records import study

SEED = "NCT06853522"


def ids(hits: Any) -> list[str]:
    return [hit.trial.trial_id for hit in hits.hits]


def scored_by_hand(root: Any, trial_id: str) -> list[tuple[str, float]]:
    """The formula of docs/relevance.md over every trial, with no candidate stage."""
    artefact = open_current(root)
    row = artefact.identifiers.row(trial_id)
    everything = np.arange(len(artefact.trials))
    passages, titles = artefact.passages.vectors(everything), np.asarray(artefact.titles)
    words = artefact.lexical.scores(words_of_trial(artefact.trials.trial(row))).of(everything)
    own = (
        TRIAL_WEIGHTS[Leg.WORDS] * words / words[row]
        + TRIAL_WEIGHTS[Leg.PASSAGE] * passages @ passages[row]
        + TRIAL_WEIGHTS[Leg.TITLE] * titles @ titles[row]
    )
    others = [other for other in everything if other != row]
    best = sorted(others, key=lambda other: (-own[other], other))[:NEIGHBOURS]
    trust = np.exp([20 * own[other] for other in best])
    # Of what lenders lend, .35 of .45 is by passages and .1 by titles, as in the score itself.
    near = np.average(
        [(0.35 * passages @ passages[other] + 0.1 * titles @ titles[other]) / 0.45 for other in best],
        axis=0,
        weights=trust,
    )
    total = own + TRIAL_WEIGHTS[Leg.NEIGHBOURS] * near
    ranked = sorted(others, key=lambda other: (-round(float(total[other]), 5), other))
    return [(artefact.trials.trial(other).trial_id, float(total[other])) for other in ranked]


@pytest.mark.parametrize("trial_id", [SEED, "NCT05262829", "NCT06755021", "NCT00146900"])
def test_similar_ranks_as_the_formula_over_all_trials_does(seeds_root: Any, trial_id: str) -> None:
    hits = SearchEngine.open(seeds_root).similar(trial_id, k=10).hits
    expected = scored_by_hand(seeds_root, trial_id)[:10]
    assert [hit.trial.trial_id for hit in hits] == [other for other, _ in expected]
    np.testing.assert_allclose([hit.score for hit in hits], [score for _, score in expected], atol=6e-5)


def test_the_query_trial_is_left_out_even_among_its_equals(build: Build, root: Any) -> None:
    build([study(f"NCT0000000{number}", "Exosomes for colitis") for number in range(1, 6)])
    assert ids(SearchEngine.open(root).similar("NCT00000004")) == [
        "NCT00000001", "NCT00000002", "NCT00000003", "NCT00000005",
    ]  # fmt: skip


def test_parts_add_up_to_the_score(seeds_engine: SearchEngine) -> None:
    for hit in seeds_engine.similar(SEED, k=50).hits:
        assert sum(hit.parts.values()) == pytest.approx(hit.score, abs=3e-4)
        assert set(hit.parts) == {"words", "passage", "title", "neighbours"}


def test_a_filter_takes_trials_off_the_list_and_reorders_none(seeds_engine: SearchEngine) -> None:
    unfiltered = {hit.trial.trial_id: hit.score for hit in seeds_engine.similar(SEED, k=100).hits}
    filtered = seeds_engine.similar(SEED, k=100, filters=parse_filters(phase=["2"])).hits
    assert filtered
    assert all("PHASE2" in hit.trial.phases for hit in filtered)
    common = [hit.trial.trial_id for hit in filtered if hit.trial.trial_id in unfiltered]
    assert common == [trial_id for trial_id in unfiltered if trial_id in set(common)]
    assert all(unfiltered[hit.trial.trial_id] == hit.score for hit in filtered if hit.trial.trial_id in unfiltered)


def test_a_filtered_list_is_full_when_enough_trials_pass(seeds_engine: SearchEngine) -> None:
    filters = parse_filters(status=["completed"])
    passing = [trial for trial in map(seeds_engine.trial, seed_ids()) if trial.status == "COMPLETED"]
    found = seeds_engine.similar(SEED, k=100, filters=filters)
    assert found.eligible == len(passing)
    assert len(found.hits) == min(100, len(passing))


def test_among_ranks_only_the_named_trials(seeds_engine: SearchEngine) -> None:
    named = ["NCT02442037", "nct06755021 ", "NCT99999999", SEED]
    assert ids(seeds_engine.similar(SEED, among=named)) == ["NCT02442037", "NCT06755021"]


def test_a_lone_trial_has_no_hits(build: Build, root: Any) -> None:
    build([study("NCT00000001")])
    found = SearchEngine.open(root).similar("NCT00000001")
    assert found.hits == ()
    assert found.eligible == 0


def test_a_title_without_words_is_indexed_asked_and_answered(build: Build, root: Any) -> None:
    build([study("NCT00000001", "???"), study("NCT00000002", "Colitis"), study("NCT00000003", "Colitis, again")])
    engine = SearchEngine.open(root)
    assert sorted(ids(engine.similar("NCT00000001"))) == ["NCT00000002", "NCT00000003"]
    assert ids(engine.similar("NCT00000002", k=1)) == ["NCT00000003"]


def test_search_finds_the_trial_whose_words_are_typed(seeds_engine: SearchEngine) -> None:
    found = seeds_engine.search("Whey Protein Milk-Derived Exosomes", k=1)
    assert ids(found) == ["NCT06755021"]


@pytest.mark.parametrize("k", [0, -1, 101])
def test_k_out_of_bounds_is_refused(seeds_engine: SearchEngine, k: int) -> None:
    with pytest.raises(BadInput, match=f"k is {k}; it must be from 1 to 100"):
        seeds_engine.similar(SEED, k=k)


@pytest.mark.parametrize("text", ["", "  \n", "!!!"])
def test_a_text_without_a_letter_or_digit_is_refused(seeds_engine: SearchEngine, text: str) -> None:
    with pytest.raises(BadInput, match="nothing to look for in"):
        seeds_engine.search(text)


def test_a_text_too_long_is_refused(seeds_engine: SearchEngine) -> None:
    with pytest.raises(BadInput, match="a query has at most 10,000 characters; this one has 10,001"):
        seeds_engine.search("x" * 10_001)


def test_a_facet_given_all_the_weight_leads_the_list(seeds_engine: SearchEngine) -> None:
    by_condition = seeds_engine.similar(SEED, k=5, weights={Facet.CONDITION: 1})
    assert all(any(reason.kind.endswith("condition") for reason in hit.reasons) for hit in by_condition.hits)
    by_intervention = seeds_engine.similar(SEED, k=5, weights={Facet.INTERVENTION: 1})
    assert ids(by_condition) != ids(by_intervention)
    assert {"condition"} == set(by_condition.hits[0].parts) - {"words", "passage", "title", "neighbours"}


def test_an_unknown_trial_is_said_to_be_unknown(seeds_engine: SearchEngine) -> None:
    with pytest.raises(UnknownTrial, match="no trial NCT99999999 in this index"):
        seeds_engine.similar("nct99999999")


def test_similar_never_opens_the_encoder_and_search_refuses_another_revision(seeds_root: Any) -> None:
    opened: list[str] = []

    class Retrained(HashingEncoder):
        revision = "hashing-2"

    def open_other(spec: str) -> HashingEncoder:
        opened.append(spec)
        return Retrained()

    engine = SearchEngine(open_current(seeds_root), open_encoder=partial(built_encoder, open_encoder=open_other))
    engine.similar(SEED)
    assert opened == []
    with pytest.raises(UnusableEncoder, match=r"hashing-1.*hashing-2"):
        engine.search("colitis")
    assert opened == ["hashing"]


def test_an_encoder_that_is_gone_is_the_servers_fault(seeds_root: Any) -> None:
    def open_gone(spec: str) -> HashingEncoder:
        raise UnknownEncoder(spec)

    with pytest.raises(UnusableEncoder, match="built with the encoder hashing, which is not here"):
        SearchEngine(open_current(seeds_root), open_encoder=partial(built_encoder, open_encoder=open_gone)).search(
            "colitis"
        )


def test_taking_a_reason_away_lowers_the_score(build: Build, root: Any) -> None:
    others = [study(f"NCT0000010{number}", f"Something else {number}", conditions=["Asthma"]) for number in range(6)]
    asked = study("NCT00000001", "Exosomes for colitis", conditions=["Ulcerative Colitis"], interventions=["Exosomes"])
    modules = {"conditions": ["Ulcerative Colitis"], "interventions": ["Exosomes"]}
    scores = {}
    for left in ["conditions interventions", "conditions", "interventions"]:
        build([asked, study("NCT00000002", "A study", **{key: modules[key] for key in left.split()}), *others])
        hits = {hit.trial.trial_id: hit for hit in SearchEngine.open(root).similar("NCT00000001").hits}
        scores[left] = hits["NCT00000002"].score
        kinds = [reason.kind for reason in hits["NCT00000002"].reasons]
        remark = [] if "conditions" in left else ["different_condition"]
        assert kinds == [f"same_{key.removesuffix('s')}" for key in left.split()] + remark
    assert scores["conditions interventions"] > max(scores["conditions"], scores["interventions"])


def test_bands_and_probabilities_are_given_only_where_they_were_measured(
    seeds_engine: SearchEngine, calibrated_engine: SearchEngine
) -> None:
    hits = calibrated_engine.similar(SEED, k=50).hits
    assert [(hit.band, hit.probability) for hit in hits] == [
        (band_of(hit.score), probability_of(hit.score)) for hit in hits
    ]
    unmeasured = [
        calibrated_engine.similar(SEED, weights={Facet.CONDITION: 1}),
        seeds_engine.similar(SEED),
        seeds_engine.search("colitis"),
    ]
    assert {(hit.band, hit.probability) for found in unmeasured for hit in found.hits} == {(None, None)}


def seed_ids() -> list[str]:
    records: Any = open_source(SEEDS).records()
    return [record.study["protocolSection"]["identificationModule"]["nctId"] for record in records]
