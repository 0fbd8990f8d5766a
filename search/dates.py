"""Partial dates as the registry gives them: "2015", "2015-05" or "2015-05-17"."""

import calendar
import datetime
import re

from search.errors import BadInput

PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


def date_bounds(text: str) -> tuple[datetime.date, datetime.date]:
    """First and last day that a partial date can mean: "2015-02" -> (2015-02-01, 2015-02-28).

    Raises BadInput where `text` is no partial date or no day of the calendar.
    """
    match = PARTIAL_DATE.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        _, month, day = (int(part) if part else None for part in match.groups())
        first = datetime.date(int(match[1]), 1 if month is None else month, 1 if day is None else day)
        last_month = month or 12
        return first, datetime.date(first.year, last_month, day or calendar.monthrange(first.year, last_month)[1])
    except ValueError as error:
        raise BadInput(f"{text!r} is no date; write 2015, 2015-05 or 2015-05-17") from error
