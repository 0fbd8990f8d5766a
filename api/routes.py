"""The questions that can be asked, and what each answers."""

from http import HTTPStatus
from importlib.metadata import version as package_version
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.dependencies import Engine, Slot
from api.freshness import kept, never_stored
from api.health import Live, Ready, Stale, Version
from api.parameters import ListParameters, NctId, Parameters, SearchParameters, TrialsParameters
from api.problems import problem_responses
from search.answer import Answer, TrialDetail, build_info, search_answer, similar_answer, trial_detail
from search.pair_answer import PairAnswer, pair_answer
from search.trials_answer import TrialsAnswer, trials_answer

router = APIRouter()

OWN_FAULT = HTTPStatus.INTERNAL_SERVER_ERROR
NOT_FOUND, UNPROCESSABLE, UNAVAILABLE = (
    HTTPStatus.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
READ = [Depends(kept)]
PROBE = [Depends(never_stored)]


@router.get(
    "/similar/{trial_id}",
    tags=["ask"],
    dependencies=READ,
    responses=problem_responses(NOT_FOUND, UNPROCESSABLE, UNAVAILABLE, OWN_FAULT),
)
def similar(trial_id: NctId, parameters: Annotated[ListParameters, Query()], engine: Engine) -> Answer:
    """The trials most like a given one, best first, and why each is."""
    return similar_answer(
        engine, trial_id, k=parameters.k, filters=parameters.filters(), weights=parameters.facet_weights()
    )


@router.get(
    "/search",
    tags=["ask"],
    dependencies=READ,
    responses=problem_responses(UNPROCESSABLE, UNAVAILABLE, OWN_FAULT),
)
def search(parameters: Annotated[SearchParameters, Query()], engine: Engine) -> Answer:
    """The trials that a text asks for, best first."""
    return search_answer(
        engine, parameters.q, k=parameters.k, filters=parameters.filters(), weights=parameters.facet_weights()
    )


@router.get(
    "/trials",
    tags=["ask"],
    dependencies=READ,
    responses=problem_responses(UNPROCESSABLE, UNAVAILABLE, OWN_FAULT),
)
def trials(parameters: Annotated[TrialsParameters, Query()], engine: Engine) -> TrialsAnswer:
    """Several trials, each with all that is kept of it, and which of the ids are not there."""
    return trials_answer(engine, parameters.ids)


@router.get(
    "/compare/{trial_id}/{other_id}",
    tags=["ask"],
    dependencies=READ,
    responses=problem_responses(NOT_FOUND, UNPROCESSABLE, UNAVAILABLE, OWN_FAULT),
)
def compare(trial_id: NctId, other_id: NctId, _: Annotated[Parameters, Query()], engine: Engine) -> PairAnswer:
    """Two trials side by side: what they share and where they differ, facet by facet and field by field."""
    return pair_answer(engine, trial_id, other_id)


@router.get(
    "/trials/{trial_id}",
    tags=["ask"],
    dependencies=READ,
    responses=problem_responses(NOT_FOUND, UNPROCESSABLE, UNAVAILABLE, OWN_FAULT),
)
def trial(trial_id: NctId, _: Annotated[Parameters, Query()], engine: Engine) -> TrialDetail:
    """One trial, with all that is kept of it."""
    return trial_detail(engine.trial(trial_id))


@router.get(
    "/version",
    tags=["operate"],
    dependencies=READ,
    responses=problem_responses(UNPROCESSABLE, UNAVAILABLE, OWN_FAULT),
)
def version(_: Annotated[Parameters, Query()], engine: Engine) -> Version:
    """Which version answers from which build, made by which encoder, of how many trials, how new."""
    return Version(version=package_version("trialkin"), **build_info(engine.manifest).model_dump())


# Probes may append what they like (?t=1), so the two below take any parameter.


@router.get(
    "/health/live",
    tags=["operate"],
    dependencies=PROBE,
    responses=problem_responses(OWN_FAULT),
)
def live() -> Live:
    """The process runs."""
    return Live()


@router.get(
    "/health/ready",
    tags=["operate"],
    dependencies=PROBE,
    responses=problem_responses(UNAVAILABLE, OWN_FAULT),
)
def ready(engine: Engine, slot: Slot) -> Ready:
    """An index is open and can be asked; says so too where it is not the live one."""
    return Ready(build_id=engine.manifest.build_id, stale=Stale.model_validate(slot.refused) if slot.refused else None)
