"""How much a MeSH heading tells: one that few trials have tells more than one that stands above many."""

import math
from collections import Counter

from search.artefact.trial_table import TrialTable
from search.passage import MESH_COLUMNS, Facet


class MeshInformation:
    """Information content of the headings of one facet, by the trials of one build."""

    def __init__(self, trials: TrialTable, facet: Facet) -> None:
        own, above = MESH_COLUMNS[facet]
        self._counts = Counter(trials.mesh_counts(own)) + Counter(trials.mesh_counts(above))
        self._trials = max(1, trials.filled(own))

    def __call__(self, heading: str) -> float:
        """ln(trials with headings / trials with this one), at least 0 (Resnik 1995)."""
        return max(0.0, math.log(self._trials / max(1, self._counts[heading])))
