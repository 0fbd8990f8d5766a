"""How many of some trials have each status, phase, country …: what narrows a list, and by how much."""

from collections.abc import Mapping

from search.artefact.trial_table import TrialTable
from search.vectors import Rows

COUNTED: Mapping[str, str] = {
    "status": "status",
    "phase": "phases",
    "study_type": "study_type",
    "intervention_type": "interventions.type",
    "country": "countries",
    "sponsor_class": "sponsor_class",
}
"""Filter -> the column it reads."""


def facet_counts(trials: TrialTable, rows: Rows) -> dict[str, dict[str, int]]:
    """Of each filter in COUNTED its values with how many of `rows` have it, most first, equal ones by name.

    A trial counts once for a value, however often its record has it. A filter by that value leaves that many of
    `rows`, and those whose records are silent count nowhere.
    """
    return {name: trials.coded(column).counts(rows) for name, column in COUNTED.items()}
