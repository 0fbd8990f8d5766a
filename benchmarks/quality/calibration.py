"""`python -m benchmarks.quality.calibration`: what a score means, by labels; the curve in search/bands.py is from here.

Every query trial of the Cochrane labels is asked for its first DEPTH trials; a curve from their scores to the share
that stood in the same review is fitted on some groups of related queries and held against the others.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from matplotlib import rc_context
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss

from benchmarks.quality.indexes import corpus_index
from benchmarks.quality.labels import LABEL_SETS, scorable
from benchmarks.quality.tables import put_between_markers
from search.bands import band_of, probability_of
from search.cli.app import run as run_command
from search.encoders.catalogue import DEFAULT_ENCODER
from search.engine import SearchEngine
from search.evaluation import related_groups

DEPTH, FOLDS, RESAMPLES = 50, 10, 2000
BEGIN, END = "<!-- calibration: begin -->", "<!-- calibration: end -->"
BOUNDS = np.array([0, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 1.01])
"""Of the scores that are shown together."""
_LEAST = 1e-3  # a step curve says 0 and 1, by which one miss would cost without end
_LABELS = next(labels for labels in LABEL_SETS if labels.name == "cochrane_related")

Floats = NDArray[np.float64]
Curve = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Scored:
    """Hits of labelled queries, (n,) each."""

    scores: Floats
    related: NDArray[np.bool_]
    """Whether the hit stood in the same review."""
    groups: NDArray[np.str_]
    """Name of the query's group of related queries."""


def scored_hits(engine: SearchEngine, data: Path) -> Scored:
    """The first DEPTH hits of every query trial of the labels."""
    trials = engine.artefact.trials
    qrels = scorable(_LABELS.qrels(data), set(trials.trial_ids(range(len(trials)))), by_text=False)
    groups = related_groups(qrels)
    pairs = {(qrel.query_id, qrel.doc_id) for qrel in qrels if qrel.relevance > 0}
    found = [
        (hit.score, (query, hit.trial.trial_id) in pairs, group)
        for query, group in groups.items()
        for hit in engine.similar(query, k=DEPTH).hits
    ]
    scores, related, names = zip(*found, strict=True)
    return Scored(np.array(scores), np.array(related), np.array(names))


def logistic(scores: Floats, related: NDArray[np.bool_]) -> Curve:
    """Two constants (Platt 1999); what `slope_and_intercept` gives."""
    slope, intercept = slope_and_intercept(scores, related)
    return lambda others: 1 / (1 + np.exp(-(slope * others + intercept)))


def slope_and_intercept(scores: Floats, related: NDArray[np.bool_]) -> tuple[float, float]:
    """Of the log-odds."""
    fitted = LogisticRegression(C=np.inf).fit(scores[:, np.newaxis], related)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def isotonic(scores: Floats, related: NDArray[np.bool_]) -> Curve:
    """Steps that never fall (Zadrozny and Elkan 2002)."""
    curve: Curve = IsotonicRegression(y_min=_LEAST, y_max=1 - _LEAST, out_of_bounds="clip").fit(scores, related).predict
    return curve


def constant(_scores: Floats, related: NDArray[np.bool_]) -> Curve:
    """The same for every score: what a curve must be better than."""
    share = related.mean()
    return lambda others: np.full(len(others), share)


CURVES: Mapping[str, Callable[[Floats, NDArray[np.bool_]], Curve]] = {
    "logistic": logistic,
    "isotonic": isotonic,
    "one share for all": constant,
}


def cross_validated(scored: Scored, fit: Callable[[Floats, NDArray[np.bool_]], Curve], *, folds: int = FOLDS) -> Floats:
    """(n,) each hit's probability by the curve that the other folds give; no group is in two folds."""
    names, group = np.unique(scored.groups, return_inverse=True)
    fold = np.random.default_rng(0).permutation(len(names))[group] % folds
    probabilities = np.empty(len(scored.scores))
    for number in range(folds):
        held_out = fold == number
        curve = fit(scored.scores[~held_out], scored.related[~held_out])
        probabilities[held_out] = curve(scored.scores[held_out])
    return probabilities


def curves_table(scored: Scored, probabilities: Mapping[str, Floats]) -> str:
    """How well each curve does on groups it was not fitted on."""
    lines = ["| curve | Brier score | log loss |", "| --- | ---: | ---: |"]
    for name, values in probabilities.items():
        brier, loss = brier_score_loss(scored.related, values), log_loss(scored.related, values)
        lines.append(f"| {name} | {brier:.4f} | {loss:.4f} |")
    return "\n".join(lines)


