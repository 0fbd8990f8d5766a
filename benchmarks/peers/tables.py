"""The figures as the guide shows them: a row a figure, a column a system, the best of a row in bold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from benchmarks.peers.peer import OWN, PEERS

Found = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """A row: what it is called, how it is taken from what was found, how many decimals, and whether more is better."""

    title: str
    value: Callable[[Found], float | None]
    decimals: int = 1
    more_is_better: bool = False


def page(corpora: Mapping[str, Path]) -> str:
    """What was found about each corpus (its name -> the folder of what was found), and how each system was set up."""
    everything = {
        corpus: {name: orjson.loads(path.read_bytes()) for name in PEERS if (path := folder / f"{name}.json").exists()}
        for corpus, folder in corpora.items()
    }
    notes = []
    for name, entry in PEERS.items():
        results = [found[name] for found in everything.values() if "versions" in found.get(name, {})]
        if results:
            versions = ", ".join(f"{of} {version}" for of, version in results[-1]["versions"].items())
            notes.append(f"- **{entry.title}** ({versions}): {entry.setup}.")
    return "\n\n".join([*(section(corpus, found) for corpus, found in everything.items()), "\n".join(notes)])


def section(corpus: str, everything: Mapping[str, Found]) -> str:
    """What was found about a corpus, with where and when; what could not be measured is said."""
    found = {name: result for name, result in everything.items() if "failed" not in result}
    if not found:
        return f"Nothing was measured on the corpus {corpus}."
    one = next(iter(found.values()))
    dates = sorted({result["date"] for result in found.values()})
    shares = ", ".join(f"{share:.1%}" for share in one["shares"])
    parts = [
        f"### {one['trials']:,} trials",
        f"{one['machine']}; {' to '.join(dict.fromkeys([dates[0], dates[-1]]))}. "
        f"The filters leave {shares} of the trials.",
        comparison(found),
    ]
    reasons = {name: everything.get(name, {}).get("failed", "not measured") for name in PEERS if name not in found}
    if reasons:
        parts.append(" ".join(f"**{PEERS[name].title}**: {reason}." for name, reason in reasons.items()))
    if embedding := found.get(OWN, {}).get("embedding"):
        parts.append(embedding_text(embedding))
    return "\n\n".join(parts)


def comparison(found: Mapping[str, Found]) -> str:
    """A row a figure of FIGURES, without those that nobody has."""
    lines = [_row(["", *(PEERS[name].title for name in found)]), _row(["---", *["---:"] * len(found)])]
    for figure in _figures(next(iter(found.values()))["shares"]):
        values = [figure.value(result) for result in found.values()]
        if any(value is not None for value in values):
            lines.append(_row([figure.title, *cells(values, figure.decimals, more_is_better=figure.more_is_better)]))
    return "\n".join(lines)


def cells(values: Sequence[float | None], decimals: int, *, more_is_better: bool) -> list[str]:
    """Each value as text, the best in bold; values that look alike win together."""
    shown = [None if value is None else round(value, decimals) for value in values]
    known = [value for value in shown if value is not None]
    best = (max if more_is_better else min)(known) if known else None
    texts = ["" if value is None else f"{value:,.{decimals}f}" for value in shown]
    return [
        f"**{text}**" if value is not None and value == best else text for value, text in zip(shown, texts, strict=True)
    ]


def embedding_text(rates: Mapping[str, float]) -> str:
    """What comes before any of these builds, and is left out of them."""
    plain = rates["passages"] / rates["plain_per_cpu_second"]
    own = rates["strings"] / rates["own_per_cpu_second"]
    return (
        f"Embedding comes before every build but that of bm25s and is left out above. "
        f"`SentenceTransformer.encode` embeds {rates['plain_per_cpu_second']:.1f} passages in a CPU-second, "
        f"so {plain / 3600:.2f} CPU-hours for the {rates['passages']:,.0f} of these trials. A build of Trialkin embeds "
        f"{rates['own_per_cpu_second']:.1f} strings in one, so {own / 3600:.2f} CPU-hours for the "
        f"{rates['strings']:,.0f} distinct ones: titles, passages, summaries and terms. Both are rates of 300 texts at "
        f"random, extended to all."
    )


def _figures(shares: Sequence[float]) -> list[Figure]:
    """The rows."""
    rows = [
        Figure("nDCG@10 by trial (Cochrane)", lambda of: of.get("relevance"), 3, more_is_better=True),
        Figure("build, s", lambda of: of["build"]["wall"]),
        Figure("build, CPU-s", lambda of: of["build"]["cpu"]),
        Figure("on disk, MiB", lambda of: of["bytes"] / 2**20, 0),
        Figure("memory of its own, MiB, asked by trial", lambda of: of["memory_similar"]["own"], 0),
        Figure("files and memory mapped, MiB", lambda of: of["memory_similar"]["mapped"], 0),
        Figure("memory of its own, MiB, asked by text too", lambda of: of["memory_texts"]["own"], 0),
        Figure("first answer by trial, s", lambda of: of["first_similar"], 2),
        Figure("first answer by text, s", lambda of: of.get("first_text"), 2),
        *_times("by trial", lambda of: of["similar"]),
        Figure("by trial, index recall@10", lambda of: of["similar"]["recall"], 3, more_is_better=True),
        *_times("by text", lambda of: of.get("texts")),
    ]
    for place, share in enumerate(shares):
        title = f"filtered to {share:.1%}"

        def timed(of: Found, place: int = place) -> Any:
            return of["filtered"][place]

        rows += _times(title, timed)
        rows += [
            Figure(f"{title}, returned of 10", lambda of, timed=timed: timed(of)["returned"], 1, more_is_better=True),  # type: ignore[misc]
            Figure(f"{title}, recall@10", lambda of, timed=timed: timed(of)["recall"], 3, more_is_better=True),  # type: ignore[misc]
        ]
    return rows


def _times(title: str, timed: Callable[[Found], Any]) -> list[Figure]:
    def percentile(kind: str, percent: int) -> Callable[[Found], float | None]:
        return lambda of: None if timed(of) is None else float(np.percentile(timed(of)[kind], percent))

    return [
        Figure(f"{title}, p50 CPU-ms", percentile("cpu", 50)),
        Figure(f"{title}, p99 CPU-ms", percentile("cpu", 99)),
        Figure(f"{title}, p50 ms", percentile("wall", 50)),
        Figure(f"{title}, p99 ms", percentile("wall", 99)),
    ]


def _row(texts: Sequence[str]) -> str:
    return f"| {' | '.join(texts)} |"
