"""The questions that are asked in a body."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response

from api.batch import BatchAnswer, batch_answer
from api.bodies import BatchBody, QuestionBody, example_of
from api.computed import ComputedRoute
from api.dependencies import Engine
from api.form import LIST_FORMS, MEDIA_TYPES, Form
from api.freshness import Unkept
from api.listed import batch_response, hits_response
from api.parameters import BatchSent, ListSent
from api.problems import problem_responses
from api.routes import AS_LIST, NOT_ACCEPTABLE, NOT_FOUND, OWN_FAULT, UNAVAILABLE, UNPROCESSABLE
from search.answer import Answer, answer

router = APIRouter(route_class=ComputedRoute)

MALFORMED = HTTPStatus.BAD_REQUEST
BATCH_FORMS = (Form.JSON, Form.NDJSON)
AskedQuestion = Annotated[QuestionBody, Body(examples=[example_of(QuestionBody)])]
AskedBatch = Annotated[BatchBody, Body(examples=[example_of(BatchBody)])]


@router.post(
    "/similar",
    tags=["ask"],
    response_model=Answer,
    responses=AS_LIST | problem_responses(MALFORMED, NOT_FOUND, NOT_ACCEPTABLE, UNPROCESSABLE, UNAVAILABLE, OWN_FAULT),
)
def similar_to_all(
    asked: AskedQuestion,
    sent: Annotated[ListSent, Query()],
    engine: Engine,
    form: Annotated[Form, Depends(Unkept(*LIST_FORMS))],
    response: Response,
) -> Response:
    """The trials most like several, unlike others, and what a text asks for, in any mixture; best first."""
    return hits_response(answer(engine, asked.question(), asked.listing()), form, sent.fields, response.headers)


@router.post(
    "/similar/batch",
    tags=["ask"],
    response_model=BatchAnswer,
    responses={
        HTTPStatus.OK.value: {"content": {MEDIA_TYPES[Form.NDJSON]: {"schema": {"type": "string"}}}},
        **problem_responses(MALFORMED, NOT_ACCEPTABLE, UNPROCESSABLE, UNAVAILABLE, OWN_FAULT),
    },
)
def similar_to_each(
    asked: AskedBatch,
    sent: Annotated[BatchSent, Query()],
    engine: Engine,
    form: Annotated[Form, Depends(Unkept(*BATCH_FORMS))],
    response: Response,
) -> Response:
    """The trials most like each of several, each with an answer of its own or a problem of its own."""
    return batch_response(batch_answer(engine, asked.ids, asked.listing()), form, sent.fields, response.headers)
