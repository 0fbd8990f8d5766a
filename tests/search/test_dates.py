import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.dates import date_bounds
from search.errors import BadInput

day = datetime.date


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2015", day(2015, 1, 1), day(2015, 12, 31)),
        ("2015-05", day(2015, 5, 1), day(2015, 5, 31)),
        ("2015-12", day(2015, 12, 1), day(2015, 12, 31)),
        ("2015-02", day(2015, 2, 1), day(2015, 2, 28)),
        ("2016-02", day(2016, 2, 1), day(2016, 2, 29)),
        ("1900-02", day(1900, 2, 1), day(1900, 2, 28)),
        ("2000-02", day(2000, 2, 1), day(2000, 2, 29)),
        ("2015-05-17", day(2015, 5, 17), day(2015, 5, 17)),
        ("9999", day(9999, 1, 1), day(9999, 12, 31)),
    ],
)
def test_a_partial_date_spans_every_day_it_can_mean(text, first, last):
    assert date_bounds(text) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "May 2015",
        "15",
        "2015-5",
        "2015-05-17T00:00",
        " 2015",
        "2015\n",
        "2015-00",
        "2015-05-00",
        "2015-13",
        "2015-02-29",
        "0000",
        "\u0662\u0660\u0661\u0665",
    ],
)
def test_what_is_no_day_of_the_calendar_is_refused_with_the_forms_that_are(text):
    with pytest.raises(BadInput) as refused:
        date_bounds(text)
    assert str(refused.value) == f"{text!r} is no date; write 2015, 2015-05 or 2015-05-17"


@given(st.dates())
def test_a_month_ends_the_day_before_the_next_begins(date):
    first, last = date_bounds(f"{date:%Y-%m}" if date.year >= 1000 else f"{date.year:04}-{date.month:02}")
    assert first <= date <= last
    assert first == date.replace(day=1)
    assert last == day.max or (last + datetime.timedelta(days=1)).day == 1
    assert (last - first).days < 31
