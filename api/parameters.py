"""What can be asked with a question; anything else is refused by name."""

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FailFast,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic.config import JsonDict

from api.encoded_slashes import with_slashes
from search.answer import HitItem, TrialDetail
from search.bands import Band
from search.filters import Filters, LastDay
from search.listing import MAX_K, MAX_OFFSET, Listing
from search.passage import Facet
from search.preference import Preference
from search.presets import WEIGHTS_PATTERN, Preset, facet_weights
from search.programme import Collapse
from search.question import MAX_QUERY_LENGTH

MAX_IDS = 100
"""How many trials can be asked for by id at once."""
MAX_ID_LENGTH = 100
ListFormat = Literal["json", "csv", "ndjson", "jsonld"]
"""Those of api.form.LIST_FORMS."""

NctId = Annotated[
    str,
    Path(
        max_length=MAX_ID_LENGTH,
        description="Id in any registry, in any case: NCT and eight digits, or another form, with %2F or a dash for a "
        "slash. An alias or secondary id of a trial does too.",
        examples=["NCT06853522"],
    ),
    AfterValidator(with_slashes),
]


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """That `name` is no known one, which is nearest to it, and which there are."""
    nearest = difflib.get_close_matches(name.casefold(), known := list(known), n=1)
    way_out = f"did you mean {nearest[0]}? " if nearest else ""
    return f"unknown {what} {name!r}; {way_out}known: {', '.join(known) or 'none'}"


def _split(given: object) -> object:
    """Texts one by one or separated by commas; what is empty between two commas is nothing."""
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list | tuple):
        return given
    return [part for text in texts for part in str(text).split(",") if part.strip()]


class Parameters(BaseModel):
    """The query parameters of a route: none, unless a subclass names some."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _known_only(cls, given: Any) -> Any:
        """Names the nearest known parameter, which pydantic's own "extra inputs" does not."""
        known = list(cls.model_fields)
        for name in given if isinstance(given, dict) else ():
            if name not in known:
                raise ValueError(unknown("parameter", name, known))
        return given


def _excluded(given: object) -> object:
    ids = _split(given)
    if isinstance(ids, list) and len(ids) > MAX_IDS:
        raise ValueError(f"{len(ids)} ids are given; write at most {MAX_IDS}")
    return ids


class ListParameters(Filters, Parameters):
    """How many, which may be answered, and in which order."""

    k: int = Field(default=10, ge=1, le=MAX_K, description="How many trials.", examples=[5])
    offset: int = Field(default=0, ge=0, le=MAX_OFFSET, description="How many of the best to pass over.", examples=[10])
    preset: Preset = Field(
        default=Preset.BALANCED, description="Which facet counts more; its terms are compared one by one."
    )
    weights: str | None = Field(
        default=None,
        description="The same in numbers: facets and their ratio. Goes before the preset.",
        examples=["condition:2,intervention:1"],
        json_schema_extra={"pattern": WEIGHTS_PATTERN},  # the message is better where it is read
    )
    exclude: Annotated[
        tuple[Annotated[str, StringConstraints(max_length=MAX_ID_LENGTH)], ...],
        FailFast(),
        BeforeValidator(_excluded),
    ] = Field(
        default=(),
        description="Trials not to list, by their ids, repeated or separated by commas.",
        examples=[["NCT01221428"]],
        json_schema_extra={"maxItems": MAX_IDS},  # counted where commas are read
    )
    as_of: LastDay = Field(
        default=None,
        description="Only trials first posted by this day; a month or year counts to its last day. A trial whose "
        "first posting is not known is left out.",
        examples=["2020"],
    )
    min_score: float | None = Field(
        default=None, allow_inf_nan=False, description="Only trials of this score or more.", examples=[0.5]
    )
    min_band: Band | None = Field(default=None, description="Only trials of this band or a better one.")
    diversity: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="From 0, the best alone, to 1, each as unlike those before it as can be.",
        examples=[0.3],
    )
    collapse: Collapse | None = Field(
        default=None, description="List trials of one programme (an extension, a follow-up) as one entry."
    )
    prefer: Preference | None = Field(
        default=None,
        description="Move such trials up a little among nearly equal ones; the answer says at what cost.",
    )

    def filters(self) -> Filters:
        """The filters alone."""
        return Filters(**self.model_dump(include=set(Filters.model_fields), exclude_defaults=True))

    def listing(self) -> Listing:
        """How the list is wanted. Raises BadInput."""
        return Listing(
            filters=self.filters(),
            weights=self.facet_weights(),
            **self.model_dump(include={field.name for field in dataclasses.fields(Listing)} - {"filters", "weights"}),
        )

    def facet_weights(self) -> Mapping[Facet, float]:
        """The weights asked for, by preset or by number. Raises BadInput."""
        return facet_weights(self.preset, self.weights)


