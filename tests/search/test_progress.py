import io
import re

import pytest
from rich.console import Console

from search import progress as progress_module
from search.progress import progress_on


def test_elsewhere_than_on_a_terminal_a_stage_ends_in_one_plain_line() -> None:
    out = io.StringIO()
    with progress_on(Console(file=out)).stage("embedding", 12_000, "strings") as advance:
        assert out.getvalue() == ""
        advance(2_000)
        advance(10_000)

    assert out.getvalue() == "embedding: 12,000 strings in 0.0 s\n"


def test_a_long_stage_says_now_and_then_how_far_it_is_how_fast_and_how_long_it_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: now)
    out = io.StringIO()
    with progress_on(Console(file=out)).stage("embedding", 1_000, "strings") as advance:
        for now in (104.0, 109.9, 110.0, 119.0, 120.0):  # noqa: B007 - read by the clock above
            advance(100)

    assert out.getvalue().splitlines() == [
        "embedding: 300 of 1,000 strings, 30/s, 23 s left",
        "embedding: 500 of 1,000 strings, 25/s, 20 s left",
        "embedding: 500 strings in 20.0 s",
    ]


def test_a_stage_that_fails_does_not_say_that_it_ended() -> None:
    out = io.StringIO()
    with pytest.raises(OSError, match="disk"), progress_on(Console(file=out)).stage("writing", 10, "vectors"):
        raise OSError("disk full")

    assert out.getvalue() == ""


def test_on_a_terminal_a_stage_is_a_bar_with_counts_and_rate() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, color_system=None, _environ={"TERM": "xterm"})
    with progress_on(console).stage("embedding", 1_234, "strings") as advance:
        advance(1_000)
        advance(234)

    last = re.sub(r"\x1b\[[?0-9]*[A-Za-z]", "", out.getvalue()).splitlines()[-1]
    assert last.startswith("embedding")
    assert "━━━" in last
    assert "1234/1234" in last
    assert "strings/s" in last
