"""`trialkin diff`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from search.cli.options import DEFAULT_INDEX_FOLDER, IndexOption, JsonOption

if TYPE_CHECKING:
    from search.difference import Difference

SAMPLE = 50
SHOWN = 20
"""Trials of each kind; `--json` lists all."""


def diff(
    old: Annotated[str | None, typer.Argument(help="A build; the one before NEW unless named.")] = None,
    new: Annotated[str | None, typer.Argument(help="A build; the live one unless named.")] = None,
    related: Annotated[
        bool, typer.Option("--related", help=f"Compare the related lists of all trials, not of {SAMPLE} at random.")
    ] = False,
    json: JsonOption = False,
    index: IndexOption = DEFAULT_INDEX_FOLDER,
) -> None:
    """Which trials came, went and changed from one build to another, and whose related trials are others.

    Example: trialkin diff 20270131T031502-118240
    """
    from search.difference import difference, two_builds

    older, newer = two_builds(index, old, new)
    found = difference(index, older, newer, sample=None if related else SAMPLE)
    if json:
        typer.echo(found.model_dump_json(indent=2))
        return
    typer.echo(f"from {found.old} ({found.trials[0]:,} trials) to {found.new} ({found.trials[1]:,} trials)")
    for title, lines in _sections(found):
        _print(title, lines)


def _sections(found: "Difference") -> Iterable[tuple[str, list[str]]]:
    return [
        ("came", [f"{trial.id}  {trial.title}" for trial in found.came]),
        ("went", [f"{trial.id}  {trial.title}" for trial in found.went]),
        ("changed", [f"{trial.id}  {trial.title} ({', '.join(trial.fields)})" for trial in found.changed]),
        (
            f"other related trials, of {found.asked:,} asked",
            [f"{trial.id}  {trial.title} ({_moves(trial.came, trial.went) or 'their order'})" for trial in found.lists],
        ),
    ]


def _moves(came: list[str], went: list[str]) -> str:
    return " ".join([*(f"+{trial_id}" for trial_id in came), *(f"-{trial_id}" for trial_id in went)])


def _print(title: str, lines: list[str]) -> None:
    typer.echo(f"\n{title}: {len(lines):,}")
    for line in lines[:SHOWN]:
        typer.echo(f"  {line}")
    if len(lines) > SHOWN:
        typer.echo(f"  … and {len(lines) - SHOWN:,} more; --json lists all")
