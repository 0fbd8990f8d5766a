"""`python -m benchmarks.quality`: builds the corpora, asks every system, writes runs and the tables."""

import csv
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.quality.ablation import run_without
from benchmarks.quality.indexes import CONSOLE, built_index, copy_embeddings, corpus_index
from benchmarks.quality.labels import LABEL_SETS, LabelSet, scorable
from benchmarks.quality.systems import BASELINES, Corpus, baseline_run
from benchmarks.quality.tables import ablation_table, comparison_table, incumbent_table, put_between_markers
from indexer.sources.files import SEEDS
from search.cli.app import run as run_command
from search.comparison import Comparison, compare
from search.encoders.catalogue import DEFAULT_ENCODER
from search.engine import SearchEngine
from search.errors import BadInput
from search.evaluation import engine_run, judged, parse_measures, write_run
from search.legs import TRIAL_WEIGHTS, Leg

ENGINE = "engine"


def quality(
    data: Annotated[Path, typer.Option(help="Folder of the records and labels.")] = Path("../shared/data"),
    work: Annotated[Path, typer.Option(help="Folder for indexes and runs.")] = Path("var/quality"),
    embeddings: Annotated[
        Path | None, typer.Option(help="Folder of embeddings made before, to copy: the embeddings/ of an index.")
    ] = None,
    encoder: Annotated[str, typer.Option(help="As in trialkin rebuild-index.")] = DEFAULT_ENCODER,
    only: Annotated[list[str] | None, typer.Option(help="Only these label sets.")] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild/--keep", help="Build the indexes anew, or keep them.")] = True,
    write: Annotated[Path | None, typer.Option(help="Page to put the tables into; else they are printed.")] = None,
) -> None:
    """The engine and every baseline on the label sets, as one table each."""
    if only and write:
        raise BadInput("--write puts in every table; leave out --only")
    if not (data / "labels").is_dir():
        typer.echo(f"nothing measured: no records and labels under {data}; name their folder with --data", err=True)
        return
    if embeddings:
        copy_embeddings(embeddings, work)
    sets = [labels for labels in LABEL_SETS if not only or labels.name in only]
    sections: dict[str, str] = {}
    ablated: dict[str, Comparison] = {}
    for name in dict.fromkeys(labels.corpus for labels in sets):
        root = corpus_index(data, name, work, encoder, rebuild=rebuild)
        engine, corpus = SearchEngine.open(root), Corpus(root)
        for labels in sets:
            if labels.corpus == name:
                sections[labels.name], without = _section(data, work, labels, engine, corpus)
                ablated |= without
        del engine, corpus  # the next corpus needs the memory
    ordered = [sections[labels.name] for labels in sets]
    if ablated:
        ordered.append(f"### What each leg brings\n\n{ablation_table(ablated)}")
    if not only:
        ordered.append(_incumbent_section(built_index(SEEDS, SEEDS, work, encoder, rebuild=rebuild)))
    text = "\n\n".join([f"Measured on {datetime.now(UTC):%Y-%m-%d} with `make quality`, encoder {encoder}.", *ordered])
    if write:
        put_between_markers(write, text)
    else:
        typer.echo(text)


def _section(
    data: Path, work: Path, labels: LabelSet, engine: SearchEngine, corpus: Corpus
) -> tuple[str, dict[str, Comparison]]:
    """The table of a label set, and where legs are left out on it, what that does, by the name of the set."""
    qrels, texts = labels.qrels(data), labels.texts(data)
    kept = scorable(qrels, corpus.rows, by_text=labels.by_text)
    by_query = judged(kept)
    among = by_query if labels.condensed else None
    _say(f"{labels.name}: {ENGINE}")
    runs = {ENGINE: engine_run(engine, by_query, texts=texts, among=among).ranked}
    for name in labels.baselines or BASELINES:
        _say(f"{labels.name}: {name}")
        runs[name] = baseline_run(corpus, name, by_query, texts=texts, among=among)
    folder = work / "runs" / labels.name
    folder.mkdir(parents=True, exist_ok=True)
    for name, run in runs.items():
        tag = "-".join(name.replace(",", "").replace("+", "").split())
        write_run(folder / f"{tag}.run", run, tag=tag)
    compared = compare(kept, runs, parse_measures(labels.measures))
    relevant = sum(label.relevance > 0 for label in kept)
    facts = f"{compared.queries} queries, {relevant:,} relevant pairs, {len(corpus.trials):,} trials to rank"
    if compared.groups < compared.queries:
        facts += f"; intervals drawn over {compared.groups} groups of related queries"
    if left_out := len(qrels) - len(kept):
        facts += f"; {left_out:,} of {len(qrels):,} labels left out (trials not at hand, or nothing relevant left)"
    without: dict[str, Comparison] = {}
    if labels.ablated:
        legs = [leg for leg in TRIAL_WEIGHTS if leg is not Leg.NEIGHBOURS or not labels.by_text]
        shorter = {ENGINE: runs[ENGINE]}
        for leg in legs:
            _say(f"{labels.name}: {ENGINE} without {leg}")
            shorter[leg] = run_without(engine.artefact, {leg}, by_query, texts=texts, among=among)
        without[labels.title] = compare(kept, shorter, parse_measures(labels.measures))
    return f"### {labels.title}\n\n{facts}.\n\n{comparison_table(compared)}", without


def _incumbent_section(root: Path) -> str:
    text = (resources.files(SEEDS) / "incumbent.tsv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t"))
    query = rows[0]["query_nct_id"]
    listed = [row["related_nct_id"] for row in rows if row["query_nct_id"] == query]
    engine = SearchEngine.open(root)
    title = engine.trial(query).brief_title
    return (
        f"### The registry's own list, on the bundled trials\n\n{query}, {title}: what its page on a registry lists as "
        f"related, and what the engine finds among {engine.manifest.counts.trials} trials.\n\n"
        f"{incumbent_table(engine, query, listed)}"
    )


def _say(line: str) -> None:
    CONSOLE.print(line)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(quality)
    run_command(app)
