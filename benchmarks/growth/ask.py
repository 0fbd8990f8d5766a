"""Asks one index in a process of its own, in one thread, and prints what that took as JSON."""

import os

# Before NumPy and FAISS are loaded: a question is answered in one thread.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

import argparse
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import orjson

from search.engine import SearchEngine
from search.filters import Filters

K = 10
NARROW = 0.05
WARM = 20


def main() -> None:
    """Ask, measure, print."""
    begun = time.process_time()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--asked", type=Path, required=True, help="ids to ask for, a JSON list")
    options = parser.parse_args()
    asked: list[str] = orjson.loads(options.asked.read_bytes())
    engine = SearchEngine.open(options.root)
    engine.similar(asked[0], k=K)
    first = time.process_time() - begun
    narrow = narrow_filter(engine)
    passages = engine.artefact.passages
    rows = [engine.artefact.identifiers.row(trial_id) for trial_id in asked]
    vectors = passages.vectors(np.array(rows))
    nearest = [passages.top_k(vector[np.newaxis], 2).scores[0, 1] for vector in vectors]
    found = {
        "index": engine.manifest.index,
        "first_seconds": first,
        "plain": times_of(lambda place: engine.similar(asked[place], k=K), len(asked)),
        "filtered": times_of(lambda place: engine.similar(asked[place], k=K, filters=narrow), len(asked)),
        "vectors": times_of(lambda place: passages.top_k(vectors[place : place + 1], 100), len(asked)),
        "filter": narrow.model_dump(mode="json", exclude_defaults=True),
        "eligible": engine.similar(asked[0], k=K, filters=narrow).eligible,
        "nearest": np.quantile(nearest, [0.1, 0.5, 0.9]).tolist(),
        **memory(),
    }
    sys.stdout.buffer.write(orjson.dumps(found))


def narrow_filter(engine: SearchEngine) -> Filters:
    """By start date, one that about NARROW of all trials meet."""
    trials = engine.artefact.trials
    dates = trials.values("start_last", np.arange(len(trials))).drop_null().to_numpy(zero_copy_only=False)
    latest = np.sort(dates)[-max(1, int(NARROW * len(trials)))]
    return Filters(start_from=latest.astype("datetime64[D]").item())


def times_of(ask: Callable[[int], object], number: int) -> dict[str, float]:
    """Milliseconds of processor time, and by the clock, that questions take once some were asked."""
    for place in range(min(WARM, number)):
        ask(place)
    spent, waited = [], []
    for place in range(number):
        clock, processor = time.perf_counter(), time.process_time()
        ask(place)
        spent.append((time.process_time() - processor) * 1e3)
        waited.append((time.perf_counter() - clock) * 1e3)
    return {**_quantiles(spent), "clock_p50": float(np.median(waited))}


def memory() -> dict[str, float]:
    """MiB that this process has for itself, and that it maps of files and shares with others who do."""
    told = Path("/proc/self/smaps_rollup").read_text()
    size = {name: int(kib) / 1024 for name, kib in re.findall(r"^(\w+): +(\d+) kB", told, flags=re.MULTILINE)}
    return {"private_mib": size["Private_Dirty"], "shared_mib": size["Rss"] - size["Private_Dirty"]}


def _quantiles(milliseconds: Sequence[float]) -> dict[str, float]:
    p50, p99 = np.percentile(milliseconds, [50, 99])
    return {"p50": float(p50), "p99": float(p99)}


if __name__ == "__main__":
    main()
