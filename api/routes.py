"""The questions that can be asked, and what each answers."""

from http import HTTPStatus
from importlib.metadata import version as package_version
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api.computed import ComputedRoute
from api.dependencies import Engine, Slot
from api.feed import atom, feed_of, json_feed
from api.form import FEED_FORMS, LIST_FORMS, MEDIA_TYPES, Form
from api.freshness import Kept, never_stored
from api.health import Live, Ready, Stale, Version
from api.listed import hits_response, trial_response, trials_response
from api.parameters import (
    FeedParameters,
    ListParameters,
    NctId,
    Parameters,
    SearchParameters,
    SimilarParameters,
    TrialSent,
    TrialsParameters,
)
from api.problems import problem_responses
from search.answer import Answer, TrialDetail, build_info, search_answer, similar_answer, trial_detail
from search.engine import SearchEngine
from search.pair_answer import PairAnswer, pair_answer
from search.trials_answer import TrialsAnswer, trials_answer

router = APIRouter(route_class=ComputedRoute)
probes = APIRouter()
"""What costs nothing to answer, and is answered however busy the server is."""

OWN_FAULT = HTTPStatus.INTERNAL_SERVER_ERROR
NOT_FOUND, NOT_ACCEPTABLE, UNPROCESSABLE, UNAVAILABLE = (
    HTTPStatus.NOT_FOUND,
    HTTPStatus.NOT_ACCEPTABLE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
READ = [Depends(Kept())]
ListForm = Annotated[Form, Depends(Kept(*LIST_FORMS))]
FeedForm = Annotated[Form, Depends(Kept(*FEED_FORMS))]
PROBE = [Depends(never_stored)]


LIST_CONTENT = {
    MEDIA_TYPES[Form.CSV]: {"schema": {"type": "string"}},
    MEDIA_TYPES[Form.NDJSON]: {"schema": {"type": "string"}},
    MEDIA_TYPES[Form.JSON_LD]: {"schema": {"type": "object"}},
}
"""The other forms that a list can be asked for."""


def _links(trial_id: str) -> dict[str, dict[str, Any]]:
    """Where the trial that stands at `trial_id` in an answer leads to."""
    return {
        name: {"operationId": name, "parameters": {"path.trial_id": f"$response.body#{trial_id}"}}
        for name in ("similar", "trial", "feed")
    }


AS_LIST: dict[int | str, dict[str, Any]] = {
    HTTPStatus.OK.value: {"content": LIST_CONTENT, "links": _links("/hits/0/id")}
}
"""OpenAPI entry of a list of hits."""
AS_SIMILAR: dict[int | str, dict[str, Any]] = {
    HTTPStatus.OK.value: {
        "content": LIST_CONTENT,
        "links": {
            **_links("/hits/0/id"),
            "compare": {
                "operationId": "compare",
                "parameters": {
                    "path.trial_id": "$request.path.trial_id",
                    "path.other_id": "$response.body#/hits/0/id",
                },
            },
        },
    }
}
AS_TRIAL: dict[int | str, dict[str, Any]] = {HTTPStatus.OK.value: {"links": _links("/id")}}
AS_TRIALS: dict[int | str, dict[str, Any]] = {
    HTTPStatus.OK.value: {"content": LIST_CONTENT, "links": _links("/trials/0/id")}
}


@router.get(
    "/similar/{trial_id}",
    tags=["ask"],
    response_model=Answer,
    responses=AS_SIMILAR | problem_responses(NOT_FOUND, NOT_ACCEPTABLE, UNPROCESSABLE, UNAVAILABLE, OWN_FAULT),
)
def similar(
    trial_id: NctId,
    parameters: Annotated[SimilarParameters, Query()],
    engine: Engine,
    form: ListForm,
    response: Response,
) -> Response:
    """The trials most like a given one, best first, and why each is."""
    return hits_response(_related(engine, trial_id, parameters), form, parameters.fields, response.headers)


@router.get(
    "/similar/{trial_id}/feed",
    tags=["ask"],
    response_class=Response,
    responses={
        HTTPStatus.OK.value: {
            "content": {
                MEDIA_TYPES[Form.ATOM]: {"schema": {"type": "string"}},
                MEDIA_TYPES[Form.JSON_FEED]: {"schema": {"type": "object"}},
            }
        },
        **problem_responses(NOT_FOUND, NOT_ACCEPTABLE, UNPROCESSABLE, UNAVAILABLE, OWN_FAULT),
    },
)
def feed(
    trial_id: NctId,
    parameters: Annotated[FeedParameters, Query()],
    engine: Engine,
    form: FeedForm,
    request: Request,
    response: Response,
) -> Response:
    """The trials most like a given one as a feed, newest first: a feed reader tells of a new one."""
    asked = engine.trial(trial_id)
    told = feed_of(
        _related(engine, asked.trial_id, parameters),
        address=str(request.url),
        page=trial_detail(asked).url,
        question=f"similar/{asked.trial_id}?{request.url.query}",
    )
    content = atom(told) if form is Form.ATOM else json_feed(told)
    return Response(content, media_type=MEDIA_TYPES[form], headers=dict(response.headers))


@router.get(
    "/search",
    tags=["ask"],
    response_model=Answer,
    responses=AS_LIST | problem_responses(NOT_FOUND, NOT_ACCEPTABLE, UNPROCESSABLE, UNAVAILABLE, OWN_FAULT),
)
def search(
    parameters: Annotated[SearchParameters, Query()], engine: Engine, form: ListForm, response: Response
) -> Response:
    """The trials that a text asks for, best first; an id in the text asks for the trials related to that one."""
    answer = search_answer(engine, parameters.q, parameters.listing())
    return hits_response(answer, form, parameters.fields, response.headers)


@router.get(
    "/trials",
    tags=["ask"],
    response_model=TrialsAnswer,
    responses=AS_TRIALS | problem_responses(NOT_ACCEPTABLE, UNPROCESSABLE, UNAVAILABLE, OWN_FAULT),
)
def trials(
    parameters: Annotated[TrialsParameters, Query()], engine: Engine, form: ListForm, response: Response
) -> Response:
    """Several trials, each with all that is kept of it, and which of the ids are not there."""
    return trials_response(trials_answer(engine, parameters.ids), form, parameters.fields, response.headers)


@router.get(
    "/compare/{trial_id}/{other_id}",
    tags=["ask"],
    dependencies=READ,
    responses=problem_responses(NOT_FOUND, NOT_ACCEPTABLE, UNPROCESSABLE, UNAVAILABLE, OWN_FAULT),
)
def compare(trial_id: NctId, other_id: NctId, _: Annotated[Parameters, Query()], engine: Engine) -> PairAnswer:
    """Two trials side by side: what they share and where they differ, facet by facet and field by field."""
    return pair_answer(engine, trial_id, other_id)


@router.get(
    "/trials/{trial_id}",
    tags=["ask"],
    dependencies=READ,
    response_model=TrialDetail,
    responses=AS_TRIAL | problem_responses(NOT_FOUND, NOT_ACCEPTABLE, UNPROCESSABLE, UNAVAILABLE, OWN_FAULT),
)
def trial(trial_id: NctId, parameters: Annotated[TrialSent, Query()], engine: Engine, response: Response) -> Response:
    """One trial, with all that is kept of it."""
    return trial_response(trial_detail(engine.trial(trial_id)), parameters.fields, response.headers)


@probes.get(
    "/version",
    tags=["operate"],
    dependencies=READ,
    responses=problem_responses(NOT_ACCEPTABLE, UNPROCESSABLE, UNAVAILABLE, OWN_FAULT),
)
async def version(_: Annotated[Parameters, Query()], engine: Engine) -> Version:
    """Which version answers from which build, made by which encoder, of how many trials, how new."""
    return Version(version=package_version("trialkin"), **build_info(engine.manifest).model_dump())


# Probes may append what they like (?t=1), so the two below take any parameter.


@probes.get(
    "/health/live",
    tags=["operate"],
    dependencies=PROBE,
    responses=problem_responses(OWN_FAULT),
)
async def live() -> Live:
    """The process runs."""
    return Live()


@probes.get(
    "/health/ready",
    tags=["operate"],
    dependencies=PROBE,
    responses=problem_responses(UNAVAILABLE, OWN_FAULT),
)
async def ready(engine: Engine, slot: Slot) -> Ready:
    """An index is open and can be asked; says so too where it is not the live one."""
    return Ready(build_id=engine.manifest.build_id, stale=Stale.model_validate(slot.refused) if slot.refused else None)


def _related(engine: SearchEngine, trial_id: str, parameters: ListParameters) -> Answer:
    return similar_answer(engine, trial_id, parameters.listing())
