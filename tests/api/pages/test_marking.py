"""The words that a reason rests on are marked, and nothing in a text is ever markup."""

from hypothesis import given
from hypothesis import strategies as st

from api.pages.marking import marked, stems_of
from search.answer import ReasonItem
from search.reasons import ReasonKind


def reason(kind, hit_term):
    return ReasonItem(kind=kind, query_term="anything", hit_term=hit_term, likeness=1.0)


def test_neighbouring_words_are_marked_as_one_and_other_forms_of_a_word_too():
    stems = stems_of([reason(ReasonKind.SAME_CONDITION, "Ulcerative Colitis")])
    assert marked("Active ulcerative colitis: a colitis-free year", stems) == (
        "Active <mark>ulcerative colitis</mark>: a <mark>colitis</mark>-free year"
    )
    assert marked("Stem Cell Therapy", stems_of([reason(ReasonKind.RELATED_INTERVENTION, "stem cells")])) == (
        "<mark>Stem Cell</mark> Therapy"
    )


def test_sponsors_phases_and_what_control_arms_get_are_not_marked():
    stems = stems_of(
        [
            reason(ReasonKind.SAME_SPONSOR, "Colitis Institute"),
            reason(ReasonKind.SAME_PHASE, "PHASE2"),
            reason(ReasonKind.SAME_INTERVENTION, "placebo treatment"),
        ]
    )
    assert marked("Placebo treatment of colitis, Phase2", stems) == "Placebo treatment of colitis, Phase2"


@given(st.text(), st.text())
def test_whatever_the_text_it_is_escaped_and_all_there(text, term):
    import html

    out = str(marked(text, stems_of([reason(ReasonKind.SAME_WORDS, term)])))
    bare = out.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in bare
    assert ">" not in bare
    assert html.unescape(bare) == html.unescape(html.escape(text))
    assert out.count("<mark>") == out.count("</mark>")
