"""Answers as tables for people."""

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from search.answer import Answer, HitItem, SharedItem
from search.vocabulary import words

_BAR_CELLS = 10


def print_answer(console: Console, answer: Answer) -> None:
    """The hits as a table, what they share below each title, and the note if there is one."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("#", justify="right")
    table.add_column("score", no_wrap=True)
    table.add_column("trial", no_wrap=True)
    table.add_column("title and what is shared", ratio=1, overflow="fold")
    table.add_column("status")
    table.add_column("phase")
    for hit in answer.hits:
        table.add_row(
            str(hit.rank),
            Text.assemble(f"{hit.score:.2f} ", (_bar(hit.score), "cyan")),
            Text(hit.nct_id, style=f"link {hit.url}"),
            _title_and_shared(hit),
            words(hit.status) if hit.status else "-",
            "/".join(words(phase).removeprefix("Phase ") for phase in hit.phases) or "-",
        )
    if answer.hits:
        console.print(table)
    else:
        console.print("no related trial")
    if answer.note:
        console.print(Text(answer.note, style="dim"))


def _title_and_shared(hit: HitItem) -> RenderableType:
    shared = "; ".join(_shared(item) for item in hit.shared)
    return Group(Text(hit.title), Text(shared, style="green")) if shared else Text(hit.title)


def _shared(item: SharedItem) -> str:
    if item.query_term.casefold() == item.hit_term.casefold():
        return f"{item.facet}: {item.hit_term}"
    return f"{item.facet}: {item.hit_term} ~ {item.query_term}"


def _bar(score: float) -> str:
    filled = round(max(0.0, min(1.0, score)) * _BAR_CELLS)
    return "━" * filled + "╌" * (_BAR_CELLS - filled)
