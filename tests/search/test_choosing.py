"""What a listing does to the list, against the plain list and what can be worked out from it."""

import datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.answer import answer
from search.bands import Band
from search.engine import SearchEngine
from search.filters import parse_filters
from search.listing import Listing
from search.preference import BOUND, Preference
from search.programme import Collapse
from search.question import Question
from tests.records import study

SEED = "NCT06853522"
ASKED = Question(positives={SEED: 1.0})


def ids(hits):
    return [hit.trial.trial_id for hit in hits.hits]


def listed(engine, **wanted):
    return engine.ask(ASKED, Listing(**wanted))


def test_pages_follow_each_other_to_the_end_of_the_list(seeds_engine):
    whole = listed(seeds_engine, k=100)
    pages = [listed(seeds_engine, k=30, offset=offset) for offset in (0, 30, 60)]
    assert [hit for page in pages for hit in page.hits] == list(whole.hits[:90])
    last = listed(seeds_engine, k=100, offset=whole.entries - 2)
    assert [hit.rank for hit in last.hits] == [whole.entries - 1, whole.entries]
    assert answer(seeds_engine, ASKED, Listing(offset=900)).note == f"the list ends at rank {whole.entries}"


def test_excluded_trials_are_left_out_and_nothing_else_moves(seeds_engine):
    plain = listed(seeds_engine, k=12)
    gone = ids(plain)[1], f" {ids(plain)[3].lower()}"
    left = listed(seeds_engine, k=10, exclude=(*gone, "NCT99999999", "no id at all"))
    kept = [hit for place, hit in enumerate(plain.hits) if place not in (1, 3)]
    assert [(hit.trial.trial_id, hit.score) for hit in left.hits] == [(hit.trial.trial_id, hit.score) for hit in kept]
    assert left.eligible == plain.eligible - 2


def test_a_least_score_cuts_the_list_and_the_note_says_so(seeds_engine):
    plain = listed(seeds_engine, k=100)
    bound = plain.hits[6].score
    cut = answer(seeds_engine, ASKED, Listing(k=20, min_score=bound))
    assert [hit.id for hit in cut.hits] == [hit.trial.trial_id for hit in plain.hits if hit.score >= bound]
    assert cut.note == f"{len(cut.hits)} trials reach a score of {bound:g}"
    assert answer(seeds_engine, ASKED, Listing(min_score=2.0)).note == "0 trials reach a score of 2"


def test_a_least_band_cuts_where_bands_were_measured_and_lists_nothing_elsewhere(seeds_engine, calibrated_engine):
    plain = calibrated_engine.ask(ASKED, Listing(k=100)).hits
    moderate = calibrated_engine.ask(ASKED, Listing(k=100, min_band=Band.MODERATE)).hits
    assert list(moderate) == [hit for hit in plain if hit.band in (Band.STRONG, Band.MODERATE)]
    assert 0 < len(moderate) < len(plain)
    found = answer(calibrated_engine, ASKED, Listing(k=100, min_band=Band.MODERATE))
    assert found.note == f"{len(moderate)} trials are moderate or better"
    elsewhere = answer(seeds_engine, ASKED, Listing(min_band=Band.WEAK))
    assert elsewhere.hits == ()
    assert elsewhere.note.startswith("no trial has a band here: bands were measured for questions by one trial")


def posted(number, date, **more):
    dates = {} if date is None else {"studyFirstPostDateStruct": {"date": date}}
    return study(f"NCT{number:08}", "Aspirin for migraine", statusModule={**dates, **more})


def test_as_of_lists_what_was_posted_by_then_and_says_how_many_have_no_date(build, root):
    build([posted(1, "2020"), posted(2, "2015-05-17"), posted(3, "2015-05-18"), posted(4, "2015-05"), posted(5, None)])
    engine = SearchEngine.open(root)
    question = Question(positives={"NCT00000001": 1.0})
    found = answer(engine, question, Listing(as_of=datetime.date(2015, 5, 17)))
    assert [hit.id for hit in found.hits] == ["NCT00000002", "NCT00000004"]
    assert found.note == (
        "the filters leave only 2 other trials; a trial fails a filter on what its record does not say; "
        "1 trial left out, since nobody knows when they were first posted"
    )
    assert answer(engine, question, Listing(k=1, as_of=datetime.date(2015, 5, 17))).note == (
        "1 trial left out, since nobody knows when they were first posted"
    )


@pytest.mark.parametrize("diversity", [0.2, 0.7])
def test_diversity_is_mmr_over_five_pages(seeds_engine, diversity):
    plain = listed(seeds_engine, k=50).hits
    artefact = seeds_engine.artefact
    rows = np.array([artefact.identifiers.row(hit.trial.trial_id) for hit in plain])
    passages, titles = artefact.passages.vectors(rows), np.asarray(artefact.titles[rows])
    likeness = (passages @ passages.T + titles @ titles.T) / 2
    chosen = [0]
    while len(chosen) < 10:
        marginal = {
            place: (1 - diversity) * plain[place].score - diversity * likeness[place, chosen].max()
            for place in range(50)
            if place not in chosen
        }
        chosen.append(max(marginal, key=lambda place: marginal[place]))
    spread = listed(seeds_engine, k=10, diversity=diversity).hits
    assert [hit.trial.trial_id for hit in spread] == [plain[place].trial.trial_id for place in chosen]
    assert [hit.score for hit in spread] == [plain[place].score for place in chosen]
    pages = [listed(seeds_engine, k=10, diversity=diversity, offset=offset) for offset in range(0, 50, 10)]
    assert sorted(trial for page in pages for trial in ids(page)) == sorted(hit.trial.trial_id for hit in plain)


