"""Which trials may be answered at all. Filters come before ranking and are exact."""

import datetime
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from search.artefact.trial_table import TrialTable
from search.dates import date_bounds
from search.errors import BadInput
from search.passage import MESH_COLUMNS, Facet
from search.vectors import Mask
from search.vocabulary import InterventionType, Phase, SponsorClass, Status, StudyType, parse_value


def _members_of(vocabulary: type[StrEnum]) -> BeforeValidator:
    """Values however they are spelled, one by one or separated by commas."""

    def read(values: object) -> object:
        texts = [values] if isinstance(values, str) else values
        if not isinstance(texts, list | tuple):
            return values
        return [parse_value(part, vocabulary) for text in texts for part in str(text).split(",")]

    return BeforeValidator(read)


def _bound(last: bool) -> BeforeValidator:
    """A partial date as the first day it can mean, or the last."""
    return BeforeValidator(
        lambda text: date_bounds(text.strip())[last] if isinstance(text, str) else text,
        json_schema_input_type=Annotated[str, Field(pattern=r"^[1-9][0-9]{3}(-(0[1-9]|1[0-2]))?$")]
        | datetime.date
        | None,
    )


_FirstDay = Annotated[datetime.date | None, _bound(last=False)]
LastDay = Annotated[datetime.date | None, _bound(last=True)]
"""Of a partial date the last day that it can mean."""


class Filters(BaseModel):
    """Conditions that every hit meets. Values of one filter are alternatives; filters add up.

    A trial whose value is not known fails a filter on it. Enumerated values are read however they are cased and
    spaced ("not yet recruiting"); countries and sponsors are compared without regard to case.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Annotated[tuple[Status, ...], _members_of(Status)] = Field(
        default=(), description="Overall status; several are alternatives.", examples=[["RECRUITING"]]
    )
    phase: Annotated[tuple[Phase, ...], _members_of(Phase)] = Field(
        default=(), description="Phase; a phase 1/2 trial has both.", examples=[["PHASE2"]]
    )
    study_type: Annotated[tuple[StudyType, ...], _members_of(StudyType)] = Field(
        default=(), description="Kind of study."
    )
    intervention_type: Annotated[tuple[InterventionType, ...], _members_of(InterventionType)] = Field(
        default=(), description="Type of any of the interventions."
    )
    country: tuple[str, ...] = Field(
        default=(), description="Country of any location, by the name the registry uses.", examples=[["China"]]
    )
    condition: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Part of the name of a condition, of its MeSH heading, or of one above that.",
        examples=["colitis"],
    )
    sponsor: str | None = Field(
        default=None, min_length=1, max_length=200, description="Part of the lead sponsor's name."
    )
    sponsor_class: Annotated[tuple[SponsorClass, ...], _members_of(SponsorClass)] = Field(
        default=(), description="Class of the lead sponsor."
    )
    start_from: _FirstDay = Field(
        default=None, description="Started on this day or later; a month or year counts from its first day."
    )
    start_to: LastDay = Field(
        default=None, description="Started on this day or earlier; a month or year counts to its last day."
    )
    updated_from: _FirstDay = Field(default=None, description="Last updated on this day or later.")
    updated_to: LastDay = Field(default=None, description="Last updated on this day or earlier.")
    has_results: bool | None = Field(default=None, description="Whether results are posted, where that is known.")

    def given(self) -> dict[str, Any]:
        """The filters that were set, ready for JSON."""
        return self.model_dump(mode="json", exclude_defaults=True)


def parse_filters(**given: Any) -> Filters:
    """Filters from what a person typed. Raises BadInput that names the filter and what is wrong with it."""
    try:
        return Filters(**given)
    except ValidationError as error:
        faults = "; ".join(f"{fault['loc'][0]}: {_message(fault)}" for fault in error.errors())
        raise BadInput(f"cannot filter by {faults}") from error


def allowed_rows(filters: Filters, trials: TrialTable) -> Mask | None:
    """(n,) True where a trial passes every filter; None where none is set.

    A partial date stands for every day it can mean, and passes where one of them does.
    """
    masks = []
    for column, values in {
        "status": filters.status,
        "phases": filters.phase,
        "study_type": filters.study_type,
        "countries": filters.country,
        "sponsor_class": filters.sponsor_class,
        "interventions.type": filters.intervention_type,
    }.items():
        if values:
            masks.append(trials.equals(column, values))
    if filters.condition is not None:
        named = trials.contains("conditions", filters.condition)
        headed = [trials.contains(f"{column}.term", filters.condition) for column in MESH_COLUMNS[Facet.CONDITION]]
        masks.append(np.logical_or.reduce([named, *headed]))
    if filters.sponsor is not None:
        masks.append(trials.contains("sponsor", filters.sponsor))
    for column, earliest in {"start_last": filters.start_from, "updated_last": filters.updated_from}.items():
        if earliest is not None:
            masks.append(trials.at_least(column, earliest))
    for column, latest in {"start_first": filters.start_to, "updated_first": filters.updated_to}.items():
        if latest is not None:
            masks.append(trials.at_most(column, latest))
    if filters.has_results is not None:
        masks.append(trials.is_true("has_results", filters.has_results))
    return all_of(masks)


def all_of(masks: Sequence[Mask]) -> Mask | None:
    """(n,) True where every one of `masks` is; None where there is none."""
    # One alone is not copied: what is kept for later questions is handed on as it is.
    mask: Mask | None = masks[0] if len(masks) == 1 else np.logical_and.reduce(masks) if masks else None
    return mask


def _message(fault: Any) -> str:
    return str(fault["msg"]).removeprefix("Value error, ")
