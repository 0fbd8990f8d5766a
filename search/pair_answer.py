"""Two trials side by side, as the API sends them."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from search.answer import BuildInfo, ReasonItem, TrialCard, build_info, trial_detail
from search.bands import Band
from search.engine import SearchEngine
from search.pair import FacetPair, Pair
from search.passage import Facet
from search.reasons import CONDITION_KINDS, INTERVENTION_KINDS, ReasonKind
from search.trial import Trial

SHARED_BY: Mapping[Facet, tuple[ReasonKind, ...]] = {
    Facet.CONDITION: CONDITION_KINDS,
    Facet.INTERVENTION: INTERVENTION_KINDS,
}
COMPARED = (
    *("status", "study_type", "phases", "enrolment", "start_date", "completion_date"),
    *("sponsor", "countries", "sex", "minimum_age", "maximum_age", "has_results"),
    *("allocation", "intervention_model", "masking", "primary_purpose"),
)
"""What of the records is held against each other as it stands."""


class FacetItem(BaseModel):
    """What the two have of one facet."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    facet: Facet = Field(examples=["condition"])
    similarity: float | None = Field(
        description="Mean cosine of each term with the nearest one of the other; null where one record has none.",
        examples=[0.8123],
    )
    shared: tuple[ReasonItem, ...] = Field(description="As in the reasons of /similar; control arms do not count.")
    only_first: tuple[str, ...] = Field(description="Terms the second has nothing of.", examples=[["Colitis"]])
    only_second: tuple[str, ...] = Field(description="Terms the first has nothing of.", examples=[[]])


class FieldItem(BaseModel):
    """What the two records say in one field."""

    model_config = ConfigDict(frozen=True)

    field: str = Field(examples=["phases"])
    first: str | int | bool | tuple[str, ...] | None = Field(examples=[["PHASE1"]])
    second: str | int | bool | tuple[str, ...] | None = Field(examples=[["PHASE1", "PHASE2"]])
    same: bool | None = Field(description="Lists in any order; null where a record says nothing.", examples=[False])


class PairAnswer(BaseModel):
    """Two trials side by side."""

    model_config = ConfigDict(frozen=True)

    build: BuildInfo
    first: TrialCard
    second: TrialCard
    score: float = Field(
        description="Of the second in the list of /similar for the first; the other way round it may differ.",
        examples=[0.6728],
    )
    band: Band | None = Field(description="How closely related, as in /similar.", examples=["strong"])
    probability: float | None = Field(default=None, description="As in /similar.", examples=[0.274])
    facets: tuple[FacetItem, ...]
    other_reasons: tuple[ReasonItem, ...] = Field(description="What they share beyond the facets.")
    fields: tuple[FieldItem, ...] = Field(description="The records, field by field.")


def pair_answer(engine: SearchEngine, first: str, second: str) -> PairAnswer:
    """The trials that the two identifiers name. Raises what SearchEngine.compare raises."""
    pair = engine.compare(first, second)
    said_apart = {*(kind for kinds in SHARED_BY.values() for kind in kinds), ReasonKind.DIFFERENT_CONDITION}
    return PairAnswer(
        build=build_info(engine.manifest),
        first=_card(pair.first),
        second=_card(pair.second),
        score=pair.score,
        band=pair.band,
        probability=pair.probability,
        facets=tuple(_facet_item(pair, facet) for facet in pair.facets),
        other_reasons=tuple(_reason_item(reason) for reason in pair.reasons if reason.kind not in said_apart),
        fields=tuple(_field_item(name, pair) for name in COMPARED),
    )


def _facet_item(pair: Pair, facet: FacetPair) -> FacetItem:
    return FacetItem(
        facet=facet.facet,
        similarity=facet.similarity,
        shared=tuple(_reason_item(reason) for reason in pair.reasons if reason.kind in SHARED_BY[facet.facet]),
        only_first=facet.only_first,
        only_second=facet.only_second,
    )


def _field_item(name: str, pair: Pair) -> FieldItem:
    first, second = (getattr(trial, name) for trial in (pair.first, pair.second))
    is_said = all(value is not None and value != () for value in (first, second))
    return FieldItem(field=name, first=first, second=second, same=_plain(first) == _plain(second) if is_said else None)


def _plain(value: Any) -> Any:
    return set(value) if isinstance(value, tuple) else value


def _reason_item(reason: Any) -> ReasonItem:
    return ReasonItem.model_validate(reason, from_attributes=True)


def _card(trial: Trial) -> TrialCard:
    return TrialCard.model_validate(trial_detail(trial), from_attributes=True)
