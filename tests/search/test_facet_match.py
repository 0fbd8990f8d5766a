import numpy as np
import pyarrow as pa
import pytest

from search.artefact.facet_terms import FacetTerms, TermLists, term_list_column
from search.facet_match import facet_cosines
from search.passage import Facet

AXES = np.eye(4, dtype=np.float32)
# Row 0 has terms 0 and 1, row 1 has none, row 2 has term 2.
TERMS = FacetTerms(
    pa.array(["a", "b", "c"]),
    AXES[:3],
    pa.table(
        {
            "condition": term_list_column(TermLists(np.array([0, 2, 2, 3]), np.array([0, 1, 2]))),
            "intervention": term_list_column(TermLists(np.array([0, 0, 0, 0]), np.array([], dtype=np.int32))),
        }
    ),
)
TITLES = np.stack([AXES[3], 0.6 * AXES[0] + 0.8 * AXES[3], AXES[3]])
ROWS = np.arange(3)


def test_terms_meet_both_ways_and_a_title_stands_in_for_missing_terms() -> None:
    found = facet_cosines(AXES[:1], AXES[3], TERMS, Facet.CONDITION, ROWS, TITLES)
    # Row 0: our term finds its equal (1), of its two one finds ours (1/2). Row 1: its title says it by .6.
    assert found.tolist() == pytest.approx([0.75, 0.6, 0.0])


def test_a_question_without_the_facet_is_taken_by_its_title() -> None:
    found = facet_cosines(AXES[:0], AXES[1], TERMS, Facet.CONDITION, ROWS, TITLES)
    assert found.tolist() == pytest.approx([0.75, 0.0, 0.0])


def test_without_any_terms_the_titles_are_compared() -> None:
    found = facet_cosines(AXES[:0], AXES[3], TERMS, Facet.INTERVENTION, ROWS, TITLES)
    assert found.tolist() == pytest.approx([1.0, 0.8, 1.0])
