"""Registry values and kinds of evidence in the words of a page."""

import calendar
from collections.abc import Mapping, Sequence
from enum import StrEnum

from search.dates import PARTIAL_DATE
from search.reasons import ReasonKind
from search.vocabulary import Phase, Status, words


class Tone(StrEnum):
    """How a status is coloured; its word always stands beside."""

    OPEN = "open"
    ACTIVE = "active"
    DONE = "done"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


TONE_OF = {
    Status.RECRUITING: Tone.OPEN,
    Status.NOT_YET_RECRUITING: Tone.OPEN,
    Status.ENROLLING_BY_INVITATION: Tone.OPEN,
    Status.AVAILABLE: Tone.OPEN,
    Status.ACTIVE_NOT_RECRUITING: Tone.ACTIVE,
    Status.COMPLETED: Tone.DONE,
    Status.APPROVED_FOR_MARKETING: Tone.DONE,
    Status.TERMINATED: Tone.STOPPED,
    Status.WITHDRAWN: Tone.STOPPED,
    Status.SUSPENDED: Tone.STOPPED,
    Status.NO_LONGER_AVAILABLE: Tone.STOPPED,
    Status.TEMPORARILY_NOT_AVAILABLE: Tone.STOPPED,
}
TONE_WORDS: Mapping[str, str] = {
    Tone.OPEN: "Open or about to open",
    Tone.ACTIVE: "Under way, not recruiting",
    Tone.DONE: "Completed",
    Tone.STOPPED: "Stopped or withdrawn",
    Tone.UNKNOWN: "Unknown or not on record",
}
PART_WORDS = {
    "words": "Same words",
    "passage": "Whole text",
    "title": "Title",
    "neighbours": "Shared neighbours",
    "condition": "Condition",
    "intervention": "Intervention",
}
ENUMERATED = frozenset(
    {"study_type", "type", "intervention_type", "sponsor_class", "sex"}
    | {"allocation", "intervention_model", "masking", "primary_purpose"}
)
"""Fields whose values are the registry's own spelling of a word; any other is shown letter by letter."""
FIELD_WORDS = {
    "phases": "Phase",
    "enrolment": "Participants",
    "start_date": "Start",
    "completion_date": "Completion",
    "sex": "Sex",
    "minimum_age": "Youngest",
    "maximum_age": "Oldest",
    "has_results": "Results posted",
    "start_from": "Started from",
    "start_to": "Started until",
}


def status_words(status: str | None) -> str:
    """A status as a person reads it."""
    if status is None:
        return "No status on record"
    return "Unknown status" if status == Status.UNKNOWN else words(status)


def tone(status: str | None) -> Tone:
    """The colour of a status."""
    return TONE_OF.get(Status(status), Tone.UNKNOWN) if status in set(Status) else Tone.UNKNOWN


def phase_words(phases: Sequence[str]) -> str:
    """Phases in a word: "Phase 1/2"; nothing where none applies."""
    named = [words(phase) for phase in phases if phase != Phase.NA]
    return "/".join(named).replace("/Phase ", "/")


def date_words(text: str | None) -> str:
    """A partial date as a person writes it: "2015-05-07" -> "7 May 2015", "2015-05" -> "May 2015"."""
    match = PARTIAL_DATE.fullmatch(text or "")
    if match is None:
        return text or ""
    year, month, day = match.groups()
    if month is None or not 1 <= int(month) <= 12:
        return year
    name = calendar.month_name[int(month)]
    return f"{int(day)} {name} {year}" if day else f"{name} {year}"


def reason_words(kind: ReasonKind) -> str:
    """A kind of reason: "Same condition"."""
    return kind.replace("_", " ").capitalize()


def part_words(part: str) -> str:
    """A part of a score."""
    return PART_WORDS.get(part, part.replace("_", " ").capitalize())


def field_words(name: str) -> str:
    """The name of a record's field."""
    return FIELD_WORDS.get(name, name.replace("_", " ").capitalize())


def value_words(name: str, value: object) -> str:
    """What a record says in a field."""
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, tuple):
        return phase_words(value) or "Not applicable" if name == "phases" else ", ".join(map(str, value))
    text = str(value)
    if name.endswith("_date"):
        return date_words(text)
    if name == "status":
        return status_words(text)
    return words(text) if name in ENUMERATED else text


def cause_words(cause: str) -> str:
    """What says that two trials are of one programme."""
    return {"same_org_study_stem": "same study number of the sponsor"}.get(cause, cause.replace("_", " "))


def filter_words(name: str, value: object) -> str:
    """A value of a filter: RECRUITING -> "Recruiting", of start_from 2015-05-01 -> "1 May 2015"."""
    if name.endswith(("_from", "_to")):
        return date_words(str(value))
    if name == "phase":
        return phase_words([str(value)]) or "Not applicable"
    return value_words(name, value)
