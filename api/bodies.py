"""What can be asked in a body: questions too long or too rich for an address."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    FailFast,
    Field,
    StringConstraints,
    TypeAdapter,
    model_validator,
)

from api.parameters import MAX_ID_LENGTH, ListParameters, Parameters
from search.question import MAX_NAMED, MAX_QUERY_LENGTH, MAX_WEIGHT, Question

MAX_BATCH = 25
"""How many trials can be asked for the related ones of in one request."""

_TYPES: Mapping[tuple[str, ...], tuple[Callable[[Any], bool], str]] = {
    ("k", "offset", "min_score", "diversity"): (
        lambda value: isinstance(value, int | float) and not isinstance(value, bool),
        "a number",
    ),
    ("has_results",): (lambda value: isinstance(value, bool), "true or false"),
    ("start_from", "start_to", "updated_from", "updated_to", "as_of"): (
        lambda value: isinstance(value, str),
        "a text such as 2015-05",
    ),
    ("status", "phase", "study_type", "intervention_type", "country", "sponsor_class", "exclude"): (
        lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
        "a list of texts",
    ),
}
_ANY: tuple[Callable[[Any], bool], str] = (lambda _: True, "")

Identifier = Annotated[str, StringConstraints(max_length=MAX_ID_LENGTH)]
Weights = Annotated[
    dict[Literal["condition", "intervention"], Annotated[float, Field(ge=0, le=9999)]], Field(min_length=1)
]
_WEIGHTS: TypeAdapter[Any] = TypeAdapter(Weights)


def _weights_in_words(given: object) -> object:
    """Weights as an address has them."""
    if given is None:
        return None
    return ",".join(f"{facet}:{number:.4f}" for facet, number in _WEIGHTS.validate_python(given).items())


class ListBody(ListParameters):
    """How many, which may be answered, and in which order: what an address has, by the same names."""

    weights: Annotated[str | None, BeforeValidator(_weights_in_words, json_schema_input_type=Weights | None)] = Field(
        default=None,
        description="Which facet counts more, in numbers of which the ratio matters. Goes before the preset.",
        examples=[{"condition": 2, "intervention": 1}],
    )

    @model_validator(mode="before")
    @classmethod
    def _of_its_own_type(cls, given: Any) -> Any:
        """Refuses what only an address may write as text: there is no other type there."""
        for name, value in given.items() if isinstance(given, dict) else ():
            is_right, wanted = next((check for names, check in _TYPES.items() if name in names), _ANY)
            if value is not None and not is_right(value):
                raise ValueError(f"{name}: Input should be {wanted}")
        return given


class Positive(Parameters):
    """A trial to be like."""

    id: Identifier = Field(examples=["NCT06853522"])
    weight: float = Field(default=1.0, gt=0, le=MAX_WEIGHT, description="Beside the others and the text, which has 1.")


def _named(given: object) -> object:
    return {"id": given} if isinstance(given, str) else given


class QuestionBody(ListBody):
    """Any mixture of trials to be like, trials to be unlike, and a text; none of these trials is answered."""

    positives: Annotated[
        tuple[
            Annotated[Positive, BeforeValidator(_named, json_schema_input_type=Positive | Identifier)],
            ...,
        ],
        FailFast(),
    ] = Field(
        default=(),
        max_length=MAX_NAMED,
        description="Trials to be like, each by an id or with a weight.",
        examples=[["NCT06853522", {"id": "NCT01221428", "weight": 2}]],
    )
    negatives: Annotated[tuple[Identifier, ...], FailFast()] = Field(
        default=(), max_length=MAX_NAMED, description="Trials to be unlike.", examples=[["NCT04548583"]]
    )
    text: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_QUERY_LENGTH,
        description="What to look for, in your own words.",
        examples=["mesenchymal stem cells"],
        json_schema_extra={"pattern": r"\w"},  # the engine says it better than a pattern would
    )

    def question(self) -> Question:
        """What is asked. Raises BadInput."""
        return Question(
            positives={positive.id: positive.weight for positive in self.positives},
            negatives=self.negatives,
            text=self.text,
        )


class BatchBody(ListBody):
    """Several trials, each asked for the ones related to it, all in the same way."""

    ids: tuple[Identifier, ...] = Field(
        min_length=1,
        max_length=MAX_BATCH,
        description="Ids of trials: NCT ids, aliases or secondary ids.",
        examples=[["NCT06853522", "NCT01221428"]],
    )


def example_of(body: type[BaseModel]) -> dict[str, Any]:
    """A question as the document shows it: of its own fields the examples, of how to list no more than k."""
    own = {
        name: field.examples[0]
        for name, field in body.model_fields.items()
        if name in body.__annotations__ and field.examples
    }
    return {**own, "k": 5}
