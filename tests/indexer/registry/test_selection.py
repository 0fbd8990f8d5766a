import pytest

from indexer.registry.selection import Selection, select
from search.errors import BadInput


def test_ids_may_be_separated_by_anything_and_repeat():
    assert select(ids=["nct00000002, NCT00000001", "NCT00000002\nNCT00000003"]).ids == (
        "NCT00000001",
        "NCT00000002",
        "NCT00000003",
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"ids": ["NCT1"]}, "'NCT1' is not an NCT id"),
        ({"ids": [" , "]}, "--ids names no id"),
        ({"ids": ["NCT00000001"], "limit": 3}, "--ids stands alone"),
        ({"condition": " "}, "--condition is blank"),
        ({"term": ""}, "--term is blank"),
    ],
)
def test_what_selects_nothing_sensible_is_refused(options, says):
    with pytest.raises(BadInput, match=says):
        select(**options)


@pytest.mark.parametrize(
    ("selection", "words", "parameters"),
    [
        (select(), "the whole registry", {}),
        (select(condition="colitis", term="exosome"), "--condition 'colitis' --term 'exosome'",
         {"query.cond": "colitis", "query.term": "exosome"}),
        (select(limit=50), "--limit 50", {}),
        (select(ids=["NCT00000001"]), "1 --ids", {}),
    ],
)  # fmt: skip
def test_a_selection_is_told_to_people_and_to_the_registry(selection, words, parameters):
    assert (selection.words, selection.parameters) == (words, parameters)


@pytest.mark.parametrize(
    ("large", "small", "includes"),
    [
        ({}, {"condition": "colitis"}, True),
        ({}, {"ids": ["NCT00000001"]}, True),
        ({}, {"limit": 5}, True),
        ({"limit": 9}, {"limit": 5}, True),
        ({"limit": 5}, {"limit": 9}, False),
        ({"limit": 5}, {}, False),
        ({"condition": "colitis"}, {"condition": "colitis", "term": "exosome"}, True),
        ({"condition": "colitis"}, {}, False),
        ({"condition": "colitis"}, {"condition": "asthma"}, False),
        ({"condition": "colitis"}, {"ids": ["NCT00000001"]}, False),
        ({"ids": ["NCT00000001,NCT00000002"]}, {"ids": ["NCT00000002"]}, True),
        ({"ids": ["NCT00000001"]}, {"ids": ["NCT00000002"]}, False),
        ({"ids": ["NCT00000001"]}, {}, False),
    ],
)
def test_one_selection_includes_another_where_every_study_of_that_is_in_it(large, small, includes):
    assert select(**large).includes(select(**small)) is includes
    assert Selection(**select(**small).model_dump()).includes(select(**small))
