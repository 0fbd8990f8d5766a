import re

import pytest
from typer import Typer

import search.errors
from api.problems import STATUS_OF
from search.cli.app import EXIT_FAILED, EXIT_MISUSED, run
from search.errors import BadInput, TrialkinError


def every_error(base=TrialkinError):
    return [base, *(error for child in base.__subclasses__() for error in every_error(child))]


def test_the_tree_in_the_docstring_is_the_tree_of_classes():
    drawn = {}
    path = []
    for line in search.errors.__doc__.splitlines():
        if match := re.match(r"(?P<lead>[│├└─ ]*)(?P<name>[A-Z]\w+)(?:\s{2,}|$)", line):
            depth = len(match["lead"]) // 4
            path[depth:] = [match["name"]]
            drawn[match["name"]] = path[depth - 1] if depth else None

    classes = {error.__name__: error.__mro__[1].__name__ for error in every_error()}
    classes["TrialkinError"] = None
    assert drawn == classes


@pytest.mark.parametrize("error", [error for error in every_error() if error is not TrialkinError])
def test_every_error_has_one_http_status(error):
    assert [kind.__name__ for kind in STATUS_OF if issubclass(error, kind)] == [
        "BadInput" if issubclass(error, BadInput) else error.__name__
    ]


@pytest.mark.parametrize("error", every_error())
def test_every_error_ends_a_command_with_its_message_and_no_traceback(error, capsys):
    app = Typer()

    @app.command()
    def fail():
        raise error("what is wrong, and what to do next")

    with pytest.raises(SystemExit) as stopped:
        run(lambda: app(args=[]))

    assert stopped.value.code == (EXIT_MISUSED if issubclass(error, BadInput) else EXIT_FAILED)
    assert capsys.readouterr().err == "error: what is wrong, and what to do next\n"


def test_bad_input_is_a_value_error_so_that_pydantic_says_where_it_was():
    assert issubclass(BadInput, ValueError)
