"""The figures as a picture: how dear an answer is, how good, and how much memory it takes."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import orjson
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from benchmarks.peers.peer import PEERS


def plot(found: Path, path: Path) -> None:
    """A bubble a system of those found that have labels, if any: the area is the memory of its own."""
    results: dict[str, Any] = {
        name: orjson.loads((found / f"{name}.json").read_bytes()) for name in PEERS if (found / f"{name}.json").exists()
    }
    shown = {name: result for name, result in results.items() if "relevance" in result}
    if not shown:
        return
    # So that a run without changes leaves the file as it was.
    with mpl.rc_context({"svg.hashsalt": "peers", "font.size": 10}):
        figure = Figure(figsize=(8, 4), layout="constrained")
        axes = figure.subplots()
        for place, (name, result) in enumerate(shown.items()):
            cost, mib = float(np.percentile(result["similar"]["cpu"], 50)), result["memory_similar"]["own"]
            label = f"{PEERS[name].title}, {mib:,.0f} MiB"
            axes.scatter(cost, result["relevance"], s=2 * mib, color=f"C{place}", alpha=0.6, linewidths=0, label=label)
        legend = axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
        for handle in legend.legend_handles:
            handle.set_sizes([60])
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_minor_formatter("")
        axes.margins(0.15)
        axes.set_xlabel("CPU-ms of an answer by trial, p50")
        axes.set_ylabel("nDCG@10, Cochrane")
        trials = next(iter(shown.values()))["trials"]
        axes.set_title(f"{trials:,} trials; the area is the memory of its own", fontsize=10)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None})
