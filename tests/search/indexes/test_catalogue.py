import pytest

from search.errors import BadInput
from search.indexes.catalogue import DEFAULT_INDEX, INDEXES, index_class
from search.indexes.exact import ExactIndex
from search.indexes.faiss import FaissIndex


def test_a_name_gives_its_class():
    assert index_class("exact") is ExactIndex
    assert index_class("flat") is FaissIndex


def test_the_default_is_in_the_catalogue():
    assert DEFAULT_INDEX in INDEXES


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(BadInput) as refused:
        index_class("annoy")
    assert str(refused.value) == "unknown index 'annoy'; known: flat, exact"
