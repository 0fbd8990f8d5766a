"""The baselines rank as their names say, on the bundled trials."""

import bm25s
import numpy as np
import pytest
import Stemmer

from benchmarks.quality.systems import BASELINES, Corpus, Question, baseline_run

SEED = "NCT06853522"


@pytest.fixture(scope="module")
def corpus(seeds_root):
    return Corpus(seeds_root)


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_leaves_out_the_query_trial_and_ranks_100_others(corpus, name):
    run = baseline_run(corpus, name, [SEED])

    ranked = [scored.doc_id for scored in run]
    assert len(set(ranked)) == 100
    assert SEED not in ranked
    scores = corpus.system(name).scores(Question(row=corpus.rows[SEED]))
    others = np.delete(scores, corpus.rows[SEED])
    assert scores[corpus.rows[ranked[0]]] == others.max()


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_ranks_the_candidates_alone_where_some_are_given(corpus, name):
    run = baseline_run(corpus, name, [SEED], among={SEED: ["NCT02442037", SEED, "NCT06755021"]})

    assert {scored.doc_id for scored in run} == {"NCT02442037", "NCT06755021"}


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_answers_a_text(corpus, name):
    title = corpus.trials[corpus.rows[SEED]].brief_title

    run = baseline_run(corpus, name, ["t"], texts={"t": title})

    assert run[0].doc_id == SEED


def test_bm25_of_titles_is_what_its_formula_gives(corpus):
    """Lucene's form: idf tf / (tf + k1 (1 - b + b length / mean length)), with k1 1.5 and b .75."""
    titles = [trial.brief_title for trial in corpus.trials]
    words = bm25s.tokenize(titles, stopwords="en", stemmer=Stemmer.Stemmer("english"), return_ids=False)
    mean = np.mean([len(title) for title in words])
    holds = sum("exosom" in title for title in words)
    rarity = np.log(1 + (len(words) - holds + 0.5) / (holds + 0.5))

    found = corpus.system("BM25 title").scores(Question(text="exosomes"))

    counts = [title.count("exosom") for title in words]
    expected = [
        rarity * count / (count + 1.5 * (0.25 + 0.75 * len(title) / mean))
        for count, title in zip(counts, words, strict=True)
    ]
    assert max(expected) > 0
    assert found == pytest.approx(expected, rel=1e-5)


def test_the_words_of_nobody_score_0(corpus):
    assert not corpus.system("BM25 title").scores(Question(text="qqqqzz")).any()


def test_dense_scores_are_the_cosines_of_the_stored_vectors(corpus):
    row = corpus.rows[SEED]

    assert corpus.system("dense title").scores(Question(row=row)) == pytest.approx(corpus.titles @ corpus.titles[row])


def test_reciprocal_ranks_add_up_over_both_lists_the_query_trial_last(corpus):
    row = corpus.rows[SEED]
    question = Question(row=row)

    def ranks(name):
        scores = corpus.system(name).scores(question).astype(float)
        scores[row] = -np.inf
        order = sorted(range(len(scores)), key=lambda other: (-scores[other], other))
        return {other: rank for rank, other in enumerate(order)}

    words, meaning = ranks("BM25 3x title, 2x conditions, interventions"), ranks("dense passage")

    expected = [1 / (20 + words[other]) + 1 / (20 + meaning[other]) for other in range(len(words))]
    assert corpus.system("RRF as TrialGPT").scores(question) == pytest.approx(expected)


def test_the_convex_sum_gives_the_query_trial_itself_1(corpus):
    row = corpus.rows[SEED]
    question = Question(row=row)

    words = corpus.system("BM25 title, conditions, interventions, summary").scores(question)
    cosines = corpus.system("dense passage").scores(question)

    sums = corpus.system("convex .5 BM25 with summary + .5 passage").scores(question)
    assert sums == pytest.approx(0.5 * words / words[row] + 0.5 * cosines, abs=1e-6)
    assert sums[row] == pytest.approx(1.0, abs=1e-6)
