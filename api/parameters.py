"""What can be asked with a question; anything else is refused by name."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, BeforeValidator, ConfigDict, FailFast, Field, StringConstraints, model_validator
from pydantic.config import JsonDict

from search.answer import HitItem, TrialDetail
from search.engine import MAX_K, MAX_QUERY_LENGTH
from search.filters import Filters
from search.passage import Facet
from search.presets import WEIGHTS_PATTERN, Preset, facet_weights

MAX_IDS = 100
"""How many trials can be asked for by id at once."""
MAX_ID_LENGTH = 100
ListFormat = Literal["json", "csv", "ndjson", "jsonld"]
"""Those of api.form.LIST_FORMS."""

NctId = Annotated[
    str,
    Path(
        max_length=MAX_ID_LENGTH,
        description="Id in any registry, in any case, with dashes for its slashes: NCT and eight digits, or another "
        "form. An alias or secondary id of a trial does too.",
        examples=["NCT06853522"],
    ),
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


class ListParameters(Filters, Parameters):
    """How many, and which may be answered."""

    k: int = Field(default=10, ge=1, le=MAX_K, description="How many trials.", examples=[5])
    preset: Preset = Field(
        default=Preset.BALANCED, description="Which facet counts more; its terms are compared one by one."
    )
    weights: str | None = Field(
        default=None,
        description="The same in numbers: facets and their ratio. Goes before the preset.",
        examples=["condition:2,intervention:1"],
        json_schema_extra={"pattern": WEIGHTS_PATTERN},  # the message is better where it is read
    )

    def filters(self) -> Filters:
        """The filters alone."""
        return Filters(**self.model_dump(include=set(Filters.model_fields), exclude_defaults=True))

    def facet_weights(self) -> Mapping[Facet, float]:
        """The weights asked for, by preset or by number. Raises BadInput."""
        return facet_weights(self.preset, self.weights)


def _fields_of(row: type[BaseModel]) -> Any:
    """The type of a parameter that names fields of `row`."""
    known = list(row.model_fields)
    names: JsonDict = {"type": "string", "enum": [*known]}

    def read(given: object) -> object:
        wanted = _split(given)
        for name in wanted if isinstance(wanted, list) else ():
            if name not in known:
                raise ValueError(unknown("field", name, known))
        return wanted

    return Annotated[
        tuple[str, ...],
        BeforeValidator(read),
        Field(
            default=(),
            max_length=len(known),
            description="Only these fields of each trial, repeated or separated by commas; all where none is named.",
            examples=[["id", "title"]],
            json_schema_extra={"items": names},
        ),
    ]


class ListSent(Parameters):
    """What of the hits is sent, and as what."""

    fields: _fields_of(HitItem)  # type: ignore[valid-type]
    format: ListFormat | None = Field(default=None, description="In which form; goes before Accept.", examples=["json"])


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
