"""The related trials of several trials at once."""

from collections.abc import Sequence
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, Field

from api.problems import Problem, problem_of
from search.answer import Answer, similar_answer
from search.batch import Batch
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
    problems = {identifier: _problem(engine, identifier) for identifier in identifiers}
    batch = Batch(engine)
    batch.foresee([identifier for identifier, problem in problems.items() if problem is None])
    return BatchAnswer(
        answers=tuple(
            BatchItem(
                id=identifier,
                answer=similar_answer(batch.engine, identifier, listing) if problems[identifier] is None else None,
                problem=problems[identifier],
            )
            for identifier in identifiers
        )
    )


def _problem(engine: SearchEngine, identifier: str) -> Problem | None:
    """Why `identifier` names no trial, where it names none."""
    try:
        engine.artefact.identifiers.row(identifier)
    except UnknownTrial as error:
        return problem_of(HTTPStatus.NOT_FOUND, f"/similar/{identifier}", str(error))
    except BadInput as error:
        return problem_of(HTTPStatus.UNPROCESSABLE_ENTITY, f"/similar/{identifier}", str(error))
    return None
