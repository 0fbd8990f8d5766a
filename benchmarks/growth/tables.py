"""The table, the exponents and the plot of the guide."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Result = Mapping[str, Any]
"""Of one size: "build" and "ask", as benchmarks.growth.build and benchmarks.growth.ask print them."""

CURVES: Mapping[str, tuple[str, ...]] = {
    "build, vectors known (s of processor)": ("build_cpu",),
    "disk (MB)": ("disk_mb",),
    "most memory of its own while building (MiB)": ("build", "peak_own_mib"),
    "private memory (MiB)": ("ask", "private_mib"),
    "`similar` p50 (ms)": ("ask", "plain", "p50"),
    "`similar` p99 (ms)": ("ask", "plain", "p99"),
    "filtered p50 (ms)": ("ask", "filtered", "p50"),
    "filtered p99 (ms)": ("ask", "filtered", "p99"),
    "nearest vectors p50 (ms)": ("ask", "vectors", "p50"),
}


def value(result: Result, curve: str) -> float:
    """What `curve` is at one size."""
    found: Any = {
        **result,
        # The benchmark's own encoder is not what a build waits for.
        "build_cpu": result["build"]["cpu"] - result["build"]["stages_cpu"].get("embedding", 0.0),
        "disk_mb": result["build"]["bytes"] / 1e6,
    }
    for name in CURVES[curve]:
        found = found[name]
    return float(found)


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The b of the power law a * n**b that fits best by least squares of the logarithms; 1 is linear."""
    xs, ys = ([math.log(each) for each in of] for of in (sizes, values))
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    above = sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys, strict=True))
    return above / sum((x - middle_x) ** 2 for x in xs)


def growth_table(results: Sequence[Result]) -> str:
    """A row a quantity, a column a size, and the exponent."""
    sizes = [result["build"]["trials"] for result in results]
    heads = ["", *(f"{size:,}" for size in sizes), "exponent"]
    lines = [_row(heads), _row(["---", *["---:"] * (len(heads) - 1)])]
    for curve in CURVES:
        values = [value(result, curve) for result in results]
        fitted = f"{exponent(sizes, values):.2f}" if len(sizes) > 1 else ""
        lines.append(_row([curve, *map(_figure, values), fitted]))
    for name, of in {
        "build, vectors known (s by the clock)": lambda result: _figure(
            result["build"]["seconds"] - result["build"]["stages"].get("embedding", 0.0)
        ),
        "the same with mapped files (MiB)": lambda result: _figure(result["build"]["peak_mib"]),
        "memory mapped and shared (MiB)": lambda result: _figure(result["ask"]["shared_mib"]),
        "first answer (s of processor)": lambda result: _figure(result["ask"]["first_seconds"]),
        "index": lambda result: result["ask"]["index"],
        "cosine with the nearest other, median": lambda result: f"{result['ask']['nearest'][1]:.2f}",
    }.items():
        lines.append(_row([name, *(of(result) for result in results), ""]))
    return "\n".join(lines)


def limits_table(results: Sequence[Result], *, dim: int, bytes_a_second: float) -> str:
    """How long one pass over all passage vectors must take, beside what finding the nearest ones does take."""
    lines = [
        _row(["trials", "one pass at the memory's rate (ms)", "nearest vectors p50 (ms)", "share"]),
        _row(["---:"] * 4),
    ]
    for result in results:
        trials = result["build"]["trials"]
        least, took = trials * dim * 4 / bytes_a_second * 1e3, result["ask"]["vectors"]["p50"]
        lines.append(_row([f"{trials:,}", _figure(least), _figure(took), f"{took / least:.2f}"]))
    return "\n".join(lines)


def save_plot(results: Sequence[Result], path: Path) -> None:
    """Every curve over the sizes, on logarithmic axes."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    sizes = [result["build"]["trials"] for result in results]
    mpl.rcParams["svg.hashsalt"] = "growth"  # the same picture of the same figures
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    for curve in CURVES:
        values = [value(result, curve) for result in results]
        axes.plot(sizes, values, marker="o", label=f"{curve.replace('`', '')}: n^{exponent(sizes, values):.2f}")
    axes.set(xscale="log", yscale="log", xlabel="trials")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside right upper", fontsize="small")
    figure.savefig(path, metadata={"Date": None})


def _figure(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
