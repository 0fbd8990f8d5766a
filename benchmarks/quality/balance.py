"""`python -m benchmarks.quality.balance`: whether trials near on one side stand above those near on both, by reasons.

Asked are the query trials of the Cochrane labels whose records name conditions and interventions. A hit meets a side
where a reason of that side says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.quality.indexes import corpus_index
from benchmarks.quality.labels import LABEL_SETS, scorable
from search.cli.app import run as run_command
from search.encoders.catalogue import DEFAULT_ENCODER
from search.engine import SearchEngine
from search.hits import Hit
from search.reasons import CONDITION_KINDS, INTERVENTION_KINDS

DEPTH = 10
_LABELS = next(labels for labels in LABEL_SETS if labels.name == "cochrane_related")


@dataclass(frozen=True, slots=True)
class Balance:
    """What the first DEPTH hits of many questions are like."""

    queries: int
    hits: dict[int, int]
    """How many sides a hit meets -> how many hits."""
    related: dict[int, float]
    """How many sides a hit meets -> the share of hits that a label calls related."""
    pairs: int
    """Of a hit that meets both sides and one that meets one, in one list."""
    upside_down: int
    """Of them, those where the one that meets one side stands above."""
    gaps: tuple[float, ...]
    """By how much it scores more, in each of those."""
    lists: int
    """Lists that hold such a pair upside down."""


def sides(hit: Hit) -> int:
    """How many of condition and intervention the hit has in common with what was asked."""
    kinds = {reason.kind for reason in hit.reasons}
    return bool(kinds & {*CONDITION_KINDS}) + bool(kinds & {*INTERVENTION_KINDS})


def measured_balance(lists: Iterable[tuple[Sequence[Hit], set[str]]]) -> Balance:
    """Of each question its hits, best first, and the ids of those that a label calls related."""
    met: list[tuple[int, bool]] = []
    pairs = queries = upside_down_lists = 0
    gaps: list[float] = []
    for hits, wanted in lists:
        queries += 1
        met += [(sides(hit), hit.trial.trial_id in wanted) for hit in hits]
        of_list = [(sides(above), sides(below), above.score - below.score) for above, below in combinations(hits, 2)]
        wrong = [gap for above, below, gap in of_list if (above, below) == (1, 2)]
        pairs += sum({above, below} == {1, 2} for above, below, _ in of_list)
        gaps += wrong
        upside_down_lists += bool(wrong)
    counted = {number: [related for sides_met, related in met if sides_met == number] for number in (0, 1, 2)}
    return Balance(
        queries=queries,
        hits={number: len(related) for number, related in counted.items()},
        related={number: sum(related) / max(1, len(related)) for number, related in counted.items()},
        pairs=pairs,
        upside_down=len(gaps),
        gaps=tuple(gaps),
        lists=upside_down_lists,
    )


def balance(
    data: Annotated[Path, typer.Option(help="Folder of the records and labels.")] = Path("../shared/data"),
    work: Annotated[Path, typer.Option(help="Folder of the indexes of `make quality`.")] = Path("var/quality"),
    encoder: Annotated[str, typer.Option(help="As in trialkin rebuild-index.")] = DEFAULT_ENCODER,
) -> None:
    """Whether trials near on one side stand above those near on both."""
    if not (data / "labels").is_dir():
        typer.echo(f"nothing measured: no records and labels under {data}; name their folder with --data", err=True)
        return
    engine = SearchEngine.open(corpus_index(data, "pool", work, encoder, rebuild=False))
    trials = engine.artefact.trials
    wanted: dict[str, set[str]] = {}
    for qrel in scorable(_LABELS.qrels(data), set(trials.trial_ids(range(len(trials)))), by_text=False):
        wanted.setdefault(qrel.query_id, set()).update([qrel.doc_id] if qrel.relevance > 0 else [])
    asked = {query: engine.trial(query) for query in wanted}
    found = measured_balance(
        (engine.similar(query, k=DEPTH).hits, wanted[query])
        for query, trial in asked.items()
        if trial.conditions and trial.interventions
    )
    met = ", ".join(
        f"{name} {found.hits[number]:,} ({found.related[number]:.1%} related by label)"
        for number, name in ((2, "both sides"), (1, "one side"), (0, "neither"))
    )
    typer.echo(
        f"{datetime.now(UTC):%Y-%m-%d}, {found.queries} queries: of the first {DEPTH} meet {met}\n"
        f"of {found.pairs:,} pairs of both and one, one stands above in {found.upside_down:,}, "
        f"by {np.median(found.gaps):.3f} in the median; in {found.lists} of {found.queries} lists"
    )


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(balance)
    run_command(app)
