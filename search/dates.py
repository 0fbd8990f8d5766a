"""Partial dates as the registry gives them: "2015", "2015-05" or "2015-05-17"."""

import calendar
import datetime
import re

PARTIAL_DATE = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$", re.ASCII)


def date_bounds(text: str) -> tuple[datetime.date, datetime.date]:
    """First and last day that a partial date can mean: "2015-02" -> (2015-02-01, 2015-02-28).

    Raises ValueError where `text` is no partial date or no day of the calendar.
    """
    match = PARTIAL_DATE.match(text)
    if match is None:
        raise ValueError(f"{text!r} is no date; write 2015, 2015-05 or 2015-05-17")
    year, month, day = (int(part) if part else None for part in match.groups())
    if year is None or month is None:
        return datetime.date(int(text), 1, 1), datetime.date(int(text), 12, 31)
    if day is None:
        return datetime.date(year, month, 1), datetime.date(year, month, calendar.monthrange(year, month)[1])
    whole = datetime.date(year, month, day)
    return whole, whole
