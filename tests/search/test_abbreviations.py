import pytest

from search.abbreviations import abbreviations, spelled_out


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("Ulcerative Colitis (UC)", "UC", "Ulcerative Colitis"),
        (
            "Infusion of umbilical cord mesenchymal stem cells (UCMSC) in",
            "UCMSC",
            "umbilical cord mesenchymal stem cells",
        ),
        ("human umbilical cord MSC (hUC-MSC)", "hUC-MSC", "human umbilical cord MSC"),
        ("UC (ulcerative colitis)", "UC", "ulcerative colitis"),
        ("Non-small Cell Lung Cancer (NSCLC)", "NSCLC", "Non-small Cell Lung Cancer"),
        # Schwartz and Hearst's own example: a letter may stand within a word.
        ("activation of heat shock transcription factor (HSF)", "HSF", "heat shock transcription factor"),
        ("Crohn's disease (CD; moderate)", "CD", "Crohn's disease"),
    ],
)
def test_an_abbreviation_stands_for_what_the_record_says_beside_it(text: str, short: str, long: str) -> None:
    assert abbreviations([text]) == {short: long}


def test_a_plural_is_known_by_its_singular() -> None:
    assert abbreviations(["mesenchymal stem cells (MSCs)"]) == {
        "MSCs": "mesenchymal stem cells",
        "MSC": "mesenchymal stem cells",
    }


@pytest.mark.parametrize(
    "text", ["safety (see below)", "(UC)", "a trial (n = 30)", "dose (Phase 2)", "melasma (UC)", "("]
)
def test_what_is_in_brackets_otherwise_stands_for_nothing(text: str) -> None:
    assert abbreviations([text]) == {}


def test_the_first_meaning_in_a_record_is_kept() -> None:
    assert abbreviations(["umbilical cord (UC)", "ulcerative colitis (UC)"]) == {"UC": "umbilical cord"}


def test_terms_are_spelled_out_as_whole_words_only() -> None:
    known = {"UC": "ulcerative colitis", "UCMSC": "umbilical cord cells"}
    assert spelled_out("UCMSC group", known) == "umbilical cord cells group"
    assert spelled_out("Ulcerative Colitis (UC)", known) == "Ulcerative Colitis"
    assert spelled_out("UC-MSC in UCLA", known) == "UC-MSC in UCLA"
    assert spelled_out("UCMSC group", {}) == "UCMSC group"
