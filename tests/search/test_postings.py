"""Postings merged from two corpora are those of the one corpus that both make up."""

import bm25s
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search.lexical import LexicalIndex
from search.postings import K1, B, Postings

DOCUMENTS = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), max_size=12)


def assert_same(one: Postings, other: Postings) -> None:
    assert (one.words, one.number) == (other.words, other.number)
    assert one.starts.tolist() == other.starts.tolist()
    assert one.rows.tolist() == other.rows.tolist()
    assert one.counts.tolist() == other.counts.tolist()


@given(before=DOCUMENTS, fresh=DOCUMENTS, data=st.data())
def test_merged_postings_are_those_of_all_documents_in_their_new_order(
    before: list[list[str]], fresh: list[list[str]], data: st.DataObject
) -> None:
    kept = [data.draw(st.booleans()) for _ in before]
    number = sum(kept) + len(fresh)
    rows_of_fresh = sorted(data.draw(st.permutations(range(number)))[: len(fresh)])
    rows_of_kept = iter(sorted(set(range(number)) - set(rows_of_fresh)))
    mine = np.array([next(rows_of_kept) if is_kept else -1 for is_kept in kept], dtype=np.int64)

    merged = Postings.of(before).merged(mine, Postings.of(fresh), np.array(rows_of_fresh, dtype=np.int64), number)

    whole: list[list[str]] = [[] for _ in range(number)]
    for row, document in [*zip(mine, before, strict=True), *zip(rows_of_fresh, fresh, strict=True)]:
        if row >= 0:
            whole[row] = document
    assert_same(merged, Postings.of(whole))
    assert np.array_equal(merged.scores(), Postings.of(whole).scores())


@given(documents=DOCUMENTS.filter(lambda documents: any(documents)))
def test_scores_are_those_of_bm25s(documents: list[list[str]]) -> None:
    peer = bm25s.BM25(k1=K1, b=B, method="lucene")
    peer.index(documents, show_progress=False)
    ours = LexicalIndex.build(documents)
    for word in sorted({word for document in documents for word in document}):
        found = ours.scores([word]).of(np.arange(len(documents)))
        np.testing.assert_allclose(found, peer.get_scores([word]), rtol=1e-5)
