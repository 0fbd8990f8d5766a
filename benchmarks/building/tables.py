"""The figures as the guide shows them."""

import math
from collections.abc import Mapping, Sequence

from benchmarks.building.steps import Step


def steps_table(steps: Sequence[Step], *, apart: int = 0) -> str:
    """What each step gains over the one before and over the first, whose strings all serve; `apart` are none."""
    heads = [
        "",
        "strings/s",
        "times the plain loop",
        "times the step before",
        "processor ms a string",
        "times the plain loop",
        "least cosine",
    ]
    lines = [_row(heads), _row(["---", *["---:"] * (len(heads) - 1)])]
    first = steps[0]
    for number, (before, step) in enumerate(zip([first, *steps], steps, strict=False)):
        is_step = 0 < number < len(steps) - apart
        cells = [
            f"{first.strings / step.seconds:,.0f}",
            f"{first.seconds / step.seconds:.2f}",
            f"{before.seconds / step.seconds:.2f}" if is_step else "",
            f"{step.cpu / first.strings * 1e3:.2f}",
            f"{first.cpu / step.cpu:.2f}",
            "" if math.isnan(step.cosine) else f"{step.cosine:.6f}",
        ]
        lines.append(_row([step.name, *cells]))
    return "\n".join(lines)


def limits_table(steps: Sequence[Step], flops: int, peaks: Mapping[str, float]) -> str:
    """`flops` for the distinct strings a second of a processor, beside the best products that one can make."""
    lines = [_row(["", "GFLOP a second of one core"]), _row(["---", "---:"])]
    lines += [_row([step.name, f"{flops / step.cpu / 1e9:.0f}"]) for step in steps[1:]]
    lines += [_row([f"the product alone: {name}", f"{peak / 1e9:.0f}"]) for name, peak in peaks.items()]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
