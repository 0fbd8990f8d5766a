"""How good rankings are, by relevance labels: qrels and runs in TREC form, measures by ir_measures."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from search.engine import SearchEngine
from search.errors import BadInput, MissingExtra, UnknownTrial, UnusableSource
from search.listing import MAX_K
from search.trial_id import parse_trial_id

try:
    import ir_measures
    from ir_measures import Measure, Qrel, ScoredDoc
except ModuleNotFoundError as error:
    raise MissingExtra("evaluation needs ir_measures; install it with: pip install 'trialkin[evaluate]'") from error

RESAMPLES = 10_000
_RESAMPLES_AT_ONCE = 500  # bounds memory where there are many queries


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean per-query difference of two systems with its 95% confidence interval, and who won how many queries.

    `low` and `high` are NaN where there is but one group to draw from.
    """

    mean: float
    low: float
    high: float
    wins: int
    losses: int


@dataclass(frozen=True, slots=True)
class EngineRun:
    """What an engine ranks for each query, and the queries that it could not be asked for lack of the trial."""

    ranked: list[ScoredDoc]
    unknown: list[str]


def read_qrels(path: Path) -> list[Qrel]:
    """The labels in a TREC qrels file. Raises UnusableSource where it is none, or labels a document twice."""
    return _read(path, ir_measures.read_trec_qrels, "qrels (query 0 document grade)")


def read_run(path: Path) -> list[ScoredDoc]:
    """The ranking in a TREC run file. Raises UnusableSource where it is none, or ranks a document twice."""
    run = _read(path, ir_measures.read_trec_run, "a run (query Q0 document rank score tag)")
    for query_id, doc_id, score in run:
        if not math.isfinite(score):
            raise UnusableSource(f"{path} scores {doc_id} for {query_id} by {score}, which cannot be ranked")
    return run


def read_queries(path: Path) -> dict[str, str]:
    """Query id -> text, from lines of both with a tab between. Raises UnusableSource where it is something else."""
    queries: dict[str, str] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise UnusableSource(f"cannot read {path}: {error}") from error
    for number, line in enumerate(lines, start=1):
        query_id, tab, text = line.partition("\t")
        if not tab or not text.strip():
            raise UnusableSource(f"{path}, line {number} is no query: expected an id, a tab and a text")
        if query_id in queries:
            raise UnusableSource(f"{path}, line {number}: the query {query_id!r} was there before")
        queries[query_id] = text
    return queries


def write_run(path: Path, run: Iterable[ScoredDoc], tag: str) -> None:
    """Write `run` in TREC form, each query's documents as they come."""
    ranks: dict[str, int] = {}
    with path.open("w", encoding="utf-8") as stream:
        for query_id, doc_id, score in run:
            ranks[query_id] = ranks.get(query_id, 0) + 1
            stream.write(f"{query_id} Q0 {doc_id} {ranks[query_id]} {score:.6f} {tag}\n")


def ranked_list(query_id: str, doc_ids: Sequence[str]) -> list[ScoredDoc]:
    """`doc_ids`, best first, as a run.

    Its scores count down from the length: tools sort a run by score and break ties by document id, which must not
    change the order.
    """
    return [ScoredDoc(query_id, doc_id, float(len(doc_ids) - place)) for place, doc_id in enumerate(doc_ids)]


def engine_run(
    engine: SearchEngine,
    queries: Iterable[str],
    *,
    texts: Mapping[str, str] | None = None,
    among: Mapping[str, Collection[str]] | None = None,
) -> EngineRun:
    """The MAX_K best trials for each of `queries`: ids of trials, or keys of `texts` where that is given.

    With `among`, only the trials that it names for a query are ranked. Raises BadInput where a query is neither.
    """
    ranked: list[ScoredDoc] = []
    unknown: list[str] = []
    for query_id in queries:
        candidates = None if among is None else among[query_id]
        if texts is None:
            try:
                found = engine.similar(query_id, k=MAX_K, among=candidates)
            except UnknownTrial:
                unknown.append(query_id)
                continue
            except BadInput as error:
                raise BadInput(f"{error}; if the queries are texts, name their file with --queries") from error
        elif query_id in texts:
            found = engine.search(texts[query_id], k=MAX_K, among=candidates)
        else:
            raise BadInput(f"the query {query_id!r} has labels but no text")
        ranked += ranked_list(query_id, [hit.trial.trial_id for hit in found.hits])
    return EngineRun(ranked, unknown)


def judged(qrels: Iterable[Qrel]) -> dict[str, list[str]]:
    """Query -> the documents that have a label for it, relevant or not, in the order of the labels."""
    documents: dict[str, list[str]] = {}
    for qrel in qrels:
        documents.setdefault(qrel.query_id, []).append(qrel.doc_id)
    return documents


