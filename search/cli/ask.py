"""`trialkin similar` and `trialkin search`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from search.cli.options import (
    DEFAULT_INDEX_FOLDER,
    IndexOption,
    JsonOption,
    KOption,
    PresetOption,
    WeightsOption,
    with_filter_options,
)

if TYPE_CHECKING:
    from search.answer import Answer


@with_filter_options
def similar(
    nct_id: Annotated[str, typer.Argument(help="The trial: its NCT id, an alias, or a secondary id.")],
    k: KOption = 10,
    preset: PresetOption = "balanced",
    weights: WeightsOption = None,
    filters: dict[str, Any] = {},  # noqa: B006 - filled by the decorator, never changed
    json: JsonOption = False,
    index: IndexOption = DEFAULT_INDEX_FOLDER,
) -> None:
    """Trials related to a given one.

    Example: trialkin similar NCT06853522 -k 5 --status recruiting
    """
    from search.answer import similar_answer

    _ask(similar_answer, nct_id, k, preset, weights, filters, json, index)


@with_filter_options
def search(
    text: Annotated[str, typer.Argument(help="What to look for, in your own words.")],
    k: KOption = 10,
    preset: PresetOption = "balanced",
    weights: WeightsOption = None,
    filters: dict[str, Any] = {},  # noqa: B006 - filled by the decorator, never changed
    json: JsonOption = False,
    index: IndexOption = DEFAULT_INDEX_FOLDER,
) -> None:
    """Trials that a text asks for.

    Example: trialkin search "umbilical cord stem cells for Crohn's" --country China
    """
    from search.answer import search_answer

    _ask(search_answer, text, k, preset, weights, filters, json, index)


def _ask(
    ask: "Callable[..., Answer]",
    question: str,
    k: int,
    preset: str,
    weights: str | None,
    filters: dict[str, Any],
    json: bool,
    index: Path,
) -> None:
    from search.display import answer_console, print_answer
    from search.engine import SearchEngine
    from search.filters import parse_filters
    from search.presets import Preset, facet_weights
    from search.vocabulary import parse_value

    wished = facet_weights(parse_value(preset, Preset), weights)
    answer = ask(SearchEngine.open(index), question, k=k, filters=parse_filters(**filters), weights=wished)
    if json:
        typer.echo(answer.model_dump_json(indent=2))
    else:
        print_answer(answer_console(), answer)
