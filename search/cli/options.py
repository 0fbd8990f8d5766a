"""Options that several commands share."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from search.artefact.layout import DEFAULT_ROOT

IndexOption = Annotated[
    Path, typer.Option("--index", envvar="TRIALKIN_INDEX", help="Folder of the index.", metavar="DIR")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people.")]
KOption = Annotated[int, typer.Option("-k", min=1, max=100, help="How many trials.", metavar="N")]
PresetOption = Annotated[
    str, typer.Option(help="balanced, same-condition or same-intervention: which side counts more.", metavar="TEXT")
]
WeightsOption = Annotated[
    str | None, typer.Option(help="The same in numbers: condition:2,intervention:1.", metavar="TEXT")
]
ResultsOption = Annotated[
    bool | None, typer.Option("--has-results/--no-results", help="Only with (or without) results, where known.")
]
DEFAULT_INDEX_FOLDER = DEFAULT_ROOT

_MANY, _ONE = list[str] | None, str | None
FILTER_OPTIONS: dict[str, tuple[Any, str]] = {
    "status": (_MANY, "Only this status, such as recruiting or completed; several are alternatives."),
    "phase": (_MANY, "Only this phase: 1, 2, 3, 4, early phase 1 or NA."),
    "study_type": (_MANY, "Only interventional, observational or expanded access studies."),
    "intervention_type": (_MANY, "Only with an intervention of this type, such as drug or device."),
    "country": (_MANY, "Only with a location in this country."),
    "sponsor": (_ONE, "Only where the lead sponsor's name holds this."),
    "sponsor_class": (_MANY, "Only lead sponsors of this class, such as industry or NIH."),
    "start_from": (_ONE, "Only started then or later: 2015, 2015-05 or 2015-05-17."),
    "start_to": (_ONE, "Only started then or earlier."),
    "updated_from": (_ONE, "Only last updated then or later."),
    "updated_to": (_ONE, "Only last updated then or earlier."),
}
"""Filter -> type and help; the names are those of search.filters.Filters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOptions:
    """What may be said with any question for a list of trials."""

    k: int
    preset: str
    weights: str | None
    filters: dict[str, Any]
    json: bool
    index: Path


def with_list_options(command: Callable[[str, ListOptions], None]) -> Callable[..., None]:
    """`command`, which takes a question and ListOptions, as one that typer gives an option for each of them."""

    def asked(**given: Any) -> None:
        filters = {name: given.pop(name) for name in [*FILTER_OPTIONS, "has_results"]}
        filters = {name: value for name, value in filters.items() if value is not None}
        question = given.pop(subject.name)
        command(question, ListOptions(**given, filters=filters))

    subject = next(iter(inspect.signature(command).parameters.values()))
    options: list[tuple[str, Any, Any]] = [
        ("k", KOption, 10),
        ("preset", PresetOption, "balanced"),
        ("weights", WeightsOption, None),
        *(
            (name, Annotated[kind, typer.Option(help=text, metavar="TEXT")], None)
            for name, (kind, text) in FILTER_OPTIONS.items()
        ),
        ("has_results", ResultsOption, None),
        ("json", JsonOption, False),
        ("index", IndexOption, DEFAULT_INDEX_FOLDER),
    ]
    parameters = [
        subject.replace(kind=inspect.Parameter.KEYWORD_ONLY),
        *(
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
            for name, annotation, default in options
        ),
    ]
    asked.__doc__ = command.__doc__
    asked.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    asked.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return asked
