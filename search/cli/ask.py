"""`trialkin similar` and `trialkin search`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from search.cli.options import ListOptions, with_list_options

if TYPE_CHECKING:
    from search.question import Question


@with_list_options
def similar(
    options: ListOptions,
    trial_id: Annotated[
        list[str],
        typer.Argument(
            help="The trial, or several: ids in any registry, aliases, secondary ids; a weight may follow: ID=2."
        ),
    ],
    unlike: Annotated[
        list[str] | None, typer.Option(help="A trial to be unlike; may be repeated.", metavar="ID")
    ] = None,
    text: Annotated[str | None, typer.Option(help="What to look for besides, in your own words.")] = None,
) -> None:
    """Trials related to a given one, or to several.

    Example: trialkin similar NCT06853522 -k 5 --status recruiting
    """
    from search.question import Question

    _ask(Question(positives=_weighted(trial_id), negatives=tuple(unlike or ()), text=text), options)


@with_list_options
def search(
    options: ListOptions,
    text: Annotated[
        str, typer.Argument(help='What to look for, in your own words; "what stands in quotes" must be there.')
    ],
) -> None:
    """Trials that a text asks for.

    Example: trialkin search "umbilical cord stem cells for Crohn's" --country China
    """
    from search.question import Question

    _ask(Question(text=text), options)


def _weighted(trial_ids: list[str]) -> Mapping[str, float]:
    """The ids with the weights that follow them, 1 where none does."""
    from search.errors import BadInput

    weights: dict[str, float] = {}
    for text in trial_ids:
        trial_id, equals, number = text.rpartition("=")
        try:
            weights[trial_id if equals else text] = float(number) if equals else 1.0
        except ValueError:
            raise BadInput(f"{number!r} is no weight; write {trial_id}=2") from None
    return weights


def _ask(question: "Question", options: ListOptions) -> None:
    from search.answer import answer
    from search.display import answer_console, print_answer
    from search.engine import SearchEngine

    listing = options.listing()
    found = answer(SearchEngine.open(options.index), question, listing)
    if options.json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        print_answer(answer_console(), found)
