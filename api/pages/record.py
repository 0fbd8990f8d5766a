"""What a trial's page shows of its record: name and value, leaving out what the record lacks."""

from collections.abc import Iterator

from api.pages.wording import date_words, value_words
from search.answer import TrialDetail

Rows = list[tuple[str, str]]


def main_rows(trial: TrialDetail) -> Rows:
    """What one looks for first."""
    return _filled(
        [
            ("Sponsor", trial.sponsor or ""),
            ("Participants", value_words("enrolment", trial.enrolment)),
            ("Dates", " to ".join(filter(None, [date_words(trial.start_date), date_words(trial.completion_date)]))),
            ("Countries", ", ".join(trial.countries)),
            ("Who may take part", _sentence("; ".join(_eligible(trial)))),
            ("Design", _sentence(", ".join(_design(trial)))),
            ("Results posted", value_words("has_results", trial.has_results)),
            ("Last update", date_words(trial.last_update_date)),
        ]
    )


def further_rows(trial: TrialDetail) -> Rows:
    """What else there is."""
    return _filled(
        [
            ("Acronym", trial.acronym or ""),
            ("Keywords", "; ".join(trial.keywords)),
            ("Conditions in MeSH", "; ".join(mesh.term for mesh in trial.condition_mesh)),
            ("Interventions in MeSH", "; ".join(mesh.term for mesh in trial.intervention_mesh)),
            ("Class of the sponsor", value_words("sponsor_class", trial.sponsor_class)),
            ("First posted", date_words(trial.first_posted_date)),
            ("Id the sponsor gave it", trial.org_study_id or ""),
            ("Other ids", ", ".join([*trial.secondary_ids, *trial.aliases])),
        ]
    )


def _eligible(trial: TrialDetail) -> Iterator[str]:
    if trial.sex:
        yield {"ALL": "all sexes", "FEMALE": "women", "MALE": "men"}.get(trial.sex, trial.sex.lower())
    if trial.minimum_age and trial.maximum_age:
        yield f"{trial.minimum_age} to {trial.maximum_age}".lower()
    elif trial.minimum_age:
        yield f"{trial.minimum_age} and older".lower()
    elif trial.maximum_age:
        yield f"up to {trial.maximum_age}".lower()


def _design(trial: TrialDetail) -> Iterator[str]:
    for name in ("allocation", "intervention_model", "masking", "primary_purpose"):
        value = getattr(trial, name)
        if value and value not in ("NA", "NONE"):
            yield value_words(name, value).lower() + {"masking": " masking", "primary_purpose": ""}.get(name, "")
        elif value == "NONE" and name == "masking":
            yield "open label"


def _filled(rows: Rows) -> Rows:
    return [(name, value) for name, value in rows if value]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
