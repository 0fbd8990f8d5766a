"""`python -m benchmarks.building`: embeds a sample of the strings of all trials, step by step, in one run."""

import os
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from tokenizers import Tokenizer

from benchmarks.building.int8 import quantised
from benchmarks.building.limits import encoder_flops, product_flops
from benchmarks.building.steps import measured, steps_of
from benchmarks.building.strings import corpus_of, sample
from benchmarks.building.tables import limits_table, steps_table
from benchmarks.quality.tables import put_between_markers
from indexer.sources.files import open_source
from search.cli.app import run as run_command
from search.encoders.catalogue import DEFAULT_ENCODER, open_encoder
from search.encoders.onnx import TOKENIZER_FILE
from search.encoders.onnx_export import exported
from search.encoders.sentence_transformer import SentenceTransformerEncoder
from search.errors import BadInput

BEGIN, END = "<!-- building: begin -->", "<!-- building: end -->"
SEED = 1


def building(
    source: Annotated[str, typer.Argument(help="As in trialkin rebuild-index.")] = "../shared/data/studies.ndjson.gz",
    encoder: Annotated[str, typer.Option(help="A transformer, as in trialkin rebuild-index.")] = DEFAULT_ENCODER,
    every: Annotated[int, typer.Option(min=1, help="Of so many strings, one is embedded.")] = 100,
    other: Annotated[list[str] | None, typer.Option(help="Further encoders, a row each: static ones.")] = None,
    write: Annotated[Path | None, typer.Option(help="Page to put the tables into; else they are printed.")] = None,
) -> None:
    """Strings a second from the plain loop to the product's own way, and how far that is from the machine's limit."""
    opened = open_encoder(encoder)
    if not isinstance(opened, SentenceTransformerEncoder):
        raise BadInput(f"{encoder!r} is no transformer; name one, and this one with --other")
    read = open_source(source)
    corpus = corpus_of(read)
    once = list(dict.fromkeys(corpus.strings))
    repeated, distinct = (sample(strings, every=every, seed=SEED) for strings in (corpus.strings, once))
    with tempfile.TemporaryDirectory() as folder:
        export = exported(opened, Path(folder), distinct)
        if export is None:
            raise BadInput(f"{encoder!r} cannot be exported, so there is nothing to compare")
        ways = steps_of(opened.model, export)
        apart = {
            "apart: int8 by ONNX Runtime": quantised(export, Path(folder, "int8")).encode_documents,
            **{f"apart: the encoder {spec}": open_encoder(spec).encode_documents for spec in other or []},
        }
        steps = measured({**ways, **apart}, repeated, distinct)
        tokenizer = Tokenizer.from_file(str(export.folder / TOKENIZER_FILE))
        tokenizer.no_padding()
        tokens = [len(tokenizer.encode(text).ids) for text in distinct]
    config = opened.model[0].auto_model.config
    flops = encoder_flops(
        tokens, layers=config.num_hidden_layers, hidden=config.hidden_size, inner=config.intermediate_size
    )
    packages = ("sentence-transformers", "torch", "onnxruntime", "openvino")
    text = "\n\n".join(
        [
            f"Measured on {datetime.now(UTC):%Y-%m-%d} with `python -m benchmarks.building`: {corpus.trials:,} "
            f"trials with {len(corpus.strings):,} strings (title, passage, summary, conditions, interventions), "
            f"{len(once):,} of them distinct, which hold {sum(map(len, once)) / sum(map(len, corpus.strings)):.0%} of "
            f"all characters; encoder {encoder}; every {every}th string by length; {os.cpu_count()} cores, load "
            f"average {os.getloadavg()[0]:.1f}; {', '.join(f'{name} {version(name)}' for name in packages)}.",
            steps_table(steps, apart=len(apart)),
            f"A distinct string has {sum(tokens) / len(tokens):.0f} tokens and takes "
            f"{flops / len(tokens) / 1e9:.2f} GFLOP.",
            limits_table(steps[: len(ways) + 1], flops, product_flops()),
            f"Reading and parsing all trials took {corpus.seconds:.1f} s of one core: "
            f"{corpus.trials / corpus.seconds:,.0f} trials, {read.size / corpus.seconds / 1e6:.1f} MB of gzip a "
            "second.",
        ]
    )
    if write:
        put_between_markers(write, text, begin=BEGIN, end=END)
    else:
        typer.echo(text)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(building)
    run_command(lambda: app())
