"""How good rankings are, by relevance labels: qrels and runs in TREC form, measures by ir_measures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import Measure, Qrel, ScoredDoc
from numpy.typing import NDArray

from search.errors import UnusableSource

DEFAULT_MEASURES = "nDCG@10 R@10 R@50 RR@10 Judged@10"
RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean per-query difference of two systems with its 95% confidence interval, and who won how many queries."""

    mean: float
    low: float
    high: float
    wins: int
    losses: int


def read_qrels(path: Path) -> list[Qrel]:
    """The labels in a TREC qrels file. Raises UnusableSource where it is none."""
    return _read(path, ir_measures.read_trec_qrels, "qrels (query 0 document grade)")


def read_run(path: Path) -> list[ScoredDoc]:
    """The ranking in a TREC run file. Raises UnusableSource where it is none."""
    return _read(path, ir_measures.read_trec_run, "a run (query Q0 document rank score tag)")


def write_run(path: Path, run: Iterable[ScoredDoc], tag: str) -> None:
    """Write `run` in TREC form, each query's documents as they come."""
    ranks: dict[str, int] = {}
    with path.open("w") as stream:
        for query_id, doc_id, score in run:
            ranks[query_id] = ranks.get(query_id, 0) + 1
            stream.write(f"{query_id} Q0 {doc_id} {ranks[query_id]} {score:.6f} {tag}\n")


def condensed(run: Sequence[ScoredDoc], qrels: Sequence[Qrel]) -> list[ScoredDoc]:
    """`run` without the documents that nobody judged for the query (Sakai 2007, "condensed lists")."""
    judged = {(qrel.query_id, qrel.doc_id) for qrel in qrels}
    return [scored for scored in run if (scored.query_id, scored.doc_id) in judged]


def parse_measures(text: str) -> list[Measure]:
    """Measures by the names ir_measures gives them, separated by spaces. Raises UnusableSource for an unknown one."""
    try:
        return [ir_measures.parse_measure(name) for name in text.split()]
    except (NameError, ValueError, KeyError) as error:
        raise UnusableSource(f"cannot measure by {text!r}: {error}; known are nDCG@10, R@50, RR@10, P@5 …") from error


def per_query(
    qrels: Sequence[Qrel], run: Sequence[ScoredDoc], measures: Sequence[Measure]
) -> dict[Measure, dict[str, float]]:
    """Each measure's value for every query of `qrels`; a query that the run lacks has 0."""
    queries = sorted({qrel.query_id for qrel in qrels})
    values = {measure: dict.fromkeys(queries, 0.0) for measure in measures}
    for metric in ir_measures.iter_calc(list(measures), qrels, run):
        values[metric.measure][metric.query_id] = metric.value
    return values


def difference(
    system: Mapping[str, float], baseline: Mapping[str, float], groups: Mapping[str, str] | None = None
) -> Difference:
    """`system` less `baseline` over the queries both have, by a paired bootstrap of RESAMPLES.

    With `groups` (query -> group) whole groups are drawn, since queries of one review are not independent
    (cluster bootstrap; Efron and Tibshirani 1993, ch. 8).
    """
    queries = sorted(system.keys() & baseline.keys())
    deltas = np.array([system[query] - baseline[query] for query in queries])
    names = [groups[query] if groups else query for query in queries]
    _, group = np.unique(names, return_inverse=True)
    sums, sizes = np.bincount(group, weights=deltas), np.bincount(group)
    draws: NDArray[np.int64] = np.random.default_rng(0).integers(len(sums), size=(RESAMPLES, len(sums)))
    low, high = np.quantile(sums[draws].sum(axis=1) / sizes[draws].sum(axis=1), [0.025, 0.975])
    return Difference(
        mean=float(deltas.mean()),
        low=float(low),
        high=float(high),
        wins=int((deltas > 0).sum()),
        losses=int((deltas < 0).sum()),
    )


def related_groups(qrels: Sequence[Qrel]) -> dict[str, str]:
    """Query -> name of its group: queries linked by a common relevant document, as trials of one review are."""
    parent: dict[str, str] = {}

    def find(node: str) -> str:
        while parent.setdefault(node, node) != node:
            node = parent[node] = parent[parent[node]]
        return node

    for qrel in qrels:
        if qrel.relevance > 0:
            parent[find(qrel.doc_id)] = find(qrel.query_id)
    return {qrel.query_id: find(qrel.query_id) for qrel in qrels}


def _read(path: Path, reader: object, shape: str) -> list:  # type: ignore[type-arg]
    try:
        rows = list(reader(str(path)))  # type: ignore[operator]
    except (OSError, ValueError, TypeError, IndexError) as error:
        raise UnusableSource(f"cannot read {path} as {shape}: {error}") from error
    if not rows:
        raise UnusableSource(f"{path} is empty; expected {shape}")
    return rows
