"""`python -m benchmarks.quality.stages`: what the candidate stage misses, and how far two directions agree; no labels.

The truth for the first is the full score of every trial of the index, the query's lenders chosen among all of them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console

from search.artefact.reading import Artefact
from search.cli.app import run as run_command
from search.engine import SearchEngine
from search.evidence import gather_evidence
from search.legs import Leg
from search.listing import MAX_K
from search.progress import progress_on
from search.question import Question
from search.ranking import NEIGHBOURS, Candidates, Ranked, lent_by, only, rank, score_parts, trust_in
from search.vectors import Rows

DEPTHS = (10, 50)
PLACES = 3
"""How many of the first hits of each list are asked back."""


@dataclass(frozen=True, slots=True)
class Stages:
    """What the two stages find, of what a full score of every trial finds."""

    recall: tuple[float, ...]
    """Index recall at each of DEPTHS, the mean over queries."""
    whole: tuple[float, ...]
    """Share of queries whose list is the same to that depth, in its order."""
    candidates: float
    """On the mean."""


@dataclass(frozen=True, slots=True)
class Directions:
    """Pairs of a query and one of its first PLACES hits, asked in both directions."""

    pairs: int
    within: int
    """Of them, those that have each other among the first MAX_K."""
    in_ten: int
    apart: NDArray[np.float64]
    """(within,) The difference of the two scores."""


class Exhaustive:
    """Ranks every trial of a build by the full score."""

    def __init__(self, artefact: Artefact) -> None:
        self._artefact = artefact
        rows = np.arange(len(artefact.trials))
        self._all = Candidates(rows, artefact.passages.vectors(rows), np.asarray(artefact.titles))

    def best(self, identifier: str, count: int) -> Rows:
        """(count,) rows, best first."""
        evidence = gather_evidence(Question(positives={identifier: 1.0}), self._artefact, {}, _no_encoder)
        parts = score_parts(evidence, self._artefact, self._all)
        own = Ranked(self._all, parts)
        lenders = [place for place in own.best_first[: NEIGHBOURS + 1] if place not in evidence.rows][:NEIGHBOURS]
        trust = trust_in(own.scores[lenders])
        parts[Leg.NEIGHBOURS] = evidence.weights[Leg.NEIGHBOURS] * lent_by(
            only(self._all, np.array(lenders)), trust, self._all
        )
        best = Ranked(self._all, parts).best_first[: count + 1]
        return np.array([row for row in best if row not in evidence.rows][:count])


def measured_stages(artefact: Artefact, identifiers: Iterable[str]) -> Stages:
    """The candidate stage against a full score of every trial."""
    exhaustive, found = Exhaustive(artefact), []
    for identifier in identifiers:
        evidence = gather_evidence(Question(positives={identifier: 1.0}), artefact, {}, _no_encoder)
        ranked = rank(evidence, artefact)
        ours = ranked.candidates.rows[ranked.best_first[: max(DEPTHS)]]
        truth = exhaustive.best(identifier, max(DEPTHS))
        recall = [len(np.intersect1d(ours[:depth], truth[:depth])) / len(truth[:depth]) for depth in DEPTHS]
        whole = [np.array_equal(ours[:depth], truth[:depth]) for depth in DEPTHS]
        found.append([*recall, *whole, len(ranked.candidates.rows)])
    means = np.mean(found, axis=0).tolist()
    return Stages(tuple(means[: len(DEPTHS)]), tuple(means[len(DEPTHS) : -1]), means[-1])


def measured_directions(engine: SearchEngine, identifiers: Iterable[str]) -> Directions:
    """How far the two directions of pairs agree."""
    pairs = in_ten = 0
    apart = []
    for identifier in identifiers:
        for hit in engine.similar(identifier, k=PLACES).hits:
            pairs += 1
            back = [other for other in _ranked(engine, hit.trial.trial_id) if other[0] == identifier]
            for _, rank_back, score in back:
                in_ten += rank_back <= 10
                apart.append(abs(hit.score - score))
    return Directions(pairs, len(apart), in_ten, np.array(apart))


def _ranked(engine: SearchEngine, identifier: str) -> list[tuple[str, int, float]]:
    """Id, rank and score of the first MAX_K; reasons, which take longest, are left out."""
    artefact = engine.artefact
    evidence = gather_evidence(Question(positives={identifier: 1.0}), artefact, {}, _no_encoder)
    ranked = rank(evidence, artefact)
    places = ranked.best_first[:MAX_K].tolist()
    names = artefact.trials.trial_ids(ranked.candidates.rows[places].tolist())
    return [
        (name, number, ranked.score(place)) for number, (name, place) in enumerate(zip(names, places, strict=True), 1)
    ]


def _no_encoder() -> None:
    raise AssertionError("a question by trial needs none")


def stages(
    index: Annotated[Path, typer.Option(help="Folder of the index.")] = Path("var/index"),
    sample: Annotated[int, typer.Option(min=1, help="Query trials, drawn evenly.")] = 100,
) -> None:
    """What the candidate stage misses, and how far two directions agree, on any index."""
    engine = SearchEngine.open(index)
    artefact = engine.artefact
    trials = len(artefact.trials)
    rows = np.sort(np.random.default_rng(0).permutation(trials)[:sample])
    identifiers = artefact.trials.trial_ids(rows.tolist())
    progress = progress_on(Console(stderr=True))
    with progress.stage("every trial", len(identifiers), "trials") as advance:
        found = measured_stages(artefact, _told(identifiers, advance))
    with progress.stage("both directions", len(identifiers), "trials") as advance:
        both = measured_directions(engine, _told(identifiers, advance))
    recalls = ", ".join(
        f"index recall@{depth} {recall:.4f}, the whole list the same for {whole:.1%}"
        for depth, recall, whole in zip(DEPTHS, found.recall, found.whole, strict=True)
    )
    median, high = np.quantile(both.apart, [0.5, 0.99])
    typer.echo(
        f"{datetime.now(UTC):%Y-%m-%d}, {trials:,} trials, encoder {artefact.manifest.encoder.spec}, "
        f"{len(identifiers)} queries\n"
        f"candidates: {found.candidates:.0f} on the mean; {recalls}\n"
        f"directions: of {both.pairs} pairs from the first {PLACES} places, {both.within} have each other among the "
        f"first {MAX_K} and {both.in_ten} among the first 10; scores {median:.3f} apart in the median, {high:.3f} at "
        "the 99th percentile"
    )


def _told(identifiers: Iterable[str], advance: Callable[[int], None]) -> Iterator[str]:
    for identifier in identifiers:
        yield identifier
        advance(1)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(stages)
    run_command(app)
