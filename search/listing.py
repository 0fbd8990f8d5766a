"""Which of the trials found are listed, and how; with nothing set, the best ten of all."""

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from search.bands import Band
from search.errors import BadInput
from search.filters import Filters
from search.passage import Facet
from search.preference import Preference
from search.programme import Collapse

CANDIDATES = 300
"""How many trials the passages bring forward, and how many the words."""
MAX_K = 100
MAX_OFFSET = 1000
MAX_EXCLUDED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How to list what a question finds. Raises BadInput where a number is out of its bounds."""

    k: int = 10
    """From 1 to MAX_K."""
    offset: int = 0
    """How many of the best to pass over, up to MAX_OFFSET; the list ends where the candidates do."""
    filters: Filters = field(default_factory=Filters)
    weights: Mapping[Facet, float] = field(default_factory=dict)
    """Facets that count more, in the ratio of their numbers."""
    exclude: tuple[str, ...] = ()
    """Identifiers of trials not to list; one that names no trial excludes none."""
    as_of: datetime.date | None = None
    """Only trials first posted by this day; one whose first posting is not known is left out, as by any filter."""
    min_score: float | None = None
    min_band: Band | None = None
    """Only this band or better; where no bands were measured, none reaches one."""
    diversity: float = 0.0
    """From 0, the best by score alone, to 1, each as unlike the ones before it as can be."""
    collapse: Collapse | None = None
    prefer: Preference | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.k <= MAX_K:
            raise BadInput(f"k is {self.k}; it must be from 1 to {MAX_K}")
        if not 0 <= self.offset <= MAX_OFFSET:
            raise BadInput(f"offset is {self.offset}; it must be from 0 to {MAX_OFFSET}")
        if not 0 <= self.diversity <= 1:
            raise BadInput(f"diversity is {self.diversity:g}; it must be from 0 to 1")
        if self.min_score is not None and not math.isfinite(self.min_score):
            raise BadInput(f"min_score is {self.min_score}; it must be a finite number")
        if len(self.exclude) > MAX_EXCLUDED:
            raise BadInput(f"{len(self.exclude)} trials to exclude; the most is {MAX_EXCLUDED}")

    @property
    def candidates(self) -> int:
        """How many trials to rank at least: diversity wants five pages to choose from."""
        return max(CANDIDATES, 5 * self.k) if self.diversity else CANDIDATES
