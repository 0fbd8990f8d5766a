"""Words that are summed and words that are looked up, against BM25 of every document written out."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import lexical, word_scores
from search.lexical import FEW_WORDS, LexicalIndex
from search.postings import K1, B
from search.word_scores import WordScores

NUMBER = 4000
ALL = np.arange(NUMBER)


def bm25(documents, words):
    """(n,) Robertson's formula with Lucene's idf, word by word and document by document."""
    counts = [Counter(document) for document in documents]
    mean = sum(map(len, documents)) / len(documents) or 1
    scores = np.zeros(len(documents))
    for word, times in Counter(words).items():
        containing = sum(word in count for count in counts)
        rarity = math.log(1 + (len(documents) - containing + 0.5) / (containing + 0.5))
        for row, count in enumerate(counts):
            slack = K1 * (1 - B + B * len(documents[row]) / mean)
            scores[row] += times * rarity * count[word] / (count[word] + slack)
    return scores


@pytest.fixture(scope="module")
def documents():
    """Of 50 words each, drawn as words are: the second half as often as the first, and so on."""
    random = np.random.default_rng(0)
    numbers = np.minimum(random.zipf(1.3, (NUMBER, 50)), 5000)
    return [[f"word{number}" for number in row] for row in numbers.tolist()]


@pytest.fixture(scope="module")
def index(documents):
    return LexicalIndex.build(documents)


@pytest.fixture(scope="module", params=[7, 1234])
def long_question(request, documents, index):
    """A document's words and a hundred of the most frequent; words, scores, and what they should be."""
    words = documents[request.param] * 3 + [f"word{number}" for number in range(1, 101)]
    scores = index.scores(words)
    assert scores.left.any()
    assert scores.summed.any()
    return words, scores, bm25(documents, words)


def test_scores_are_whole_where_words_were_left_over(long_question):
    _, scores, expected = long_question
    np.testing.assert_allclose(scores.of(ALL), expected, rtol=1e-5)
    np.testing.assert_allclose(scores.of(np.array([5, 5, 0])), expected[[5, 5, 0]], rtol=1e-5)


def test_nearly_all_of_the_best_are_found_and_the_very_best_all(long_question):
    _, scores, expected = long_question
    order = np.argsort(-expected)
    best = scores.best(300)
    assert len(best) == len(set(best.tolist())) == 300
    assert set(order[:50].tolist()) <= set(best.tolist())
    assert len(set(order[:300].tolist()) & set(best.tolist())) > 270


@pytest.mark.parametrize("share", [0.5, 0.2, 0.001])
def test_within_a_filter_the_list_is_full_and_of_allowed_documents(long_question, share):
    _, scores, expected = long_question
    allowed = np.random.default_rng(1).random(NUMBER) < share
    best = scores.best(300, allowed=allowed)
    within = np.flatnonzero(allowed)[np.argsort(-expected[allowed])][:300]
    assert allowed[best].all()
    assert len(best) == len(within)
    assert len(set(best.tolist()) & set(within.tolist())) > 0.9 * len(within)
    if np.count_nonzero(allowed) <= word_scores.FEW:
        assert expected[best].min() >= expected[within].min() * (1 - 1e-5)


def test_documents_that_have_only_words_left_over_fill_the_list(index, documents, monkeypatch):
    monkeypatch.setattr(lexical, "FEW_POSTINGS", 0)
    monkeypatch.setattr(lexical, "POSTINGS_SHARE", 0)
    frequent = [f"word{number}" for number in range(1, FEW_WORDS + 2)]
    scores = index.scores(frequent)
    assert not scores.summed.any()
    expected = bm25(documents, frequent)
    assert sorted(scores.best(200)) == sorted(np.argsort(-expected)[:200])
    allowed = ALL % 2 == 1
    odd = np.where(allowed, expected, 0)
    assert sorted(scores.best(200, allowed=allowed)) == sorted(np.argsort(-odd)[:200])


@pytest.mark.parametrize("words", [["word2"], ["word1", "word9", "word40"], [f"word{n}" for n in range(1, 13)]])
def test_few_words_are_exact_however_frequent(index, documents, words):
    scores, expected = index.scores(words), bm25(documents, words)
    best = scores.best(300)
    assert not scores.left.any()
    np.testing.assert_allclose(np.sort(scores.of(best)), np.sort(expected)[-300:], rtol=1e-5)


def test_only_documents_that_have_a_word_are_found(index, documents):
    rare = next(word for word, times in Counter(word for one in documents for word in set(one)).items() if times == 3)
    having = [row for row, document in enumerate(documents) if rare in document]
    assert sorted(index.scores([rare]).best(300)) == having
    assert index.scores([rare]).best(300, allowed=np.zeros(NUMBER, np.bool_)).tolist() == []
    assert index.scores(["zebra"]).best(300).tolist() == []


def test_the_mean_of_several_is_the_weighted_sum_of_each(index, long_question):
    _, long, expected = long_question
    short = index.scores(["word3", "word70"])
    mean = WordScores.mean([long.times(0.5), short], [0.25, 0.75])
    parts = 0.125 * expected + 0.75 * short.of(ALL)
    np.testing.assert_allclose(mean.of(ALL), parts, rtol=1e-5)
    assert set(np.argsort(-parts)[:50].tolist()) <= set(mean.best(300).tolist())


def test_one_alone_stays_as_it_is_to_the_last_bit(index):
    scores = index.scores(["word3", "word70"]).times(1 / 3)
    assert np.array_equal(WordScores.mean([scores], [1.0]).of(ALL), scores.of(ALL))


@given(
    documents=st.lists(st.lists(st.sampled_from("abcdefghij"), max_size=8), min_size=1, max_size=60),
    words=st.lists(st.sampled_from("abcdefghijk"), max_size=12),
    data=st.data(),
)
def test_whatever_is_left_over_scores_are_whole_and_the_list_is_full(documents, words, data):
    allowed = np.array([data.draw(st.booleans()) for _ in documents])
    count = data.draw(st.integers(1, 10))
    expected = bm25(documents, words)
    having = np.flatnonzero((expected > 0) & allowed)
    with pytest.MonkeyPatch.context() as patch:  # so that a few documents are asked as many are
        patch.setattr(lexical, "FEW_WORDS", 0)
        patch.setattr(lexical, "FEW_POSTINGS", data.draw(st.integers(0, 100)))
        patch.setattr(word_scores, "FEW", data.draw(st.integers(0, 60)))
        scores = LexicalIndex.build(documents).scores(words)
        best = scores.best(count, allowed=allowed)
    np.testing.assert_allclose(scores.of(np.arange(len(documents))), expected, rtol=1e-5)
    assert set(best.tolist()) <= set(having.tolist())
    assert len(best) == len(set(best.tolist())) == min(count, len(having))
