"""Registry values as a person reads them."""

import pytest

from api.pages.wording import Tone, date_words, phase_words, status_words, tone, value_words
from search.vocabulary import Status


@pytest.mark.parametrize(
    ("date", "said"),
    [("2015", "2015"), ("2015-05", "May 2015"), ("2015-05-07", "7 May 2015"), ("soon", "soon"), (None, "")],
)
def test_a_partial_date_is_said_as_far_as_it_goes(date, said):
    assert date_words(date) == said


def test_phases_are_said_in_a_word():
    assert phase_words(("PHASE1", "PHASE2")) == "Phase 1/2"
    assert phase_words(("EARLY_PHASE1",)) == "Early phase 1"
    assert phase_words(("NA",)) == ""


def test_every_status_has_a_word_and_a_colour_even_one_that_no_one_knows():
    assert status_words(None) == "No status on record"
    assert status_words("UNKNOWN") == "Unknown status"
    assert [tone(status) for status in ("RECRUITING", "COMPLETED", "WITHDRAWN", "UNKNOWN", "NEW_ONE", None)] == [
        Tone.OPEN, Tone.DONE, Tone.STOPPED, Tone.UNKNOWN, Tone.UNKNOWN, Tone.UNKNOWN,
    ]  # fmt: skip
    assert all(status_words(status) for status in Status)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("enrolment", 1302, "1,302"),
        ("enrolment", 0, "0"),
        ("has_results", False, "No"),
        ("countries", ("China", "Japan"), "China, Japan"),
        ("phases", ("NA",), "Not applicable"),
        ("sponsor", "AMGEN", "AMGEN"),
        ("condition", "HIV", "HIV"),
        ("primary_purpose", "SUPPORTIVE_CARE", "Supportive care"),
        ("sex", "ALL", "All"),
        ("sex", None, ""),
        ("countries", (), ""),
    ],
)
def test_a_field_is_said_by_what_it_is(field, value, said):
    assert value_words(field, value) == said
