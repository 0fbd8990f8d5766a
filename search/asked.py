"""The question and the listing as they were understood, echoed in the answer."""

import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from search.bands import Band
from search.engine import SearchEngine
from search.hits import Hits
from search.listing import Listing
from search.passage import Facet
from search.preference import Preference
from search.programme import Collapse
from search.question import Question

LISTED = (
    *("k", "offset", "weights", "exclude", "as_of", "min_score", "min_band"),
    *("diversity", "collapse", "prefer"),
)
"""What of a Listing is echoed as it stands."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class NamedItem(_Part):
    """A trial that the question names."""

    id: str = Field(examples=["NCT06853522"])
    title: str = Field(examples=["hucMSCs Exosomes for the Treatment of Active Ulcerative Colitis"])


class PositiveItem(NamedItem):
    """A trial to be like."""

    weight: float = Field(examples=[1.0])


class Asked(_Part):
    """The question as it was understood."""

    id: str | None = Field(default=None, description="Of the one trial asked about.", examples=["NCT06853522"])
    nct_id: str | None = Field(default=None, description="The same, if an NCT id.", examples=["NCT06853522"])
    title: str | None = Field(
        default=None,
        description="Of the one trial asked about.",
        examples=["hucMSCs Exosomes for the Treatment of Active Ulcerative Colitis"],
    )
    text: str | None = Field(default=None, examples=[None])
    positives: tuple[PositiveItem, ...] = Field(default=(), description="Trials to be like.")
    negatives: tuple[NamedItem, ...] = Field(default=(), description="Trials to be unlike.")
    k: int = Field(examples=[10])
    offset: int = Field(default=0, examples=[0])
    filters: dict[str, Any] = Field(default={}, examples=[{"status": ["RECRUITING"]}])
    weights: dict[Facet, float] = Field(
        default={},
        description="Facets that count more, in this ratio; none where the evidence is balanced.",
        examples=[{"condition": 2.0, "intervention": 1.0}],
    )
    exclude: tuple[str, ...] = Field(default=(), examples=[["NCT01221428"]])
    as_of: datetime.date | None = Field(default=None, examples=["2020-12-31"])
    min_score: float | None = Field(default=None, examples=[0.5])
    min_band: Band | None = Field(default=None, examples=["moderate"])
    diversity: float = Field(default=0.0, examples=[0.0])
    collapse: Collapse | None = Field(default=None, examples=["programme"])
    prefer: Preference | None = Field(default=None, examples=["recruiting"])


def asked_of(engine: SearchEngine, question: Question, found: Hits, listing: Listing) -> Asked:
    """The question by primary ids, the text as it was typed, and how the list was wanted."""
    positives = [(engine.trial(name), weight) for name, weight in found.question.positives.items()]
    negatives = [engine.trial(name) for name in found.question.negatives]
    lone = positives[0][0] if len(positives) == 1 and not negatives and found.question.text is None else None
    return Asked(
        id=None if lone is None else lone.trial_id,
        nct_id=None if lone is None else lone.nct_id,
        title=None if lone is None else lone.brief_title,
        text=question.text,
        positives=tuple(
            PositiveItem(id=trial.trial_id, title=trial.brief_title, weight=weight) for trial, weight in positives
        ),
        negatives=tuple(NamedItem(id=trial.trial_id, title=trial.brief_title) for trial in negatives),
        filters=listing.filters.given(),
        **{name: getattr(listing, name) for name in LISTED},
    )
