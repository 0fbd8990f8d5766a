"""Several trials, trials to be unlike and a text in one question, against sums worked out with NumPy."""

import numpy as np
import pytest

from search.encoders.hashing import HashingEncoder
from search.errors import BadInput
from search.evidence import TEXT_WEIGHT, UNLIKE_SHARE
from search.legs import TRIAL_WEIGHTS, Leg, text_weights
from search.lexical import words_of, words_of_trial
from search.listing import Listing
from search.question import Question

UC, CORD, CROHN, WHEY = "NCT06853522", "NCT01221428", "NCT02445547", "NCT06755021"
ALL = Listing(k=100)


class ByHand:
    """Every trial's evidence, with no candidate stage."""

    def __init__(self, artefact):
        self.artefact = artefact
        self.everything = np.arange(len(artefact.trials))
        self.passages, self.titles = artefact.passages.vectors(self.everything), np.asarray(artefact.titles)

    def row(self, trial_id):
        return self.artefact.identifiers.row(trial_id)

    def words(self, words):
        return self.artefact.lexical.scores(words).of(self.everything)

    def by_trial(self, trial_id):
        """(n,) words, passage and title of each trial, held against `trial_id`."""
        row = self.row(trial_id)
        words = self.words(words_of_trial(self.artefact.trials.trial(row)))
        return words / words[row], self.passages @ self.passages[row], self.titles @ self.titles[row]

    def by_text(self, text):
        vector = HashingEncoder().encode_queries([text])[0]
        words = self.words(words_of(text))
        return words / words.max(), self.passages @ vector, self.titles @ vector

    def own(self, legs, weights):
        return sum(weights[leg] * values for leg, values in zip((Leg.WORDS, Leg.PASSAGE, Leg.TITLE), legs, strict=True))

    def with_neighbours(self, own, left_out, weight):
        best = [row for row in np.lexsort((self.everything, -own)) if row not in left_out][:3]
        near = [
            (0.35 * self.passages @ self.passages[row] + 0.1 * self.titles @ self.titles[row]) / 0.45 for row in best
        ]
        trust = np.exp([20 * own[row] for row in best])
        return own + weight * np.average(near, axis=0, weights=trust)

    def ranked(self, total, left_out):
        """Ids and scores, best first."""
        rows = [row for row in np.lexsort((self.everything, -total)) if row not in left_out]
        return self.artefact.trials.trial_ids(rows), total[rows]


@pytest.fixture(scope="module")
def by_hand(seeds_engine):
    return ByHand(seeds_engine.artefact)


def agrees(hits, expected, k=50):
    ids, scores = expected
    found = {hit.trial.trial_id: hit.score for hit in hits.hits}
    np.testing.assert_allclose([hit.score for hit in hits.hits[:k]], scores[:k], atol=7e-5)
    assert all(abs(found[trial_id] - score) < 7e-5 for trial_id, score in zip(ids[:k], scores[:k], strict=True))


def test_several_trials_score_by_the_weighted_mean_of_each_and_neighbours_of_the_whole(seeds_engine, by_hand):
    weights = {UC: 3.0, CORD: 1.0}
    own = sum(weight / 4 * by_hand.own(by_hand.by_trial(trial), TRIAL_WEIGHTS) for trial, weight in weights.items())
    left_out = {by_hand.row(UC), by_hand.row(CORD)}
    total = by_hand.with_neighbours(own, left_out, TRIAL_WEIGHTS[Leg.NEIGHBOURS])
    hits = seeds_engine.ask(Question(positives=weights), ALL)
    agrees(hits, by_hand.ranked(total, left_out))
    assert not {UC, CORD} & {hit.trial.trial_id for hit in hits.hits}


def test_a_trial_to_be_unlike_takes_off_its_bounded_share_of_likeness(seeds_engine, by_hand):
    own = by_hand.own(by_hand.by_trial(UC), TRIAL_WEIGHTS)
    words, passage, title = by_hand.by_trial(CORD)
    likeness = np.clip((5 * words + 7 * passage + 2 * title) / 14, 0, 1)
    left_out = {by_hand.row(UC), by_hand.row(CORD)}
    total = by_hand.with_neighbours(own - UNLIKE_SHARE * likeness, left_out, TRIAL_WEIGHTS[Leg.NEIGHBOURS])
    hits = seeds_engine.ask(Question(positives={UC: 1.0}, negatives=(CORD,)), ALL)
    agrees(hits, by_hand.ranked(total, left_out))
    assert all(-UNLIKE_SHARE <= hit.parts["unlike"] <= 0 for hit in hits.hits)


