"""`python -m benchmarks.export`: answers every Nth part of an export in one thread, and tells what all of it needs."""

import gzip
import os
import time
from typing import Annotated

# Before NumPy and FAISS are loaded: a process of an export calculates in one thread.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

import numpy as np
import typer

from api.export.shard_file import written_by
from api.export.sharding import sharding_of
from api.export.static import tasks_of
from search.answer import build_info
from search.artefact.reading import open_current
from search.batch import Batch
from search.cli.options import DEFAULT_INDEX_FOLDER, IndexOption
from search.engine import SearchEngine

ONE_BY_ONE = 100


def measure(
    every: Annotated[int, typer.Option(min=1, help="Of so many parts, one is answered.")] = 90,
    k: Annotated[int, typer.Option(help="How many related trials.")] = 10,
    index: IndexOption = DEFAULT_INDEX_FOLDER,
) -> None:
    """Measure processor time and sizes of a part of an export."""
    artefact = open_current(index)
    trial_ids = artefact.trials.trial_ids(range(len(artefact.trials)))
    shards = sharding_of(trial_ids).shards(trial_ids)
    tasks = list(tasks_of(shards))[::every]
    asked = [trial_id for task in tasks for inside in task.values() for trial_id in inside]
    batch, build = Batch(SearchEngine(artefact)), build_info(artefact.manifest).model_dump(mode="json")
    written_by(batch, build, asked[:20], k=k)  # what is read once is read before

    started = time.process_time()
    files = [written_by(batch, build, inside, k=k) for task in tasks for inside in task.values()]
    seconds = time.process_time() - started
    engine = SearchEngine(artefact)
    started = time.process_time()
    for trial_id in asked[:ONE_BY_ONE]:
        engine.similar(trial_id, k=k)
    one_by_one = (time.process_time() - started) / min(ONE_BY_ONE, len(asked))

    plain = np.array(list(map(len, files)))
    packed = np.array([len(gzip.compress(file, 6)) for file in files])
    a_trial, share = seconds / len(asked), len(trial_ids) / len(asked)
    echo = typer.echo
    echo(f"{len(trial_ids):,} trials in {len(shards):,} files; answered: {len(asked):,} in {len(files):,} files")
    echo(
        f"processor time a trial: {a_trial * 1e3:.1f} ms (asked one by one, and not written: {one_by_one * 1e3:.1f} ms)"
    )
    echo(f"so all of it: {a_trial * len(trial_ids) / 60:.0f} minutes of one processor")
    for name, sizes in {"plain": plain, "gzipped": packed}.items():
        middle, high, most = (f"{np.quantile(sizes, part) / 1e3:.0f} kB" for part in (0.5, 0.9, 1))
        echo(f"{name}: {sizes.sum() * share / 1e9:.2f} GB; a file {middle}, nine in ten at most {high}, largest {most}")


if __name__ == "__main__":
    typer.run(measure)
