"""The figures as the guide shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import httpx
import numpy as np

from benchmarks.load.overload import Overload
from benchmarks.load.served import Memory
from benchmarks.load.wrk import Rate


@dataclass(frozen=True, slots=True)
class Measured:
    """What so many workers answered, beside the bare endpoint of as many."""

    workers: int
    answer_bytes: int
    bare: Rate
    rates: Mapping[str, Rate]
    memory: Mapping[str, Sequence[Memory]]
    """What was asked -> what each process takes after it; the parent of several first."""


def load_table(measured: Sequence[Measured]) -> str:
    """Requests a second as a share of the bare endpoint's, and times as multiples of its."""
    lines = [
        "| | workers | requests/s | of the bare endpoint's | p50 | times the bare endpoint's | p99 | times | failed |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for run in measured:
        for kind, rate in {f"bare, {run.answer_bytes:,} bytes": run.bare, **run.rates}.items():
            cells = [
                *[kind, str(run.workers), f"{rate.per_second:,.0f}", f"{rate.per_second / run.bare.per_second:.1%}"],
                *[f"{rate.p50_ms:.1f} ms", f"{rate.p50_ms / run.bare.p50_ms:,.1f}"],
                *[f"{rate.p99_ms:.1f} ms", f"{rate.p99_ms / run.bare.p99_ms:,.1f}", str(rate.failed)],
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def memory_table(measured: Sequence[Measured]) -> str:
    """What the processes take: their own, and with what they map, whole and in shares."""
    lines = [
        "| workers | asked | MiB of each process's own | resident | resident, what is shared in equal parts |",
        "| --- | --- | --- | --- | --- |",
    ]
    for run in measured:
        for asked, processes in run.memory.items():
            of_each = zip(*map(astuple, processes), strict=True)
            cells = [str(run.workers), asked, *(", ".join(map(str, column)) for column in of_each)]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def overload_table(seen: Overload, *, capacity: float) -> str:
    """What became of the questions of an overload, where so many a second can be answered."""
    answered, shed = seen.statuses[httpx.codes.OK], seen.statuses[httpx.codes.SERVICE_UNAVAILABLE]
    rows = {
        "asked": f"{seen.asked:,} questions in {seen.seconds:.0f} s, {seen.asked / seen.seconds:.0f} a second",
        "capacity": f"{capacity:.0f} a second",
        "answered": f"{answered:,}, {answered / seen.seconds:.0f} a second; {_times(seen.answered_ms)}",
        "shed with 503": f"{shed:,}; {_times(seen.shed_ms)}",
        "any other end": str(seen.asked - answered - shed),
        **{f"meanwhile `{path}`": _times(times) for path, times in seen.probes.items()},
        "of these failed": str(seen.probes_failed),
        "the server's own memory before and after": f"{seen.own_mib[0]} MiB, {seen.own_mib[1]} MiB",
        "the first question after it": f"{seen.status_after} in {seen.ms_after:.0f} ms",
        "the process": "the one before" if seen.is_alive else "ended",
    }
    return "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows.items())])


def _times(milliseconds: Sequence[float]) -> str:
    if not milliseconds:
        return "none"
    p50, p99 = np.percentile(milliseconds, [50, 99])
    return f"p50 {p50:.0f} ms, p99 {p99:.0f} ms"
