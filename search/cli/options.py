"""Options that several commands share."""

import inspect
from collections.abc import Callable
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


def with_filter_options(command: Callable[..., None]) -> Callable[..., None]:
    """`command`, which takes a dict `filters`, as one with an option for each filter."""

    def filtered(**given: Any) -> None:
        filters = {name: given.pop(name) for name in [*FILTER_OPTIONS, "has_results"]}
        command(**given, filters={name: value for name, value in filters.items() if value is not None})

    keyword = inspect.Parameter.KEYWORD_ONLY
    options = [
        inspect.Parameter(
            name, keyword, default=None, annotation=Annotated[kind, typer.Option(help=text, metavar="TEXT")]
        )
        for name, (kind, text) in FILTER_OPTIONS.items()
    ]
    results = Annotated[
        bool | None, typer.Option("--has-results/--no-results", help="Only with (or without) results, where known.")
    ]
    options.append(inspect.Parameter("has_results", keyword, default=None, annotation=results))
    own = [
        parameter.replace(kind=keyword)
        for name, parameter in inspect.signature(command).parameters.items()
        if name != "filters"
    ]
    parameters = [*own[:4], *options, *own[4:]]
    filtered.__doc__ = command.__doc__
    filtered.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    filtered.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return filtered
