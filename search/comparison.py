"""Several rankings held against the same labels: means, differences with intervals, and each query's values to read."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ir_measures import Measure, Qrel, ScoredDoc

from search.evaluation import Difference, difference, per_query, related_groups

DEPTH_READ = 10
"""How far down a list a reader looks for what it found and missed."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rankings by name, the first being what the others are compared with; measures by name too."""

    first: str
    queries: int
    groups: int
    measures: list[str]
    means: dict[str, dict[str, float]]
    differences: dict[str, dict[str, Difference]]
    missing: dict[str, int]
    values: "QueryValues"

    def per_query_lines(self) -> Iterator[str]:
        """Tab-separated lines with a heading: each query's values, and relevant trials near the top, worst query first.

        One ranking: what it missed. Two or more: how each differs from the first, and what it gained and lost.
        """
        return self.values.lines(self.measures, self.first)


@dataclass(frozen=True, slots=True)
class QueryValues:
    """Ranking -> measure -> query -> value, and which relevant documents each ranking has near its top."""

    values: dict[str, dict[str, dict[str, float]]]
    relevant: dict[str, set[str]]
    found: dict[str, dict[str, set[str]]]

    def lines(self, measures: Sequence[str], first: str) -> Iterator[str]:
        """As Comparison.per_query_lines."""
        if len(self.values) == 1:
            yield "\t".join(["query", *measures, f"found@{DEPTH_READ}", f"missed@{DEPTH_READ}"])
            own = self.values[first]
            for query in sorted(self.relevant, key=lambda query: (own[measures[0]][query], query)):
                found = self.found[first][query]
                numbers = [f"{own[measure][query]:.4f}" for measure in measures]
                yield "\t".join([query, *numbers, _ids(found), _ids(self.relevant[query] - found)])
            return
        yield "\t".join(["query", "ranking", "measure", "first", "value", "difference", "gained@10", "lost@10"])
        measure = measures[0]
        rows = [
            (values[measure][query] - self.values[first][measure][query], query, name)
            for name, values in self.values.items()
            if name != first
            for query in self.relevant
        ]
        for change, query, name in sorted(rows):
            before, after = self.found[first][query], self.found[name][query]
            numbers = [f"{self.values[which][measure][query]:.4f}" for which in (first, name)]
            yield "\t".join(
                [query, name, measure, *numbers, f"{change:+.4f}", _ids(after - before), _ids(before - after)]
            )


def compare(qrels: Sequence[Qrel], runs: Mapping[str, Sequence[ScoredDoc]], measures: Sequence[Measure]) -> Comparison:
    """`runs` by name, held against `qrels` and against the first of them."""
    names = [str(measure) for measure in measures]
    groups = related_groups(qrels)
    values = {
        name: {str(measure): by_query for measure, by_query in per_query(qrels, run, measures).items()}
        for name, run in runs.items()
    }
    first = next(iter(runs))
    relevant: dict[str, set[str]] = {query: set() for query in groups}
    for qrel in qrels:
        if qrel.relevance > 0:
            relevant[qrel.query_id].add(qrel.doc_id)
    return Comparison(
        first=first,
        queries=len(groups),
        groups=len(set(groups.values())),
        measures=names,
        means={name: {m: sum(own[m].values()) / len(groups) for m in names} for name, own in values.items()},
        differences={
            name: {measure: difference(own[measure], values[first][measure], groups) for measure in names}
            for name, own in values.items()
            if name != first
        },
        missing={name: len(groups.keys() - {scored.query_id for scored in run}) for name, run in runs.items()},
        values=QueryValues(values, relevant, {name: _found(run, relevant) for name, run in runs.items()}),
    )


def _found(run: Sequence[ScoredDoc], relevant: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
    """Query -> its relevant documents among the DEPTH_READ best; ties as trec_eval breaks them, by the greater id."""
    by_query: dict[str, list[tuple[float, str]]] = {query: [] for query in relevant}
    for query_id, doc_id, score in run:
        if query_id in by_query:
            by_query[query_id].append((score, doc_id))
    return {
        query: {doc_id for _, doc_id in sorted(scored, reverse=True)[:DEPTH_READ]} & set(relevant[query])
        for query, scored in by_query.items()
    }


def _ids(doc_ids: Collection[str]) -> str:
    return " ".join(sorted(doc_ids))
