"""`trialkin similar` and `trialkin search`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from search.cli.options import ListOptions, with_list_options

if TYPE_CHECKING:
    from search.answer import Answer


@with_list_options
def similar(
    trial_id: Annotated[str, typer.Argument(help="The trial: its id in any registry, an alias, or a secondary id.")],
    options: ListOptions,
) -> None:
    """Trials related to a given one.

    Example: trialkin similar NCT06853522 -k 5 --status recruiting
    """
    from search.answer import similar_answer

    _ask(similar_answer, trial_id, options)


@with_list_options
def search(
    text: Annotated[str, typer.Argument(help="What to look for, in your own words.")], options: ListOptions
) -> None:
    """Trials that a text asks for.

    Example: trialkin search "umbilical cord stem cells for Crohn's" --country China
    """
    from search.answer import search_answer

    _ask(search_answer, text, options)


def _ask(ask: "Callable[..., Answer]", question: str, options: ListOptions) -> None:
    from search.display import answer_console, print_answer
    from search.engine import SearchEngine
    from search.filters import parse_filters
    from search.presets import Preset, facet_weights
    from search.vocabulary import parse_value

    answer = ask(
        SearchEngine.open(options.index),
        question,
        k=options.k,
        filters=parse_filters(**options.filters),
        weights=facet_weights(parse_value(options.preset, Preset), options.weights),
    )
    if options.json:
        typer.echo(answer.model_dump_json(indent=2))
    else:
        print_answer(answer_console(), answer)
