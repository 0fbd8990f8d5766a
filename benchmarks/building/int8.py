"""`python -m benchmarks.building.int8`: whether vectors of eight-bit weights serve, judged by relevance labels.

The trials that the Cochrane labels judge, and others of their pool at random, are embedded by the export of the encoder
and by that export with its weights in eight bits (per channel, range reduced, activations quantised as they come), and
the engine answers on both.
"""

import random
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.growth.build import StageTimes
from benchmarks.quality.labels import LABEL_SETS, corpus_ids, scorable, write_records
from benchmarks.quality.tables import comparison_table
from indexer.build import rebuild_index
from indexer.sources.files import open_source
from search.cli.app import run as run_command
from search.comparison import compare
from search.encoders.catalogue import DEFAULT_ENCODER, open_encoder
from search.encoders.onnx import MODEL_FILE, OnnxEncoder
from search.encoders.onnx_export import exported
from search.encoders.sentence_transformer import SentenceTransformerEncoder
from search.engine import SearchEngine
from search.errors import BadInput
from search.evaluation import engine_run, judged, parse_measures

SEED = 1
FLOAT32, INT8 = "float32", "int8"


def int8(
    data: Annotated[Path, typer.Option(help="Folder of the records and labels.")] = Path("../shared/data"),
    work: Annotated[Path, typer.Option(help="Folder for the export and the indexes.")] = Path("var/int8"),
    others: Annotated[int, typer.Option(min=0, help="Trials beside those judged.")] = 6000,
    encoder: Annotated[str, typer.Option(help="A transformer, as in trialkin rebuild-index.")] = DEFAULT_ENCODER,
) -> None:
    """nDCG@10 and processor time of embedding, by float32 and by int8."""
    opened = open_encoder(encoder)
    if not isinstance(opened, SentenceTransformerEncoder):
        raise BadInput(f"{encoder!r} is no transformer; name one")
    labels = next(labels for labels in LABEL_SETS if labels.name == "cochrane_related")
    qrels = labels.qrels(data)
    work.mkdir(parents=True, exist_ok=True)
    records = work / "studies.ndjson"
    named = {name for qrel in qrels for name in (qrel.query_id, qrel.doc_id)}
    write_records(data, chosen_ids(named, corpus_ids(data, "pool") or set(), others), records)
    texts = [str(record.study) for record in open_source(str(records)).records()][:64]
    export = exported(opened, work, texts)
    if export is None:
        raise BadInput(f"{encoder!r} cannot be exported")
    runs, lines = {}, []
    for name, used in {FLOAT32: export, INT8: quantised(export, work / INT8)}.items():
        stages = StageTimes()
        report = rebuild_index(open_source(str(records)), root=work / f"index-{name}", encoder=used, progress=stages)
        if report.embedded:
            seconds = stages.cpu["embedding"]
            rate = report.embedded / seconds
            lines.append(f"{name}: {report.embedded:,} strings in {seconds:.0f} s of processor, {rate:.0f} a second")
        engine = SearchEngine.open(work / f"index-{name}")
        known = set(engine.artefact.trials.trial_ids(range(len(engine.artefact.trials))))
        kept = scorable(qrels, known, by_text=False)
        runs[name] = engine_run(engine, judged(kept)).ranked
    compared = compare(kept, runs, parse_measures(labels.measures))
    lines.append(f"{compared.queries} queries, {len(known):,} trials, {datetime.now(UTC):%Y-%m-%d}")
    typer.echo("\n".join(["\n".join(f"- {line}" for line in lines), "", comparison_table(compared)]))


def chosen_ids(judged_ids: set[str], pool: set[str], others: int) -> set[str]:
    """The judged trials of `pool`, and so many `others` of it at random, the same ones each time."""
    rest = sorted(pool - judged_ids)
    return (judged_ids & pool) | set(random.Random(SEED).sample(rest, min(others, len(rest))))


def quantised(export: OnnxEncoder, folder: Path) -> OnnxEncoder:
    """`export` with its weights in eight bits, as an encoder of its own in `folder`."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    shutil.copytree(export.folder, folder, dirs_exist_ok=True)
    quantize_dynamic(
        export.folder / MODEL_FILE,
        folder / MODEL_FILE,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
    )
    return OnnxEncoder(folder, spec=f"{export.spec} {INT8}", revision=f"{export.revision} {INT8}")


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(int8)
    run_command(lambda: app())
