"""Options that several commands share."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from search.artefact.layout import DEFAULT_ROOT

if TYPE_CHECKING:
    from search.listing import Listing

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
    "condition": (_ONE, "Only where a condition, or a MeSH heading of it, holds this, such as colitis."),
    "sponsor": (_ONE, "Only where the lead sponsor's name holds this."),
    "sponsor_class": (_MANY, "Only lead sponsors of this class, such as industry or NIH."),
    "start_from": (_ONE, "Only started then or later: 2015, 2015-05 or 2015-05-17."),
    "start_to": (_ONE, "Only started then or earlier."),
    "updated_from": (_ONE, "Only last updated then or later."),
    "updated_to": (_ONE, "Only last updated then or earlier."),
}
"""Filter -> type and help; the names are those of search.filters.Filters."""


LIST_OPTIONS: dict[str, tuple[Any, Any]] = {
    "k": (KOption, 10),
    "offset": (Annotated[int, typer.Option(min=0, max=1000, help="Pass over so many.", metavar="N")], 0),
    "preset": (PresetOption, "balanced"),
    "weights": (WeightsOption, None),
    "min_score": (
        Annotated[float | None, typer.Option(help="Only trials of this score or more.", metavar="NUMBER")],
        None,
    ),
    "min_band": (Annotated[_ONE, typer.Option(help="Only strong, or moderate and better.", metavar="BAND")], None),
    "diversity": (
        Annotated[
            float, typer.Option(min=0, max=1, help="From 0, the best alone, to 1, unlike each other.", metavar="NUMBER")
        ],
        0.0,
    ),
    "collapse": (
        Annotated[_ONE, typer.Option(help="programme: its trials as one entry.", metavar="TEXT")],
        None,
    ),
    "prefer": (
        Annotated[_ONE, typer.Option(help="recruiting or newer: such trials a little higher.", metavar="TEXT")],
        None,
    ),
    "exclude": (Annotated[_MANY, typer.Option(help="Not this trial; may be repeated.", metavar="ID")], None),
    "as_of": (
        Annotated[_ONE, typer.Option(help="Only trials known by then: 2015, 2015-05 or 2015-05-17.", metavar="DATE")],
        None,
    ),
}
"""How a list is wanted: option -> type and default; the names are those of search.listing.Listing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOptions:
    """What may be said with any question for a list of trials."""

    given: Mapping[str, Any]
    """What LIST_OPTIONS name."""
    filters: Mapping[str, Any]
    json: bool
    index: Path

    def listing(self) -> "Listing":
        """How the list is wanted. Raises BadInput."""
        from search.bands import Band
        from search.dates import date_bounds
        from search.filters import parse_filters
        from search.listing import Listing
        from search.preference import Preference
        from search.presets import Preset, facet_weights
        from search.programme import Collapse
        from search.vocabulary import parse_value

        given = dict(self.given)
        preset, weights = parse_value(given.pop("preset"), Preset), given.pop("weights")
        for name, vocabulary in {"min_band": Band, "collapse": Collapse, "prefer": Preference}.items():
            given[name] = parse_value(given[name], vocabulary) if given[name] is not None else None
        given["exclude"] = tuple(given["exclude"] or ())
        given["as_of"] = date_bounds(given["as_of"])[1] if given["as_of"] is not None else None
        return Listing(filters=parse_filters(**self.filters), weights=facet_weights(preset, weights), **given)


def with_list_options(command: Callable[..., None]) -> Callable[..., None]:
    """`command`, which takes ListOptions and what is asked, as one that typer gives an option for each of them."""

    def asked(**given: Any) -> None:
        filters = {name: given.pop(name) for name in [*FILTER_OPTIONS, "has_results"]}
        filters = {name: value for name, value in filters.items() if value is not None}
        listed = {name: given.pop(name) for name in LIST_OPTIONS}
        options = ListOptions(given=listed, filters=filters, json=given.pop("json"), index=given.pop("index"))
        command(options, **given)

    _, *subjects = inspect.signature(command).parameters.values()
    options: list[tuple[str, Any, Any]] = [
        *((name, kind, default) for name, (kind, default) in LIST_OPTIONS.items()),
        *(
            (name, Annotated[kind, typer.Option(help=text, metavar="TEXT")], None)
            for name, (kind, text) in FILTER_OPTIONS.items()
        ),
        ("has_results", ResultsOption, None),
        ("json", JsonOption, False),
        ("index", IndexOption, DEFAULT_INDEX_FOLDER),
    ]
    parameters = [
        *(subject.replace(kind=inspect.Parameter.KEYWORD_ONLY) for subject in subjects),
        *(
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
            for name, annotation, default in options
        ),
    ]
    asked.__doc__ = command.__doc__
    asked.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    asked.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return asked
