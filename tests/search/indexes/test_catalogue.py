import pytest

from search.errors import BadInput
from search.indexes.catalogue import EXACT_UP_TO, INDEXES, index_class, index_for
from search.indexes.exact import ExactIndex
from search.indexes.faiss import FaissIndex
from search.indexes.ivf import IvfIndex


def test_a_name_gives_its_class():
    assert index_class("exact") is ExactIndex
    assert index_class("flat") is FaissIndex
    assert index_class("ivf") is IvfIndex


def test_few_rows_are_searched_exactly_and_many_by_lists():
    assert [index_for(count) for count in (0, EXACT_UP_TO, EXACT_UP_TO + 1)] == ["flat", "flat", "ivf"]
    assert {"flat", "ivf"} <= INDEXES.keys()


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(BadInput) as refused:
        index_class("annoy")
    assert str(refused.value) == "unknown index 'annoy'; known: flat, ivf, exact"
