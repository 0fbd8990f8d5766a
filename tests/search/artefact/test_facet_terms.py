import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.artefact.facet_terms import FacetTerms, TermLists, term_list_column
from search.passage import Facet

LISTS = st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=1, max_size=12)


def term_lists(lists):
    offsets = np.cumsum([0, *map(len, lists)], dtype=np.int32)
    return TermLists(offsets, np.array([term for listed in lists for term in listed], dtype=np.int32))


def facet_terms(conditions, interventions):
    columns = {"condition": conditions, "intervention": interventions}
    lists = pa.table({name: term_list_column(term_lists(lists)) for name, lists in columns.items()})
    return FacetTerms(pa.array([f"term {n}" for n in range(10)]), np.eye(10, dtype=np.float32), lists)


@given(LISTS, st.data())
def test_the_terms_of_rows_are_those_that_were_put_in(lists, data):
    found = facet_terms(lists, [[]] * len(lists)).lists[Facet.CONDITION]
    rows = np.array(data.draw(st.lists(st.integers(0, len(lists) - 1), max_size=8)), dtype=np.int64)

    assert [found.of(row).tolist() for row in range(len(lists))] == lists
    assert found.lengths(rows).tolist() == [len(lists[row]) for row in rows]
    assert found.flat(rows).tolist() == [term for row in rows for term in lists[row]]


def test_facets_keep_apart():
    terms = facet_terms([[0, 1], []], [[], [2]])
    assert terms.lists[Facet.CONDITION].of(0).tolist() == [0, 1]
    assert terms.lists[Facet.INTERVENTION].of(0).tolist() == []
    assert terms.lists[Facet.CONDITION].of(1).tolist() == []
    assert terms.lists[Facet.INTERVENTION].of(1).tolist() == [2]


def test_a_term_has_its_text():
    assert facet_terms([[3]], [[]]).texts(np.array([3, 0, 3])) == ["term 3", "term 0", "term 3"]


def test_rows_without_terms_have_none_between_rows_that_have():
    lists = TermLists(offsets=np.array([0, 0, 2, 2, 3], dtype=np.int32), terms=np.array([5, 6, 7], dtype=np.int32))
    assert lists.flat(np.array([3, 0, 1, 2, 1])).tolist() == [7, 5, 6, 5, 6]
    assert lists.lengths(np.array([3, 0, 1, 2, 1])).tolist() == [1, 0, 2, 0, 2]


@pytest.mark.parametrize("rows", [[], [0], [0, 1]])
def test_a_corpus_without_any_term_has_none(rows):
    found = facet_terms([[], []], [[], []]).lists[Facet.INTERVENTION]
    assert found.flat(np.array(rows, dtype=np.int64)).tolist() == []
    assert found.lengths(np.array(rows, dtype=np.int64)).tolist() == [0] * len(rows)
