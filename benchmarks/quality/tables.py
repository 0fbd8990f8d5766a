"""The tables of docs/relevance.md."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from search.comparison import Comparison
from search.engine import SearchEngine

BEGIN, END = "<!-- quality: begin -->", "<!-- quality: end -->"


def comparison_table(compared: Comparison) -> str:
    """A row a system; those after the first with what the first has over them."""
    measure = compared.measures[0]
    best = max(means[measure] for means in compared.means.values())
    heads = ["system", *compared.measures, f"engine's lead in {measure} (95% interval)", "wins-losses"]
    lines = [_row(heads), _row(["---", *["---:"] * (len(heads) - 1)])]
    for name, means in compared.means.items():
        numbers = [_decimals(means[measure]) for measure in compared.measures]
        if means[measure] == best:
            numbers[0] = f"**{numbers[0]}**"
        lead = wins = ""
        if name != compared.first:
            found = compared.differences[name][measure]
            # The difference is that of the baseline; its lead is the engine's, turned round.
            lead = f"{_signed(-found.mean)} ({_signed(-found.high)} to {_signed(-found.low)})"
            wins = f"{found.losses}-{found.wins}"
        lines.append(_row([name, *numbers, lead, wins]))
    return "\n".join(lines)


def ablation_table(by_labels: Mapping[str, Comparison]) -> str:
    """A row a leg left out, label set by label set; the first ranking of each is the whole engine."""
    lines = [_row(["labels", "engine without", "measure", "value", "lost (95% interval)", "worse-better"])]
    lines.append(_row(["---", "---", "---", *["---:"] * 3]))
    for title, compared in by_labels.items():
        measure = compared.measures[0]
        for name, means in compared.means.items():
            left_out, lost, queries = "nothing", "", ""
            if name != compared.first:
                found = compared.differences[name][measure]
                left_out = name
                lost = f"{_signed(-found.mean)} ({_signed(-found.high)} to {_signed(-found.low)})"
                queries = f"{found.losses}-{found.wins}"
            lines.append(_row([title, left_out, measure, _decimals(means[measure]), lost, queries]))
    return "\n".join(lines)


def incumbent_table(engine: SearchEngine, query: str, incumbent: Sequence[str]) -> str:
    """What the registry's own page lists for `query` beside the engine's first trials."""
    own = [hit.trial.trial_id for hit in engine.similar(query, k=len(incumbent)).hits]
    everything = engine.similar(query, k=100).hits
    rank = {hit.trial.trial_id: hit.rank for hit in everything}
    lines = [_row(["rank", "the registry's page", "engine's rank", "the engine"]), _row(["---:", "---", "---:", "---"])]
    for place, (theirs, ours) in enumerate(zip(incumbent, own, strict=True), start=1):
        shown = str(rank.get(theirs, "beyond 100"))
        lines.append(_row([str(place), _named(engine, theirs), shown, _named(engine, ours)]))
    return "\n".join(lines)


def put_between_markers(path: Path, text: str, *, begin: str = BEGIN, end: str = END) -> None:
    """Replace what stands between two markers in the file `path`."""
    page = path.read_text(encoding="utf-8")
    fresh, found = re.subn(
        f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: f"{begin}\n{text}\n{end}", page, flags=re.DOTALL
    )
    if found != 1:
        raise ValueError(f"{path} should hold {begin} and {end} once")
    path.write_text(fresh, encoding="utf-8")


def _named(engine: SearchEngine, trial_id: str) -> str:
    return f"{trial_id} {engine.trial(trial_id).brief_title}".replace("|", "/")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _decimals(value: float) -> str:
    """Three decimals without the leading zero: .331, 1.000."""
    return f"{value:.3f}".removeprefix("0")


def _signed(value: float) -> str:
    return f"{value:+z.3f}".replace("0.", ".", 1)
