import pytest

from search.errors import BadInput
from search.vocabulary import InterventionType, Phase, SponsorClass, Status, StudyType, parse_value, words

VOCABULARIES = [Status, Phase, StudyType, InterventionType, SponsorClass]
MEMBERS = [member for vocabulary in VOCABULARIES for member in vocabulary]


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: f"{type(member).__name__}.{member}")
def test_every_value_is_read_as_the_registry_people_and_programs_write_it(member):
    spellings = [str(member), member.lower(), member.replace("_", " "), member.replace("_", "-").title(), words(member)]
    assert [parse_value(spelling, type(member)) for spelling in spellings] == [member] * 5


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("2", Phase.PHASE2),
        ("Phase 2", Phase.PHASE2),
        ("phase2", Phase.PHASE2),
        ("phase-2", Phase.PHASE2),
        ("early phase 1", Phase.EARLY_PHASE1),
        ("n/a", Phase.NA),
        ("Not applicable", Phase.NA),
    ],
)
def test_a_phase_may_be_written_freely(text, phase):
    assert parse_value(text, Phase) is phase


@pytest.mark.parametrize("text", ["", "phase", "5", "phase 1/2", "recruiting"])
def test_a_value_that_is_not_in_the_vocabulary_is_refused_with_those_that_are(text):
    with pytest.raises(BadInput) as refused:
        parse_value(text, Phase)
    assert str(refused.value) == f"{text!r} is no Phase; known: NA, EARLY_PHASE1, PHASE1, PHASE2, PHASE3, PHASE4"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("NOT_YET_RECRUITING", "Not yet recruiting"),
        ("PHASE2", "Phase 2"),
        ("EARLY_PHASE1", "Early phase 1"),
        ("NA", "Not applicable"),
        ("DIETARY_SUPPLEMENT", "Dietary supplement"),
        ("SOMETHING_NEW", "Something new"),
    ],
)
def test_words_are_what_people_write(value, written):
    assert words(value) == written


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_no_two_values_of_a_vocabulary_read_alike(vocabulary):
    assert len({words(member) for member in vocabulary}) == len(vocabulary)
