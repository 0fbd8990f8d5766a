"""The figures as the guide shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

PERCENTILES = (50, 90, 99)


def kinds_table(kinds: Mapping[str, Mapping[str, Any]], *, scan_ms: float) -> str:
    """What a question of each kind takes, beside one scan of all vectors."""
    lines = ["| CPU-ms | p50 | p90 | p99 | p50 in flat scans |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, taken in kinds.items():
        p50, p90, p99 = np.percentile(taken["ms"], PERCENTILES)
        lines.append(f"| {name} | {p50:.2f} | {p90:.2f} | {p99:.2f} | {p50 / scan_ms:.2f} |")
    lines.append(f"| one flat scan of the same vectors in float32 | {scan_ms:.2f} | | | 1 |")
    return "\n".join(lines)


def stages_table(kinds: Mapping[str, Mapping[str, Any]]) -> str:
    """What each stage takes of a question of each kind, on average: the means add up to that of the question."""
    stages = list(dict.fromkeys(stage for taken in kinds.values() for stage in taken["stages"]))
    lines = [f"| CPU-ms, mean | {' | '.join(kinds)} |", f"| --- |{' ---: |' * len(kinds)}"]
    for stage in stages:
        means = [float(np.mean(taken["stages"].get(stage, 0.0))) for taken in kinds.values()]
        lines.append(f"| {stage} | {' | '.join(f'{mean:.2f}' for mean in means)} |")
    whole = [float(np.mean(taken["ms"])) for taken in kinds.values()]
    lines.append(f"| whole | {' | '.join(f'{mean:.2f}' for mean in whole)} |")
    return "\n".join(lines)


def first_table(started: Sequence[Mapping[str, Any]], *, asked: int) -> str:
    """The median of processes that were started to answer, and the memory of the first of them."""
    wall, cpu = (float(np.median([one[name] for one in started])) for name in ("wall_s", "cpu_s"))
    memory = started[0]
    lines = [
        "| a new process | |",
        "| --- | --- |",
        f"| to its first answer, imports included | {wall:.2f} s by the clock, {cpu:.2f} s of processor |",
        f"| torch | {'loaded' if any(one['torch'] for one in started) else 'not loaded'} |",
    ]
    for name, when in (("after_first", "the first answer"), ("after_all", f"{asked} more")):
        kept = memory[name]
        lines.append(
            f"| in memory after {when} | {kept['own']:.0f} MiB of its own, {kept['mapped']:.0f} MiB of mapped files |"
        )
    return "\n".join(lines)