def test_a_programme_is_one_entry_with_its_causes(build, root):
    def of(number, title, sponsor):
        return study(
            f"NCT{number:08}",
            title,
            conditions=["Migraine"],
            interventions=["Zavegepant"],
            sponsorCollaboratorsModule={"leadSponsor": {"name": sponsor}},
        )

    build(
        [
            of(1, "Zavegepant for migraine", "Other Pharma"),
            of(2, "Zavegepant for acute migraine", "Pharma"),
            of(3, "Zavegepant for migraine, an open-label extension study", "Pharma"),
            of(4, "Zavegepant for migraine in children", "Third Pharma"),
        ]
    )
    engine = SearchEngine.open(root)
    question = Question(positives={"NCT00000001": 1.0})
    plain = ids(engine.ask(question, Listing()))
    found = answer(engine, question, Listing(collapse=Collapse.PROGRAMME))
    leader = min(("NCT00000002", "NCT00000003"), key=plain.index)
    (member,) = {"NCT00000002", "NCT00000003"} - {leader}
    programmes = {hit.id: hit.programme for hit in found.hits}
    assert list(programmes) == [trial_id for trial_id in plain if trial_id != member]
    assert programmes["NCT00000004"] is None
    assert programmes[leader].count == 1
    assert [(item.id, item.cause) for item in programmes[leader].members] == [(member, "extension")]
    assert found.note == "the 3 trials that come close enough are of 2 programmes"
    both = answer(engine, question, Listing(k=2, collapse=Collapse.PROGRAMME))
    assert [hit.id for hit in both.hits] == list(programmes)
    assert both.note is None


def test_preferring_adds_its_bounded_boost_to_the_order_and_nothing_to_the_score(build, root):
    statuses = ["COMPLETED", "COMPLETED", "RECRUITING", "COMPLETED", "RECRUITING"]
    titles = ["Aspirin for migraine", "Aspirin for migraine", "Aspirin for migraine attacks", "Aspirin", "Surgery"]
    build(
        [
            study(f"NCT{number:08}", title, statusModule={"overallStatus": status})
            for number, (title, status) in enumerate(zip(titles, statuses, strict=True), start=1)
        ]
    )
    engine = SearchEngine.open(root)
    question = Question(positives={"NCT00000001": 1.0})
    plain = engine.ask(question, Listing()).hits
    scores = {hit.trial.trial_id: hit.score for hit in plain}
    worth = {hit.trial.trial_id: hit.score + BOUND * (hit.trial.status == "RECRUITING") for hit in plain}
    found = engine.ask(question, Listing(prefer=Preference.RECRUITING))
    assert ids(found) == sorted(worth, key=lambda trial_id: -worth[trial_id])
    assert {hit.trial.trial_id: hit.score for hit in found.hits} == scores
    assert found.cost == (
        "preferring recruiting adds at most 0.05 to what a trial is ranked by: 0 of 4 trials moved in, and the mean "
        f"score is {np.mean(list(scores.values())):.4f} instead of {np.mean(list(scores.values())):.4f}"
    )


def test_the_cost_of_a_preference_is_what_the_page_lost(seeds_engine):
    plain = listed(seeds_engine, k=6)
    found = listed(seeds_engine, k=6, prefer=Preference.RECRUITING)
    came = len(set(ids(found)) - set(ids(plain)))
    means = [np.mean([hit.score for hit in hits.hits]) for hits in (found, plain)]
    assert came
    assert means[0] < means[1]
    assert f"{came} of 6 trials moved in, and the mean score is {means[0]:.4f} instead of {means[1]:.4f}" in found.cost
    assert plain.cost is None
    assert listed(seeds_engine, offset=900, prefer=Preference.RECRUITING).cost is None


@given(
    k=st.integers(15, 40),
    diversity=st.sampled_from([0.0, 0.4, 1.0]),
    collapse=st.sampled_from([None, Collapse.PROGRAMME]),
    prefer=st.sampled_from([None, *Preference]),
    min_score=st.sampled_from([None, 0.2]),
    phase=st.sampled_from([[], ["2"]]),
    negatives=st.sampled_from([(), ("NCT06755021",)]),
    text=st.sampled_from([None, "whey protein"]),
)
@settings(max_examples=15, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_however_a_list_is_wanted_its_pages_have_each_entry_once(seeds_engine, negatives, text, phase, **wanted):
    question = Question(positives={SEED: 1.0}, negatives=negatives, text=text)
    ranks, trials, entries, offset = [], [], None, 0
    while entries is None or offset < entries:
        page = seeds_engine.ask(question, Listing(offset=offset, filters=parse_filters(phase=phase), **wanted))
        ranks += [hit.rank for hit in page.hits]
        trials += [hit.trial.trial_id for hit in page.hits]
        trials += [member.trial.trial_id for hit in page.hits for member in hit.programme]
        assert entries in (None, page.entries)
        entries, offset = page.entries, offset + wanted["k"]
    assert ranks == list(range(1, entries + 1))
    assert len(trials) == len(set(trials)) == page.good_enough
    assert not {SEED, *negatives} & set(trials)


def test_candidates_are_counted_after_the_filters(seeds_engine):
    filters = parse_filters(phase=["2"])
    found = answer(seeds_engine, ASKED, Listing(k=3, filters=filters))
    everything = [hit.trial for hit in listed(seeds_engine, k=100, filters=filters).hits]
    recruiting = sum(trial.status == "RECRUITING" for trial in everything)
    assert found.counts["status"]["RECRUITING"] == recruiting
    assert found.counts["phase"]["PHASE2"] == len(everything)
    assert set(found.counts) == {"status", "phase", "study_type", "intervention_type", "country", "sponsor_class"}
