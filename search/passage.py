"""From a trial to the texts that are embedded: its facets apart, and the whole as one passage.

Indexing and answering both come through here, so they cannot drift apart.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from search.trial import Trial

PASSAGE_VERSION = 2
"""Goes into the manifest; raise it whenever a text below changes."""
READABLE_PASSAGES = (1, 2)
"""Passages of version 1 left the summary out: they can be asked, and mean less."""


class Facet(StrEnum):
    """The sides of a trial on which two trials are compared."""

    TITLE = "title"
    CONDITION = "condition"
    INTERVENTION = "intervention"


MESH_COLUMNS: Mapping[Facet, tuple[str, str]] = {
    Facet.CONDITION: ("condition_mesh", "condition_mesh_ancestors"),
    Facet.INTERVENTION: ("intervention_mesh", "intervention_mesh_ancestors"),
}
"""Which fields of a trial hold a facet's own MeSH headings, and those above them."""


def tidy(text: str) -> str:
    """`text` with every run of white space as one space."""
    return " ".join(text.split())


def title_text(trial: Trial) -> str:
    """The title as it is embedded."""
    return tidy(trial.brief_title)


def condition_terms(trial: Trial) -> list[str]:
    """Each condition once, in the record's order; empty where none is registered."""
    return _distinct(trial.conditions)


def intervention_terms(trial: Trial) -> list[str]:
    """Each intervention name once, in the record's order; empty where none is registered."""
    return _distinct(intervention.name for intervention in trial.interventions)


def passage(trial: Trial) -> str:
    """The whole trial in one text; a missing facet leaves no trace in it, so a bare title stays a bare title."""
    conditions, interventions = condition_terms(trial), intervention_terms(trial)
    title = title_text(trial)
    if not conditions and not interventions:
        return title
    parts = [title.rstrip(".")]
    if conditions:
        parts.append(f"Conditions: {'; '.join(conditions)}")
    if interventions:
        parts.append(f"Interventions: {'; '.join(interventions)}")
    return ". ".join(parts)


def passage_texts(trial: Trial) -> tuple[str, ...]:
    """The texts whose mean vector stands for the whole trial: its passage, and its summary where there is one.

    Apart, because an encoder reads the first 200 words or so of a text.
    """
    summary = tidy(trial.brief_summary or "")
    return (passage(trial), summary) if summary else (passage(trial),)


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(term for text in texts if (term := tidy(text))))
