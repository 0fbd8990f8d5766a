"""What an assistant can call: the questions of the API as tools, each with what it takes and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from api.fault_words import fault_words
from api.parameters import MAX_ID_LENGTH, ListParameters, Parameters
from search.answer import Answer, TrialDetail, search_answer, similar_answer, trial_detail
from search.engine import SearchEngine
from search.errors import BadInput
from search.pair_answer import PairAnswer, pair_answer
from search.question import MAX_QUERY_LENGTH

TrialId = Annotated[
    str,
    StringConstraints(max_length=MAX_ID_LENGTH),
    Field(description="NCT id such as NCT06853522, or an alias or secondary id of the trial."),
]


class SimilarArguments(ListParameters):
    """A trial, how many, and which may be answered."""

    trial_id: TrialId


class SearchArguments(ListParameters):
    """A text, how many, and which may be answered."""

    text: Annotated[
        str,
        StringConstraints(min_length=1, max_length=MAX_QUERY_LENGTH),
        Field(description="What to look for, in plain words: a condition, an intervention or both."),
    ]


class TrialArguments(Parameters):
    """A trial."""

    trial_id: TrialId


class CompareArguments(Parameters):
    """Two trials."""

    trial_id: TrialId
    other_id: TrialId


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A question under the name by which an assistant calls it."""

    name: str
    title: str
    description: str
    arguments: type[Parameters]
    answer: type[BaseModel]
    ask: Callable[[SearchEngine, Any], BaseModel]

    def call(self, engine: SearchEngine, given: dict[str, Any]) -> BaseModel:
        """The answer to what is `given`. Raises BadInput, and what the engine raises."""
        try:
            arguments = self.arguments.model_validate(given)
        except ValidationError as error:
            raise BadInput("; ".join(map(_fault, error.errors()))) from error
        return self.ask(engine, arguments)


def _similar(engine: SearchEngine, asked: SimilarArguments) -> Answer:
    return similar_answer(engine, asked.trial_id, asked.listing())


def _search(engine: SearchEngine, asked: SearchArguments) -> Answer:
    return search_answer(engine, asked.text, asked.listing())


def _trial(engine: SearchEngine, asked: TrialArguments) -> TrialDetail:
    return trial_detail(engine.trial(asked.trial_id))


def _compare(engine: SearchEngine, asked: CompareArguments) -> PairAnswer:
    return pair_answer(engine, asked.trial_id, asked.other_id)


TOOLS = (
    Tool(
        name="similar_trials",
        title="Related clinical trials",
        description="The clinical trials most like a given one, best first, with a score, a band and probability "
        "where these were measured, and the reasons for each: shared conditions, interventions and more. Filters "
        "are exact.",
        arguments=SimilarArguments,
        answer=Answer,
        ask=_similar,
    ),
    Tool(
        name="search_trials",
        title="Search clinical trials",
        description="The clinical trials that a text asks for, best first, with reasons for each. Filters are exact; "
        "use them for status, phase, country and dates rather than putting these into the text.",
        arguments=SearchArguments,
        answer=Answer,
        ask=_search,
    ),
    Tool(
        name="get_trial",
        title="One clinical trial",
        description="All that is kept of one clinical trial: titles, summary, conditions, interventions, status, "
        "dates, sponsor, design, ids. A snapshot of the registry; the url leads to its page there.",
        arguments=TrialArguments,
        answer=TrialDetail,
        ask=_trial,
    ),
    Tool(
        name="compare_trials",
        title="Two clinical trials side by side",
        description="Two clinical trials held against each other, facet by facet and field by field: what they share, "
        "where they differ, and how similar they are.",
        arguments=CompareArguments,
        answer=PairAnswer,
        ask=_compare,
    ),
)


def _fault(fault: Any) -> str:
    """One fault that pydantic found, with the argument's name before it where it is about one."""
    message = fault_words(fault)
    return f"{fault['loc'][0]}: {message}" if fault["loc"] else message
