"""How far a long command is: a bar with rate and time left on a terminal, a plain line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.text import Text

SECONDS_BETWEEN_LINES = 10.0

Advance = Callable[[int], None]
"""Called with how many units of work are done since the last call."""


class Progress(Protocol):
    """Shows the stages of a long command, one after the other."""

    def stage(self, title: str, total: int, unit: str) -> AbstractContextManager[Advance]:
        """One stage of `total` units of work."""
        ...


class TerminalProgress:
    """A bar, the rate and the time left."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def stage(self, title: str, total: int, unit: str) -> Iterator[Advance]:
        """One stage of `total` units of work."""
        columns = (
            TextColumn("{task.description:<12}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(unit),
            TimeRemainingColumn(),
        )
        with Bars(*columns, console=self._console) as bars:
            task = bars.add_task(title, total=total)
            yield lambda done: bars.advance(task, done)


class PlainProgress:
    """A line when a stage ends, and one every ten seconds before."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def stage(self, title: str, total: int, unit: str) -> Iterator[Advance]:
        """One stage of `total` units of work."""
        started = said = time.monotonic()
        done = 0

        def advance(more: int) -> None:
            nonlocal done, said
            done += more
            now = time.monotonic()
            if now - said >= SECONDS_BETWEEN_LINES:
                said = now
                rate = done / (now - started)
                left = f", {(total - done) / rate:.0f} s left" if rate else ""
                self._say(f"{title}: {done:,} of {total:,} {unit}, {rate:,.0f}/s{left}")

        yield advance
        seconds = time.monotonic() - started
        self._say(f"{title}: {done:,} {unit} in {seconds:.1f} s")

    def _say(self, line: str) -> None:
        self._console.print(line, highlight=False, soft_wrap=True)


def progress_on(console: Console) -> Progress:
    """Bars where `console` is a terminal, plain lines where it is not."""
    return TerminalProgress(console) if console.is_terminal else PlainProgress(console)


class _Rate(ProgressColumn):
    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f} {self._unit}/s")
