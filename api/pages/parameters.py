"""What the address of a page can ask."""

from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, Field, model_validator

from api.parameters import ListParameters
from search.programme import Collapse
from search.question import MAX_QUERY_LENGTH


class PageParameters(ListParameters):
    """As the API's, from an address that people share: forms leave fields empty, and others add what they like."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _known_only(cls, given: Any) -> Any:
        """What is filled in, of what is known."""
        if not isinstance(given, dict):
            return given
        filled = {name: _filled(value) for name, value in given.items() if name in cls.model_fields}
        return {name: value for name, value in filled.items() if value}


class ListPageParameters(PageParameters):
    """How a list is wanted; a programme is one entry of it, which API clients have to ask for."""

    collapse: Collapse | None = Collapse.PROGRAMME


class SearchPageParameters(ListPageParameters):
    """What the search page is asked for; nothing, at first."""

    q: str = Field(default="", max_length=MAX_QUERY_LENGTH)


class Colour(StrEnum):
    """What the colours of a picture stand for."""

    STATUS = "status"
    CONDITION = "condition"


class TrialPageParameters(ListPageParameters):
    """What the list below a trial is asked for, and how its picture is coloured."""

    colour: Colour = Colour.STATUS


class WidgetPageParameters(PageParameters):
    """The trial and the options that the widget is tried with."""

    nct_id: str = Field(default="", max_length=100)
    limit: int = Field(default=5, ge=1, le=50)
    lang: str = Field(default="en", pattern=r"^[a-z]{2}$")
    heading_level: int = Field(default=2, ge=1, le=6)


def _filled(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [each for each in value if each.strip()]
    return value.strip() if isinstance(value, str) else value
