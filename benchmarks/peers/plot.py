"""The figures as a picture: how dear an answer is, how good, and how much memory it takes."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import orjson
from matplotlib.figure import Figure

from benchmarks.peers.peer import OWN, PEERS


def plot(found: Path, path: Path) -> None:
    """A bubble a system of those found that have labels: the area is the memory of its own."""
    results: dict[str, Any] = {
        name: orjson.loads((found / f"{name}.json").read_bytes()) for name in PEERS if (found / f"{name}.json").exists()
    }
    shown = {name: result for name, result in results.items() if "relevance" in result}
    # So that a run without changes leaves the file as it was.
    with mpl.rc_context({"svg.hashsalt": "peers", "font.size": 10}):
        figure = Figure(figsize=(7.5, 4.5), layout="constrained")
        axes = figure.subplots()
        for name, result in shown.items():
            cost, mib = float(np.percentile(result["similar"]["cpu"], 50)), result["memory_similar"]["own"]
            color = "tab:orange" if name == OWN else "tab:blue"
            axes.scatter([cost], [result["relevance"]], s=[mib], color=color, alpha=0.5, linewidths=0)
            axes.annotate(f"{PEERS[name].title}, {mib:,.0f} MiB", (cost, result["relevance"]), ha="center", va="center")
        axes.set_xscale("log")
        axes.margins(0.15)
        axes.set_xlabel("CPU-ms of an answer by trial, p50")
        axes.set_ylabel("nDCG@10, Cochrane")
        trials = next(iter(shown.values()))["trials"] if shown else 0
        axes.set_title(f"{trials:,} trials; the area is the memory of its own", fontsize=10)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None})