def test_a_text_beside_a_trial_weighs_half_of_it(seeds_engine, by_hand):
    text = "umbilical cord in children"
    trial_share, text_share = 1 / (1 + TEXT_WEIGHT), TEXT_WEIGHT / (1 + TEXT_WEIGHT)
    own = trial_share * by_hand.own(by_hand.by_trial(UC), TRIAL_WEIGHTS)
    own = own + text_share * by_hand.own(by_hand.by_text(text), text_weights(len(set(words_of(text)))))
    left_out = {by_hand.row(UC)}
    total = by_hand.with_neighbours(own, left_out, trial_share * TRIAL_WEIGHTS[Leg.NEIGHBOURS])
    agrees(seeds_engine.ask(Question(positives={UC: 1.0}, text=text), ALL), by_hand.ranked(total, left_out))


def test_one_trial_is_what_similar_gives_and_a_text_what_search_gives(seeds_engine):
    assert seeds_engine.ask(Question(positives={UC: 7.0}), ALL).hits == seeds_engine.similar(UC, k=100).hits
    assert seeds_engine.ask(Question(text="whey protein"), ALL).hits == seeds_engine.search("whey protein", k=100).hits


@pytest.mark.parametrize("weights", [{}, {"condition": 2.0, "intervention": 1.0}])
def test_parts_add_up_whatever_is_asked(seeds_engine, weights):
    question = Question(positives={UC: 1.0, CROHN: 2.0}, negatives=(WHEY,), text="TH-SC01 cells")
    for hit in seeds_engine.ask(question, Listing(k=100, weights=weights)).hits:
        assert sum(hit.parts.values()) == pytest.approx(hit.score, abs=5e-4)
        assert set(hit.parts) >= {"words", "passage", "title", "neighbours", "exact", "unlike", *weights}


def test_a_trial_named_twice_counts_with_both_weights(seeds_engine):
    twice = Question(positives={UC: 1.0, UC.lower(): 2.0, CORD: 1.0})
    once = Question(positives={UC: 3.0, CORD: 1.0})
    assert seeds_engine.ask(twice, ALL).hits == seeds_engine.ask(once, ALL).hits


def test_a_trial_to_be_unlike_brings_no_trial_forward(seeds_engine):
    alone = seeds_engine.ask(Question(positives={UC: 1.0}), ALL)
    against = seeds_engine.ask(Question(positives={UC: 1.0}, negatives=(WHEY,)), ALL)
    whey = seeds_engine.artefact.identifiers.row(WHEY)
    assert set(against.candidates.tolist()) <= set(alone.candidates.tolist()) - {whey}
    assert WHEY not in [hit.trial.trial_id for hit in against.hits]
    assert against.eligible == alone.eligible - 1


def test_to_be_like_and_unlike_at_once_is_refused(seeds_engine):
    with pytest.raises(BadInput, match=f"{UC} is to be like and to be unlike at once"):
        seeds_engine.ask(Question(positives={UC: 1.0}, negatives=(UC.lower(),)), ALL)


def test_reasons_come_from_every_trial_asked_with(seeds_engine):
    (hit,) = seeds_engine.ask(Question(positives={UC: 1.0, CROHN: 1.0}), ALL, among=["NCT05262829"]).hits
    alone = [
        {(reason.kind, reason.hit_term) for reason in one.reasons}
        for trial in (UC, CROHN)
        for one in seeds_engine.similar(trial, among=["NCT05262829"]).hits
    ]
    told = {(reason.kind, reason.hit_term) for reason in hit.reasons}
    # Its condition is another than the one trial's, and the other trial's.
    assert told == {one for one in alone[0] | alone[1] if one[0] != "different_condition"}
    assert alone[0] - told
    assert alone[0] != alone[1]
