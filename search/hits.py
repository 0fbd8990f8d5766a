"""What a question finds."""

from dataclasses import dataclass, field

from search.bands import Band
from search.question import Question
from search.reasons import Reason
from search.trial import Trial
from search.vectors import Rows


@dataclass(frozen=True, slots=True)
class Member:
    """A trial of the same programme as the hit that it is listed under, and what says so."""

    trial: Trial
    cause: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One related trial; `parts` add up to `score`, up to rounding."""

    rank: int
    score: float
    band: Band | None
    """None where the bands were not measured: for a free text, for facets with weights, for another encoder."""
    probability: float | None
    """How often a trial of such a score stood in the same review as the query; None where there is no band."""
    parts: dict[str, float]
    reasons: tuple[Reason, ...]
    trial: Trial
    programme: tuple[Member, ...] = ()
    """Where programmes are collapsed, the other trials of this one's, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """The hits listed, best first, and what there was to choose from."""

    hits: tuple[Hit, ...]
    question: Question
    """As it was understood: by primary ids, without what was typed into the text as an id."""
    named: Trial | None
    """The trial whose id was typed into the text."""
    eligible: int
    """Trials that the filters leave, less those asked with."""
    candidates: Rows = field(compare=False, repr=False)
    """Rows of those that got a full score, best first."""
    good_enough: int
    """How many candidates reach the least score and band asked for."""
    entries: int
    """How many entries the whole list has: candidates that are good enough, programmes collapsed."""
    undated: int = 0
    """Trials left out because nobody knows when they were first posted."""
    phrases: tuple[str, ...] = ()
    """What stands in quotation marks, which every hit says."""
    banded: bool = True
    """Whether bands were measured for a question such as this one."""
    cost: str | None = None
    """What preferring some trials cost in relevance, in words."""
