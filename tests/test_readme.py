"""README.md keeps its word: what it says to run runs, what it shows is printed, and nothing there is goes unsaid."""

import difflib
import re
import subprocess
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from api.app import create_app
from api.settings import Settings
from search.cli.app import COMMANDS_GROUP
from tests.readme import DOCUMENTS, ELSEWHERE, README, ROOT, Session, agree, steps, with_outputs

MARKDOWN = README.read_text(encoding="utf-8")
COMMANDS = sorted(entry_points(group=COMMANDS_GROUP), key=lambda command: command.name)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_command_runs_and_prints_what_is_shown(document: Path, tmp_path: Path) -> None:
    # One after another in one folder, as a reader does it: the index built first is asked later.
    differences: list[str] = []
    with Session(tmp_path) as session:
        for step in steps(document.read_text(encoding="utf-8")):
            if step.command.startswith(ELSEWHERE):
                continue
            printed = session.run(step.command)
            if step.shown is not None and not agree(step.shown, printed):
                lines = difflib.unified_diff(
                    step.shown.splitlines(), printed.splitlines(), document.name, step.command, lineterm=""
                )
                differences += lines
    assert not differences, "\n".join(["if what is printed now is right: make readme, and read git diff", *differences])


def test_the_commands_that_other_runs_carry_out_are_known_to_make_and_to_ci() -> None:
    told = [step.command for step in steps(MARKDOWN) if step.command.startswith("make ")]
    assert {"make demo", "make test"} <= set(told)
    for command in told:
        dry = subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, capture_output=True, text=True)
        assert dry.returncode == 0, dry.stderr
    gate = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    assert "step make demo" in gate
    assert "step make test" in gate


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_and_option_is_named(command) -> None:
    app = typer.Typer(add_completion=False)
    app.command(command.name)(command.load())
    options = {name for parameter in get_command(app).params for name in [*parameter.opts, *parameter.secondary_opts]}
    expected = {option for option in options if option.startswith("-")} - {"--help", "-h"}
    assert f"trialkin {command.name}" in MARKDOWN
    assert {option for option in expected if not re.search(rf"(?<![\w-]){option}(?![\w-])", MARKDOWN)} == set()


def test_every_route_is_named() -> None:
    routes = create_app(None, Settings()).openapi()["paths"]
    api = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert [route for route in routes if f"`{route}`" not in api] == []


def test_every_link_within_the_project_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", MARKDOWN)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_two_outputs_agree_where_only_the_last_digit_a_bar_or_a_build_differs() -> None:
    assert agree("1  0.67 ━━━━━━━╌╌╌  NCT02442037", "1  0.66 ━━━━━━╌╌╌╌  NCT02442037")
    assert agree("build 20261122T171729-003917, 1.7 MB", "build 20270101T000000-000001, 1.7 MB")
    assert not agree("1  0.67 ━━━━━━━╌╌╌  NCT02442037", "1  0.69 ━━━━━━━╌╌╌  NCT02442037")
    assert not agree("1  0.67  NCT02442037", "1  0.67  NCT01221428")
    assert not agree("288 trials", "289 trials")
    assert not agree("one line", "one line\nand another")


def test_new_outputs_replace_the_shown_ones_and_leave_the_rest_alone() -> None:
    markdown = "Ask:\n\n```console\n$ echo one\nuno\n$ true\n```\n\n```sh\necho three\n```\n"
    assert [(step.command, step.shown) for step in steps(markdown)] == [
        ("echo one", "uno\n"),
        ("true", ""),
        ("echo three", None),
    ]
    assert with_outputs(markdown, {"echo one": "one\n", "true": ""}) == (
        "Ask:\n\n```console\n$ echo one\none\n\n$ true\n```\n\n```sh\necho three\n```\n"
    )
