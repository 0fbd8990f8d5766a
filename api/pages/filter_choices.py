"""The filters as a person picks them: values with how many trials have each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from api.pages.wording import phase_words, status_words
from search.filters import Filters
from search.vocabulary import Phase, Status

MOST_COUNTRIES = 8
STATUSES = (
    *(Status.RECRUITING, Status.NOT_YET_RECRUITING, Status.ENROLLING_BY_INVITATION, Status.ACTIVE_NOT_RECRUITING),
    *(Status.COMPLETED, Status.TERMINATED, Status.WITHDRAWN, Status.SUSPENDED, Status.UNKNOWN),
)
"""Those of most trials, in the order of a trial's life."""
PHASES = tuple(phase for phase in Phase if phase != Phase.NA)


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that can be ticked; `count` is None where nothing was counted."""

    value: str
    words: str
    count: int | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    """A filter and its values."""

    name: str
    title: str
    options: tuple[Choice, ...]


def filter_choices(filters: Filters, counts: Mapping[str, Mapping[str, int]]) -> tuple[ChoiceGroup, ...]:
    """Status, phase and country to choose from: those found, most first, and those chosen."""
    chosen_countries = {country.casefold(): country for country in filters.country}
    found = counts.get("country", {})
    spelled = {country.casefold(): country for country in found}
    countries = [spelled.get(folded, country) for folded, country in chosen_countries.items()]
    countries += [country for country in found if country not in countries][:MOST_COUNTRIES]
    return (
        _group(
            "status",
            "Status",
            (
                *STATUSES,
                *(
                    status
                    for status in Status
                    if status not in STATUSES and status in {*filters.status, *counts.get("status", {})}
                ),
            ),
            filters.status,
            counts,
            status_words,
        ),
        _group("phase", "Phase", PHASES, filters.phase, counts, _phase),
        ChoiceGroup(
            "country",
            "Country",
            tuple(
                Choice(country, country, found.get(country, 0), country.casefold() in chosen_countries)
                for country in countries
            ),
        ),
    )


def _group(
    name: str,
    title: str,
    values: Sequence[str],
    chosen: Sequence[str],
    counts: Mapping[str, Mapping[str, int]],
    words_for: Callable[[str], str],
) -> ChoiceGroup:
    """Of what was counted the values found; where nothing was, all of them, so that one can still choose."""
    found = counts.get(name)
    if not found:
        return ChoiceGroup(
            name, title, tuple(Choice(value, words_for(value), None, value in chosen) for value in values)
        )
    shown = [value for value in values if value in chosen or value in found]
    if name == "status":
        shown.sort(key=lambda value: -found.get(value, 0))
    return ChoiceGroup(
        name, title, tuple(Choice(value, words_for(value), found.get(value, 0), value in chosen) for value in shown)
    )


def _phase(phase: str) -> str:
    return phase_words([phase])
