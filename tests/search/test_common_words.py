"""Words looked up document by document, against the postings they were taken from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.common_words import COMMON, CommonWords
from search.lexical import LexicalIndex
from search.postings import Postings

DOCUMENTS = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), max_size=80)


def by_hand(postings, weights):
    """(n,) The sum of the weighted scores of the words of `weights` (word -> weight)."""
    scores, sums = postings.scores(), np.zeros(postings.number)
    for column, word in enumerate(postings.words):
        span = slice(postings.starts[column], postings.starts[column + 1])
        for row, score in zip(postings.rows[span], scores[span], strict=True):
            sums[row] += weights.get(word, 0) * score
    return sums


@given(documents=DOCUMENTS, weights=st.lists(st.integers(0, 9), min_size=8, max_size=8), data=st.data())
def test_sums_are_those_of_the_columns(documents, weights, data):
    postings = Postings.of(documents)
    common = CommonWords.of(postings, postings.scores())
    named = [postings.words[column] for column in common.columns]
    assert named == [
        word for word in postings.words if sum(word in document for document in documents) > len(documents) // COMMON
    ]
    of_word = dict(zip("abcdefgh", weights, strict=True))
    rows = data.draw(st.lists(st.sampled_from(range(len(documents))))) if documents else []
    sums = common.sums(np.array(rows, np.int64), np.array([of_word[word] for word in named], np.float32))
    asked = {word: of_word[word] for word in named}
    np.testing.assert_allclose(sums, by_hand(postings, asked)[rows], rtol=1e-5)


@pytest.mark.parametrize("words", [200, 300])
def test_the_common_words_are_numbered_however_many_they_are(words):
    names = [f"word{number:03}" for number in range(words)]
    postings = Postings.of([[name] for name in names] * 2)
    common = CommonWords.of(postings, postings.scores())
    assert len(common.columns) == 0  # 2 of 400 documents are few
    postings = Postings.of([names, names[::-1], []])
    common = CommonWords.of(postings, postings.scores())
    weights = np.arange(words, dtype=np.float32)
    expected = by_hand(postings, dict(zip(names, weights, strict=True)))
    assert expected[0] > 0
    np.testing.assert_allclose(common.sums(np.array([2, 1, 0]), weights), expected[::-1], rtol=1e-5)


def test_an_index_from_before_there_were_common_words_opens_and_scores_alike(tmp_path):
    documents = [["stem", "cell", f"word{number % 7}"] for number in range(50)]
    index = LexicalIndex.build(documents)
    index.save(tmp_path)
    for path in tmp_path.glob("common_*"):
        path.unlink()
    older, everything = LexicalIndex.open(tmp_path), np.arange(50)
    asked = ["stem", "word3", "word3", "cell"]
    np.testing.assert_allclose(older.scores(asked).of(everything), index.scores(asked).of(everything), rtol=1e-6)
    assert sorted(older.scores(["word3"]).best(20)) == list(range(3, 50, 7))
