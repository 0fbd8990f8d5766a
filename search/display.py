"""Answers as tables for people."""

import shlex
from collections.abc import Iterator

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from search.answer import Answer, HitItem
from search.health import HealthReport
from search.reasons import ReasonKind
from search.vocabulary import Phase, Status, words

_BAR_CELLS = 10
_ROOM_FOR_A_BAR = 60
"""Columns of a terminal; a narrower one keeps the score's number alone."""
_REASONS_SHOWN = 3
"""Terms of a kind; some trials share dozens."""
_MEMBERS_SHOWN = 3
"""Trials of a programme; a compound may have dozens."""
_UNFOLDED = 10_000
"""Columns where there is no terminal: whoever reads a pipe (grep, a file) wants whole lines."""


def answer_console() -> Console:
    """Standard output: as wide as its terminal, or unfolded and without colours where it is none."""
    console = Console(highlight=False, markup=False)
    return console if console.is_terminal else Console(highlight=False, markup=False, width=_UNFOLDED)


def print_answer(console: Console, answer: Answer) -> None:
    """What was asked with, the hits as a table with what is known and why under each title, and any note."""
    with console.capture() as printed:
        if heading := _heading(answer):
            console.print(heading)
        if answer.hits:
            console.print(_table(answer, bars=console.width >= _ROOM_FOR_A_BAR))
        else:
            console.print("no trial found")
        for said in filter(None, [answer.cost, answer.note, _offer(answer)]):
            console.print(Text(said, style="dim"))
    # Padding would make whoever shows the lines in a narrower window wrap blanks.
    console.file.writelines(f"{line.rstrip()}\n" for line in printed.get().splitlines())
    console.file.flush()  # a closed pipe shows here, where it is dealt with


def print_health(console: Console, report: HealthReport) -> None:
    """The report as a table, with what is to be expected beside what was found, and the trials of most lists."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("", "found", "by chance"):
        table.add_column(column, justify="left" if not column else "right", no_wrap=bool(column))
    rows: tuple[tuple[str, float | None, float | None, str], ...] = (
        ("hubness: skew of how often each trial is listed", report.hubness, report.hubness_by_chance, ".2f"),
        ("trials that no list has", report.never, report.never_by_chance, ".1%"),
        (f"recommendations returned (of {report.reciprocity_checked:,})", report.reciprocal, None, ".1%"),
        (f"lists of fewer than {report.k}", report.short_lists, None, ".1%"),
        ("hits with a title said before", report.same_title, None, ".1%"),
        ("hits with neither condition nor intervention in common", report.no_shared_facet, None, ".1%"),
        ("hits without any reason", report.no_reason, None, ".1%"),
    )
    for said, found, chance, form in rows:
        table.add_row(said, *("" if value is None else format(value, form) for value in (found, chance)))
    console.print(f"The first {report.k} for {report.asked:,} of {report.trials:,} trials\n", style="bold")
    console.print(table)
    console.print("\nin most lists", style="bold")
    for hub in report.hubs:
        console.print(Text(f"{hub.lists:>7,}  {hub.id}  {hub.title}"))


def _heading(answer: Answer) -> Text:
    """A line for each trial asked with, and for a text beside them; nothing for a text alone."""
    asked = answer.query
    if not asked.positives:
        return Text()
    lines = [
        Text.assemble((f"Related to {one.id}", "bold"), f"  {one.title}", (_weight(one.weight), "dim"), "\n")
        for one in asked.positives
    ]
    lines += [Text.assemble((f"Unlike {one.id}", "bold"), f"  {one.title}\n") for one in asked.negatives]
    if asked.text and not (answer.named and asked.id):
        lines.append(Text.assemble(("And to the text", "bold"), f"  {asked.text}\n"))
    return Text().join(lines)


def _weight(weight: float) -> str:
    return "" if weight == 1 else f"  (weight {weight:g})"


def _offer(answer: Answer) -> str | None:
    """How the filters that a text seems to name would be asked for."""
    if answer.recognised is None:
        return None
    options = [
        _option(name, value)
        for name, given in answer.recognised.filters.items()
        for value in (given if isinstance(given, list) else [given])
    ]
    return f"to filter by what the text seems to say: {' '.join(options)}"


def _option(name: str, value: str | bool) -> str:
    if value is True or value is False:
        return "--has-results" if value else "--no-results"
    return f"--{name.replace('_', '-')} {shlex.quote(value.lower() if value.isupper() else value)}"


def _table(answer: Answer, *, bars: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("score", no_wrap=True)
    table.add_column("trial", no_wrap=True)
    table.add_column("title, status, phase, and why", overflow="fold")
    for hit in answer.hits:
        score = Text(f"{hit.score:z.2f}")
        if bars:
            score.append(f" {_bar(hit.score)}", style="cyan")
        if hit.band:
            score.append(f"\n{hit.band}", style="dim")
        table.add_row(
            str(hit.rank),
            score,
            Text(hit.id, style=f"link {hit.url}"),
            Group(
                Text(hit.title),
                Text(_state(hit), style="dim"),
                *(Text(line, style="green") for line in _reasons(hit)),
                *(Text(line, style="dim") for line in _programme(hit)),
            ),
        )
    return table


def _state(hit: HitItem) -> str:
    """Status and phase, as far as the record has them: "Completed, phase 2/3"."""
    if hit.status is None:
        status = "no status on record"
    else:
        status = "Unknown status" if hit.status == Status.UNKNOWN else words(hit.status)
    phases = "/".join(words(phase).lower() for phase in hit.phases if phase != Phase.NA)
    return ", ".join(filter(None, [status, phases.replace("/phase ", "/")]))


def _reasons(hit: HitItem) -> Iterator[str]:
    """A line for each kind of reason, in the hit's own words.

    The phase stands in the line above already, and half of all trials are of the same design.
    """
    by_kind: dict[ReasonKind, list[str]] = {}
    for reason in hit.reasons:
        said = f"{reason.hit_term} (through {reason.via})" if reason.via else reason.hit_term
        by_kind.setdefault(reason.kind, []).append(said)
    for kind in (ReasonKind.SAME_PHASE, ReasonKind.SAME_DESIGN):
        by_kind.pop(kind, None)
    for kind, found in by_kind.items():
        terms = list(dict.fromkeys(filter(None, found)))
        more = f"; and {len(terms) - _REASONS_SHOWN} more" if len(terms) > _REASONS_SHOWN else ""
        said = f": {'; '.join(terms[:_REASONS_SHOWN])}{more}" if terms else ""
        yield kind.replace("_", " ") + said


def _programme(hit: HitItem) -> Iterator[str]:
    """What stands behind the entry: "+3 in this programme: NCT00000002 (extension), …"."""
    if hit.programme:
        members = [f"{member.id} ({member.cause.replace('_', ' ')})" for member in hit.programme.members]
        more = f"; and {len(members) - _MEMBERS_SHOWN} more" if len(members) > _MEMBERS_SHOWN else ""
        yield f"+{hit.programme.count} in this programme: {'; '.join(members[:_MEMBERS_SHOWN])}{more}"


def _bar(score: float) -> str:
    filled = round(max(0.0, min(1.0, score)) * _BAR_CELLS)
    return "━" * filled + "╌" * (_BAR_CELLS - filled)
