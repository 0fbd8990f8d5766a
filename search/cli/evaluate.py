"""`trialkin evaluate`."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from search.cli.options import DEFAULT_INDEX_FOLDER, IndexOption, JsonOption
from search.errors import BadInput

if TYPE_CHECKING:
    from ir_measures import Qrel, ScoredDoc

    from search.comparison import Comparison
    from search.engine import SearchEngine

DEFAULT_MEASURES = "nDCG@10 R@10 R@50 RR@10 Judged@10"


def evaluate(
    qrels: Annotated[
        Path | None, typer.Option(help="Labels in TREC form: query 0 trial_id grade.", metavar="FILE")
    ] = None,
    run: Annotated[
        list[Path] | None,
        typer.Option(help="A ranking in TREC form; give several to compare each with the first.", metavar="FILE"),
    ] = None,
    queries: Annotated[
        Path | None,
        typer.Option(help="Texts of the queries, an id, a tab and a text a line; else they are trials.", metavar="TSV"),
    ] = None,
    measures: Annotated[
        str, typer.Option(help="Measures as ir_measures names them; the first orders --per-query.", metavar="NAMES")
    ] = DEFAULT_MEASURES,
    condensed: Annotated[bool, typer.Option("--condensed", help="Rank only the trials judged for a query.")] = False,
    in_index: Annotated[
        bool, typer.Option("--in-index", help="Leave out labels whose trials the index lacks.")
    ] = False,
    save_run: Annotated[Path | None, typer.Option(help="Keep the index's ranking there.", metavar="FILE")] = None,
    per_query: Annotated[
        Path | None, typer.Option(help="Write each query's values there, worst first.", metavar="FILE")
    ] = None,
    health: Annotated[
        bool, typer.Option("--health", help="Instead of labels: whom the index recommends too often, or never.")
    ] = False,
    sample: Annotated[
        int | None, typer.Option(min=1, help="With --health: ask for so many trials only, drawn evenly.", metavar="N")
    ] = None,
    json: JsonOption = False,
    index: IndexOption = DEFAULT_INDEX_FOLDER,
) -> None:
    """How well the index, or rankings in files, agree with relevance labels; or, without labels, how it recommends.

    Without --run the index is asked for every query. A query that a ranking lacks counts as 0. A difference
    comes with its 95% interval (paired bootstrap; query trials with a relevant trial in common drawn together).

    Example: trialkin evaluate --qrels labels.qrels --save-run mine.run
    """
    if health:
        _refuse_with("--health", {"--qrels": qrels, "--run": run, "--queries": queries, "--save-run": save_run})
        _print_health(index, sample, json=json)
        return
    if qrels is None:
        raise BadInput("name labels with --qrels FILE, or ask how the index recommends with --health")
    if sample is not None:
        raise BadInput("--sample is for --health; labels are asked for one and all")
    import dataclasses

    import orjson

    from search import evaluation
    from search.comparison import compare

    labels = evaluation.read_qrels(qrels)
    wanted = evaluation.parse_measures(measures)
    if run:
        _refuse_with("--run", {"--queries": queries, "--save-run": save_run, "--in-index": in_index})
        runs = {str(path): evaluation.read_run(path) for path in run}
        if len(runs) < len(run):
            raise BadInput("the same run is given twice")
        if condensed:
            runs = {name: evaluation.condensed(ranked, labels) for name, ranked in runs.items()}
    else:
        labels, asked = _asked(index, labels, queries, condensed=condensed, in_index=in_index)
        runs = {str(index): asked}
        if save_run:
            evaluation.write_run(save_run, asked, tag="trialkin")
    compared = compare(labels, runs, wanted)
    for name, missing in compared.missing.items():
        if missing:
            _say(f"{missing} of {compared.queries} queries are not in {name}; they count as 0")
    if per_query:
        per_query.write_text("\n".join(compared.per_query_lines()) + "\n", encoding="utf-8")
    if json:
        plain = {key: value for key, value in dataclasses.asdict(compared).items() if key != "values"}
        typer.echo(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode())
    else:
        _print(compared)


def _asked(
    index: Path, labels: "Sequence[Qrel]", queries: Path | None, *, condensed: bool, in_index: bool
) -> "tuple[list[Qrel], list[ScoredDoc]]":
    """The labels that count, and what the engine on `index` ranks for their queries."""
    from rich.console import Console
    from rich.progress import track

    from search import evaluation
    from search.engine import SearchEngine

    engine = SearchEngine.open(index)
    texts = evaluation.read_queries(queries) if queries else None
    kept = _in_index(engine, labels, by_trial=texts is None) if in_index else list(labels)
    if not kept:
        raise BadInput(f"none of the labels is of a trial in {index}")
    if len(kept) < len(labels):
        _say(f"{len(labels) - len(kept):,} of {len(labels):,} labels left out: the index lacks their trials")
    judged = evaluation.judged(kept)
    console = Console(stderr=True)
    asking = track(judged, "asking", console=console, transient=True, disable=not console.is_terminal)
    found = evaluation.engine_run(engine, asking, texts=texts, among=judged if condensed else None)
    return kept, found.ranked


def _in_index(engine: "SearchEngine", labels: "Sequence[Qrel]", *, by_trial: bool) -> "list[Qrel]":
    from search.errors import UnknownTrial

    known: dict[str, bool] = {}

    def knows(identifier: str) -> bool:
        if identifier not in known:
            try:
                engine.trial(identifier)
            except (UnknownTrial, BadInput):
                known[identifier] = False
            else:
                known[identifier] = True
        return known[identifier]

    return [label for label in labels if knows(label.doc_id) and (not by_trial or knows(label.query_id))]


def _refuse_with(chosen: str, options: Mapping[str, Any]) -> None:
    for name, given in options.items():
        if given:
            raise BadInput(f"{name} says nothing together with {chosen}")


def _print_health(index: Path, sample: int | None, *, json: bool) -> None:
    import dataclasses

    import orjson
    from rich.console import Console

    from search.display import answer_console, print_health
    from search.engine import SearchEngine
    from search.health import health_report
    from search.progress import progress_on

    report = health_report(SearchEngine.open(index), sample=sample, progress=progress_on(Console(stderr=True)))
    if json:
        typer.echo(orjson.dumps(dataclasses.asdict(report), option=orjson.OPT_INDENT_2).decode())
    else:
        print_health(answer_console(), report)


def _print(compared: "Comparison") -> None:
    from rich.table import Table

    from search.display import answer_console

    console = answer_console()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("ranking", overflow="fold")
    for measure in compared.measures:
        table.add_column(measure, justify="right", no_wrap=True)
    for name, means in compared.means.items():
        table.add_row(name, *(f"{means[measure]:.4f}" for measure in compared.measures))
    console.print(table)
    for name, differences in compared.differences.items():
        console.print(f"\n{name} less {compared.first}")
        against = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for column in ("measure", "difference", "95% interval", "wins", "losses"):
            against.add_column(column, justify="left" if column == "measure" else "right", no_wrap=True)
        for measure, found in differences.items():
            interval = "too few" if math.isnan(found.low) else f"{found.low:+z.4f} to {found.high:+z.4f}"
            against.add_row(measure, f"{found.mean:+z.4f}", interval, str(found.wins), str(found.losses))
        console.print(against)
    grouped = "" if compared.groups == compared.queries else f" in {compared.groups} groups"
    console.print(f"\n{compared.queries} queries{grouped}", style="dim")


def _say(line: str) -> None:
    typer.echo(line, err=True)
