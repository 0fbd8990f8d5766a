"""The texts of a trial that are learned from.

That a record's own fields are its training data is the observation of Trial2Vec (Wang and Sun 2022).
"""

from collections.abc import Callable

from search.passage import condition_terms, intervention_terms, passage, tidy, title_text
from search.trial import Trial


def conditions_and_interventions(trial: Trial) -> str:
    """The terms of both facets as one text; empty where the record has none."""
    return "; ".join([*condition_terms(trial), *intervention_terms(trial)])


TEXTS: dict[str, Callable[[Trial], str]] = {
    "title": title_text,
    "facets": conditions_and_interventions,
    "passage": passage,
    "summary": lambda trial: tidy(trial.brief_summary or ""),
}
"""The texts of a trial, by name; empty where the record lacks them."""
