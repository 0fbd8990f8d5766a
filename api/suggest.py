"""What to type next, while one types."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from api.computed import ComputedRoute
from api.dependencies import Engine
from api.freshness import Kept
from api.parameters import Parameters
from api.problems import problem_responses
from search.suggestions import LEAST_TYPED, SuggestionKind

router = APIRouter(route_class=ComputedRoute)
MOST = 20


class SuggestParameters(Parameters):
    """What is typed so far."""

    q: str = Field(
        default="",
        max_length=200,
        description=f"The beginning of a word or an id; of fewer than {LEAST_TYPED} characters nothing is made.",
        examples=["colit"],
    )
    k: int = Field(default=8, ge=1, le=MOST, description="How many suggestions at most.", examples=[8])


class SuggestionItem(BaseModel):
    """One suggestion."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    kind: SuggestionKind = Field(examples=["condition"])
    text: str = Field(description="What to search for.", examples=["Ulcerative Colitis"])
    trials: int = Field(description="How many trials have it.", examples=[12])
    title: str | None = Field(default=None, description="Of the trial, where it is one.", examples=[None])


class SuggestAnswer(BaseModel):
    """Suggestions, best first."""

    model_config = ConfigDict(frozen=True)

    suggestions: tuple[SuggestionItem, ...]


@router.get(
    "/suggest",
    tags=["ask"],
    dependencies=[Depends(Kept())],
    responses=problem_responses(
        HTTPStatus.NOT_ACCEPTABLE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.INTERNAL_SERVER_ERROR,
    ),
)
def suggest(parameters: Annotated[SuggestParameters, Query()], engine: Engine) -> SuggestAnswer:
    """Conditions, interventions and trials that what is typed may be the beginning of."""
    found = engine.suggestions.of(parameters.q, limit=parameters.k)
    return SuggestAnswer(suggestions=tuple(SuggestionItem.model_validate(each) for each in found))
