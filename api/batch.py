"""The related trials of several trials at once."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, Field

from api.problems import Problem, problem_of
from search.answer import Answer, similar_answer
from search.engine import SearchEngine
from search.errors import BadInput, UnknownTrial
from search.listing import Listing


class BatchItem(BaseModel):
    """What is answered of one trial: an answer, or a problem."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="As it was asked for.", examples=["NCT06853522"])
    answer: Answer | None = Field(
        description="As /similar/{trial_id} answers; null where there is a problem.", examples=[None]
    )
    problem: Problem | None = Field(description="Why there is no answer.", examples=[None])


class BatchAnswer(BaseModel):
    """One item for each trial that was asked for, in the same order."""

    model_config = ConfigDict(frozen=True)

    answers: tuple[BatchItem, ...]


def batch_answer(engine: SearchEngine, identifiers: Sequence[str], listing: Listing) -> BatchAnswer:
    """The trials related to each of those that `identifiers` name; which of them are no trials is said one by one.

    Raises UnusableEncoder and what else is no fault of an identifier.
    """
    return BatchAnswer(answers=tuple(_items(engine, identifiers, listing)))


def _items(engine: SearchEngine, identifiers: Sequence[str], listing: Listing) -> Iterator[BatchItem]:
    for identifier in identifiers:
        answer = problem = None
        try:
            engine.trial(identifier)
        except (UnknownTrial, BadInput) as error:
            status = HTTPStatus.NOT_FOUND if isinstance(error, UnknownTrial) else HTTPStatus.UNPROCESSABLE_ENTITY
            problem = problem_of(status, f"/similar/{identifier}", str(error))
        else:
            answer = similar_answer(engine, identifier, listing)
        yield BatchItem(id=identifier, answer=answer, problem=problem)
