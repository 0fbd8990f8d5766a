"""How many of some trials have each status, phase, country …: what narrows a list, and by how much."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from search.artefact.trial_table import TrialTable
from search.vectors import Rows

COUNTED: Mapping[str, str] = {
    "status": "status",
    "phase": "phases",
    "study_type": "study_type",
    "intervention_type": "interventions",
    "country": "countries",
    "sponsor_class": "sponsor_class",
}
"""Filter -> the column it reads."""


def facet_counts(trials: TrialTable, rows: Rows) -> dict[str, dict[str, int]]:
    """Of each filter in COUNTED its values with how many of `rows` have it, most first, equal ones by name.

    A trial counts once for a value, however often its record has it. A filter by that value leaves that many of
    `rows`, and those whose records are silent count nowhere.
    """
    return {name: _counts(trials.values(column, rows)) for name, column in COUNTED.items()}


def _counts(column: pa.Array) -> dict[str, int]:
    if pa.types.is_list(column.type):
        values = pc.list_flatten(column)
        if pa.types.is_struct(values.type):
            values = pc.struct_field(values, "type")
        pairs = pa.table({"trial": pc.list_parent_indices(column), "value": values})
        column = pairs.group_by(["trial", "value"]).aggregate([])["value"]
    found = [(item["values"], item["counts"]) for item in pc.value_counts(column).to_pylist()]
    return dict(sorted(((value, count) for value, count in found if value), key=lambda pair: (-pair[1], pair[0])))
