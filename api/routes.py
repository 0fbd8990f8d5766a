"""The questions that can be asked, and what each answers."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field

from api.engine_slot import EngineSlot
from api.problems import problem_responses
from search.answer import Answer, BuildInfo, TrialDetail, build_info, search_answer, similar_answer, trial_detail
from search.engine import MAX_K, MAX_QUERY_LENGTH, SearchEngine
from search.filters import Filters

router = APIRouter(responses=problem_responses(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE))


def engine_of(request: Request) -> SearchEngine:
    """The engine that answers. Raises NoIndex or CorruptBuild."""
    slot: EngineSlot = request.app.state.engine
    return slot()


Engine = Annotated[SearchEngine, Depends(engine_of)]
NctId = Annotated[
    str, Path(description="NCT id, in any case; an alias or secondary id does too.", examples=["NCT06853522"])
]


class ListParameters(Filters):
    """How many, and which may be answered."""

    k: int = Field(default=10, ge=1, le=MAX_K, description="How many trials.")

    def filters(self) -> Filters:
        """The filters alone."""
        return Filters(**self.model_dump(include=set(Filters.model_fields), exclude_defaults=True))


class SearchParameters(ListParameters):
    """A text, how many, and which may be answered."""

    q: str = Field(
        min_length=1,
        max_length=MAX_QUERY_LENGTH,
        description="What to look for, in your own words.",
        examples=["umbilical cord stem cells for Crohn's"],
    )


@router.get("/similar/{nct_id}", tags=["ask"], responses=problem_responses(HTTPStatus.NOT_FOUND))
def similar(nct_id: NctId, parameters: Annotated[ListParameters, Query()], engine: Engine) -> Answer:
    """The trials most like a given one, best first, with what they share."""
    return similar_answer(engine, nct_id, k=parameters.k, filters=parameters.filters())


@router.get("/search", tags=["ask"])
def search(parameters: Annotated[SearchParameters, Query()], engine: Engine) -> Answer:
    """The trials that a text asks for, best first."""
    return search_answer(engine, parameters.q, k=parameters.k, filters=parameters.filters())


@router.get("/trials/{nct_id}", tags=["ask"], responses=problem_responses(HTTPStatus.NOT_FOUND))
def trial(nct_id: NctId, engine: Engine) -> TrialDetail:
    """One trial, with all that is kept of it."""
    return trial_detail(engine.trial(nct_id))


@router.get("/version", tags=["operate"])
def version(engine: Engine) -> BuildInfo:
    """Which build answers, made by which encoder, of how many trials, how new."""
    return build_info(engine.manifest)


@router.get("/health/live", tags=["operate"], responses={})
def live() -> dict[str, str]:
    """The process runs."""
    return {"status": "live"}


@router.get("/health/ready", tags=["operate"])
def ready(engine: Engine) -> dict[str, Any]:
    """An index is open and can be asked."""
    return {"status": "ready", "build_id": engine.manifest.build_id}