def _fields_of(row: type[BaseModel]) -> Any:
    """The type of a parameter that names fields of `row`."""
    known = list(row.model_fields)
    any_of_them: JsonDict = {"type": "string", "enum": [*known]}

    def read(given: object) -> object:
        names = _split(given)
        for name in names if isinstance(names, list) else ():
            if name not in known:
                raise ValueError(unknown("field", name, known))
        return list(dict.fromkeys(names)) if isinstance(names, list) else names

    return Annotated[
        tuple[str, ...],
        BeforeValidator(read),
        Field(
            default=(),
            description="Only these fields of each trial, repeated or separated by commas; all where none is named.",
            examples=[["id", "title"]],
            json_schema_extra={"items": any_of_them},
        ),
    ]


class ListSent(Parameters):
    """What of the hits is sent, and as what."""

    fields: _fields_of(HitItem)  # type: ignore[valid-type]
    format: ListFormat | None = Field(default=None, description="In which form; goes before Accept.", examples=["json"])


class BatchSent(Parameters):
    """What of the hits of each answer is sent, and as what."""

    fields: _fields_of(HitItem)  # type: ignore[valid-type]
    format: Literal["json", "ndjson"] | None = Field(
        default=None, description="In which form; goes before Accept.", examples=["json"]
    )


class TrialSent(Parameters):
    """What of a trial is sent."""

    fields: _fields_of(TrialDetail)  # type: ignore[valid-type]


class SimilarParameters(ListSent, ListParameters):
    """How many, which may be answered, and how they are sent."""


class FeedParameters(ListParameters):
    """How many and which may be in a feed."""

    k: int = Field(
        default=30, ge=1, le=MAX_K, description="How many of the most related trials the feed tells of.", examples=[30]
    )
    format: Literal["atom", "jsonfeed"] | None = Field(
        default=None, description="In which form; goes before Accept.", examples=["atom"]
    )


def _ids(given: object) -> object:
    ids = _split(given)
    if isinstance(ids, list) and not 1 <= len(ids) <= MAX_IDS:
        raise ValueError(f"{len(ids)} ids are given; write 1 to {MAX_IDS}, such as NCT06853522,NCT01221428")
    return ids


class TrialsParameters(TrialSent):
    """Which trials."""

    ids: Annotated[
        tuple[Annotated[str, StringConstraints(max_length=MAX_ID_LENGTH)], ...], FailFast(), BeforeValidator(_ids)
    ] = Field(
        description="Ids of any registry, aliases or secondary ids, repeated or separated by commas.",
        examples=[["NCT06853522", "NCT01221428"]],
        json_schema_extra={"minItems": 1, "maxItems": MAX_IDS},  # counted where commas are read
    )
    format: ListFormat | None = Field(default=None, description="In which form; goes before Accept.", examples=["json"])


class SearchParameters(SimilarParameters):
    """A text, how many, which may be answered, and how they are sent."""

    q: str = Field(
        min_length=1,
        max_length=MAX_QUERY_LENGTH,
        description="What to look for, in your own words.",
        examples=["umbilical cord stem cells for Crohn's"],
        json_schema_extra={"pattern": r"\w"},  # the engine says it better than a pattern would
    )
