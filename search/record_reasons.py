"""What two records have in common beside condition and intervention: sponsor, programme, population, design, phase."""

import re

from search.programme import ProgrammeCause, programme_cause
from search.reasons import Reason, ReasonKind
from search.trial import Trial
from search.vocabulary import Phase, words

CHILD_UNTIL, OLD_FROM = 18.0, 60.0
"""Years: who is at most, and who is at least as old; most trials are for adults, which tells nothing."""
_YEARS = {"year": 1.0, "month": 1 / 12, "week": 7 / 365.25, "day": 1 / 365.25, "hour": 1 / 8766, "minute": 1 / 525960}
_AGE = re.compile(r"(\d+(?:\.\d+)?) ?(year|month|week|day|hour|minute)s?", re.IGNORECASE)


def reasons_by_record(query: Trial, hit: Trial) -> list[Reason]:
    """Each thing in common, in the order of ReasonKind; a record that is silent has nothing in common."""
    found = []
    cause = programme_cause(query, hit)
    if cause and cause is not ProgrammeCause.SAME_TRIAL:  # which is a reason of its own
        found.append(_same(ReasonKind.SAME_PROGRAMME, cause.replace("_", " ")))
    if query.sponsor and hit.sponsor and query.sponsor.casefold() == hit.sponsor.casefold():
        found.append(Reason(ReasonKind.SAME_SPONSOR, query.sponsor, hit.sponsor, 1.0))
    if people := [said for said in _population(query) if said in _population(hit)]:
        found.append(_same(ReasonKind.SAME_POPULATION, ", ".join(people)))
    if (design := _design(query)) and design == _design(hit):
        found.append(_same(ReasonKind.SAME_DESIGN, ", ".join(design)))
    phases = [phase for phase in query.phases if phase in hit.phases and phase != Phase.NA]
    if phases:
        found.append(_same(ReasonKind.SAME_PHASE, "/".join(phases)))
    return found


def years(age: str | None) -> float | None:
    """An age as registered, in years: "6 Months" -> 0.5; None where it says none ("N/A")."""
    match = _AGE.fullmatch((age or "").strip())
    return float(match[1]) * _YEARS[match[2].lower()] if match else None


def _population(trial: Trial) -> list[str]:
    """Who may take part, as far as that is not everyone: one sex only, children only, the old only."""
    oldest, youngest = years(trial.maximum_age), years(trial.minimum_age)
    said = [words(trial.sex).lower()] if trial.sex and trial.sex != "ALL" else []
    if oldest is not None and oldest <= CHILD_UNTIL:
        said.append("children")
    if youngest is not None and youngest >= OLD_FROM:
        said.append("older adults")
    return said


def _design(trial: Trial) -> list[str]:
    """How the trial is laid out; empty where allocation, model or masking is not on record."""
    if not (trial.allocation and trial.intervention_model and trial.masking):
        return []
    masking = "open label" if trial.masking == "NONE" else f"{words(trial.masking).lower()} masking"
    return [words(trial.allocation).lower(), words(trial.intervention_model).lower(), masking]


def _same(kind: ReasonKind, said: str) -> Reason:
    return Reason(kind, said, said, 1.0)