def reliability_table(scored: Scored, probabilities: Floats) -> str:
    """By score: how many hits, how many stood in the same review, what was foreseen, and what the engine says."""
    lines = [
        "| score | hits | in the same review | foreseen, cross-validated | band |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for low, high in reversed(list(pairwise(BOUNDS))):
        there = (scored.scores >= low) & (scored.scores < high)
        if there.any():
            name = f".{100 * high:.0f}"
            name = f"below {name}" if low == 0 else f".{100 * low:.0f} {f'to {name}' if high < 1 else 'and more'}"
            bands = " or ".join(dict.fromkeys(band_of(score) for score in np.sort(scored.scores[there])[::-1]))
            shares = f"{scored.related[there].mean():.1%} | {probabilities[there].mean():.1%}"
            lines.append(f"| {name} | {there.sum():,} | {shares} | {bands} |")
    return "\n".join(lines)


def draw(series: Mapping[str, tuple[Scored, Floats]], path: Path) -> None:
    """The reliability plot: what was foreseen against what was found, a point for the hits between two of BOUNDS.

    Bars are 95% intervals over groups drawn anew (cluster bootstrap).
    """
    with rc_context({"svg.hashsalt": "reliability", "font.size": 9}):
        figure = Figure(figsize=(6, 4.5), layout="constrained")
        axes = figure.subplots()
        axes.plot([0, 0.75], [0, 0.75], color="0.6", linewidth=0.8, label="as foreseen")
        for marker, (name, (scored, probabilities)) in zip("os^", series.items(), strict=False):
            bins = np.digitize(scored.scores, BOUNDS)
            points = []
            for number in np.unique(bins):
                there = bins == number
                found = scored.related[there].mean()
                low, high = _interval(scored, there)
                points.append((probabilities[there].mean(), found, found - low, high - found))
            foreseen, shares, below, above = np.array(points).T
            axes.errorbar(
                foreseen,
                shares,
                yerr=(below, above),
                marker=marker,
                markersize=4,
                linewidth=0,
                elinewidth=0.8,
                label=name,
            )
        axes.set(xlabel="foreseen by the score", ylabel="found in the same review", xlim=(0, None), ylim=(0, None))
        axes.legend(loc="upper left", frameon=False)
        figure.savefig(path, format="svg", metadata={"Date": None})


def _interval(scored: Scored, there: NDArray[np.bool_]) -> tuple[float, float]:
    """Of the share of related hits among those `there`."""
    names, group = np.unique(scored.groups, return_inverse=True)
    hits = np.bincount(group[there], minlength=len(names))
    related = np.bincount(group[there], weights=scored.related[there], minlength=len(names))
    draws = np.random.default_rng(0).integers(len(names), size=(RESAMPLES, len(names)))
    drawn = hits[draws].sum(axis=1)
    shares = related[draws].sum(axis=1)[drawn > 0] / drawn[drawn > 0]
    low, high = np.quantile(shares, [0.025, 0.975])
    return float(low), float(high)


def calibration(
    data: Annotated[Path, typer.Option(help="Folder of the records and labels.")] = Path("../shared/data"),
    work: Annotated[Path, typer.Option(help="Folder of the indexes of `make quality`.")] = Path("var/quality"),
    encoder: Annotated[str, typer.Option(help="As in trialkin rebuild-index.")] = DEFAULT_ENCODER,
    write: Annotated[Path | None, typer.Option(help="Page to put the tables into; else they are printed.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Where to draw the reliability plot.", metavar="SVG")] = None,
) -> None:
    """What a score means: curves fitted on the labels, cross-validated over groups of reviews."""
    if not (data / "labels").is_dir():
        typer.echo(f"nothing measured: no records and labels under {data}; name their folder with --data", err=True)
        return
    pool, everything = (
        scored_hits(SearchEngine.open(corpus_index(data, corpus, work, encoder, rebuild=False)), data)
        for corpus in ("pool", "all")
    )
    probabilities = {name: cross_validated(pool, fit) for name, fit in CURVES.items()}
    slope, intercept = slope_and_intercept(pool.scores, pool.related)
    shipped = np.array([probability_of(score) for score in everything.scores])
    text = (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with `python -m benchmarks.quality.calibration`: "
        f"{len(pool.scores):,} hits, {pool.related.sum():,} of them in the same review as the query; {FOLDS} folds of "
        f"{len(np.unique(pool.groups))} groups of related queries.\n\n{curves_table(pool, probabilities)}\n\n"
        f"The logistic curve on all of them: slope {slope:.2f}, intercept {intercept:.2f}.\n\n"
        f"{reliability_table(pool, probabilities['logistic'])}"
    )
    if plot:
        series = {f"{name}, cross-validated": (pool, probabilities[name]) for name in ("logistic", "isotonic")}
        draw(series | {"as shipped, among all trials": (everything, shipped)}, plot)
    if write:
        put_between_markers(write, text, begin=BEGIN, end=END)
    else:
        typer.echo(text)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(calibration)
    run_command(app)