def condensed(run: Iterable[ScoredDoc], qrels: Iterable[Qrel]) -> list[ScoredDoc]:
    """`run` without the documents that nobody judged for the query (Sakai 2007, "condensed lists")."""
    pairs = {(qrel.query_id, qrel.doc_id) for qrel in qrels}
    return [scored for scored in run if (scored.query_id, scored.doc_id) in pairs]


def parse_measures(text: str) -> list[Measure]:
    """Measures by the names ir_measures gives them, separated by spaces. Raises BadInput for an unknown one."""
    measures = []
    for name in text.split():
        try:
            measure = ir_measures.parse_measure(name)
            next(iter(ir_measures.iter_calc([measure], [Qrel("q", "d", 1)], [ScoredDoc("q", "d", 1.0)])))
        except (NameError, ValueError, KeyError, TypeError, RuntimeError, StopIteration) as error:
            raise BadInput(f"cannot measure by {name!r}; known are nDCG@10, R@50, RR@10, P@5, Judged@10 …") from error
        measures.append(measure)
    if not measures:
        raise BadInput("name a measure, such as nDCG@10")
    return measures


def per_query(
    qrels: Sequence[Qrel], run: Sequence[ScoredDoc], measures: Sequence[Measure]
) -> dict[Measure, dict[str, float]]:
    """Each measure's value for every query of `qrels`; a query that the run lacks has 0."""
    queries = sorted({qrel.query_id for qrel in qrels})
    values = {measure: dict.fromkeys(queries, 0.0) for measure in measures}
    if not run:
        return values
    for metric in ir_measures.iter_calc(list(measures), qrels, run):
        if metric.query_id in values[metric.measure]:
            values[metric.measure][metric.query_id] = metric.value
    return values


def difference(
    system: Mapping[str, float], baseline: Mapping[str, float], groups: Mapping[str, str] | None = None
) -> Difference:
    """`system` less `baseline` over the same queries, by a paired bootstrap of RESAMPLES (percentile interval).

    With `groups` (query -> group) whole groups are drawn, since queries of one review are not independent
    (cluster bootstrap; Efron and Tibshirani 1993, ch. 8).
    """
    if system.keys() != baseline.keys() or not system:
        raise BadInput("only systems that were asked the same queries can be compared")
    queries = sorted(system)
    deltas = np.array([system[query] - baseline[query] for query in queries])
    names = [groups[query] if groups else query for query in queries]
    _, group = np.unique(names, return_inverse=True)
    sums, sizes = np.bincount(group, weights=deltas), np.bincount(group)
    low = high = math.nan
    if len(sums) > 1:
        # A group of more queries weighs more, so that what is drawn around is the mean over queries.
        random = np.random.default_rng(0)
        means = np.concatenate(
            [
                sums[draws].sum(axis=1) / sizes[draws].sum(axis=1)
                for _ in range(RESAMPLES // _RESAMPLES_AT_ONCE)
                for draws in [random.integers(len(sums), size=(_RESAMPLES_AT_ONCE, len(sums)))]
            ]
        )
        low, high = (float(bound) for bound in np.quantile(means, [0.025, 0.975]))
    return Difference(
        mean=float(deltas.mean()), low=low, high=high, wins=int((deltas > 0).sum()), losses=int((deltas < 0).sum())
    )


def related_groups(qrels: Iterable[Qrel]) -> dict[str, str]:
    """Query -> name of its group: query trials linked by a common relevant trial, as those of one review are.

    A topic that is no trial stands alone: two patients whom one trial suits are still two patients.
    """
    parent: dict[str, str] = {}

    def find(node: str) -> str:
        while parent.setdefault(node, node) != node:
            node = parent[node] = parent[parent[node]]
        return node

    queries = set()
    for qrel in qrels:
        queries.add(qrel.query_id)
        if qrel.relevance > 0 and _is_trial(qrel.query_id):
            parent[find(qrel.doc_id)] = find(qrel.query_id)
    return {query: find(query) for query in sorted(queries)}


def _is_trial(query_id: str) -> bool:
    try:
        parse_trial_id(query_id)
    except BadInput:
        return False
    return True


def _read(path: Path, reader: object, shape: str) -> list:  # type: ignore[type-arg]
    try:
        rows = list(reader(str(path)))  # type: ignore[operator]
    except (OSError, ValueError, TypeError, IndexError) as error:
        raise UnusableSource(f"cannot read {path} as {shape}: {error}") from error
    if not rows:
        raise UnusableSource(f"{path} is empty; expected {shape}")
    seen = set()
    for row in rows:
        if (pair := (row.query_id, row.doc_id)) in seen:
            raise UnusableSource(f"{path} has {row.doc_id} twice for the query {row.query_id}")
        seen.add(pair)
    return rows
