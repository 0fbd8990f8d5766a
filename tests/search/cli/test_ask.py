"""`trialkin similar` of several trials, and how lists are wanted."""

import json

import pytest
from typer import Typer

from search.answer import answer
from search.cli.app import EXIT_MISUSED, run
from search.cli.ask import search, similar
from search.listing import Listing
from search.preference import Preference
from search.programme import Collapse
from search.question import Question

UC, CORD, WHEY = "NCT06853522", "NCT01221428", "NCT06755021"


@pytest.fixture
def ask(seeds_root, capsys):
    """Runs a command on the seeds; its exit code, output and errors."""
    app = Typer()
    app.command("similar")(similar)
    app.command("search")(search)

    def command(*arguments):
        with pytest.raises(SystemExit) as stopped:
            run(lambda: app(args=[*arguments, "--index", str(seeds_root)]))
        return (stopped.value.code, *capsys.readouterr())

    return command


def test_several_trials_with_weights_trials_to_be_unlike_and_a_text(ask, seeds_engine):
    code, out, err = ask(
        "similar", f"{UC}=2", CORD.lower(), "--unlike", WHEY, "--text", "in children", "-k", "4", "--json"
    )
    question = Question(positives={UC: 2.0, CORD.lower(): 1.0}, negatives=(WHEY,), text="in children")
    assert (code, err) == (0, "")
    assert json.loads(out) == answer(seeds_engine, question, Listing(k=4)).model_dump(mode="json")


def test_every_option_of_a_list_reaches_the_listing(ask, seeds_engine):
    code, out, err = ask(
        *["similar", UC, "-k", "5", "--offset", "2", "--min-score", "0.1", "--exclude", CORD, "--diversity", "0.3"],
        *["--collapse", "programme", "--prefer", "recruiting", "--json"],
    )
    listing = Listing(
        k=5, offset=2, min_score=0.1, exclude=(CORD,), diversity=0.3, collapse=Collapse.PROGRAMME,
        prefer=Preference.RECRUITING,
    )  # fmt: skip
    told = answer(seeds_engine, Question(positives={UC: 1.0}), listing)
    assert (code, err) == (0, "")
    assert json.loads(out) == told.model_dump(mode="json")


def test_the_table_names_all_that_was_asked_and_what_a_wish_cost(ask):
    _, out, _ = ask("similar", f"{UC}=2", CORD, "--unlike", WHEY, "--prefer", "newer", "-k", "2")
    lines = out.splitlines()
    assert lines[0].startswith(f"Related to {UC}  hucMSCs Exosomes")
    assert lines[0].endswith("(weight 2)")
    assert lines[1].startswith(f"Related to {CORD}  ")
    assert lines[2] == f"Unlike {WHEY}  Whey Protein Milk-Derived Exosomes"
    assert lines[3] == ""
    assert lines[-1].startswith("preferring newer adds at most 0.05 to what a trial is ranked by: ")


def test_the_table_offers_the_filters_that_a_text_names(ask):
    _, out, _ = ask("search", "colitis, not yet recruiting in China", "-k", "1")
    assert (
        out.splitlines()[-1] == "to filter by what the text seems to say: --status not_yet_recruiting --country China"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([f"{UC}=heavy"], "'heavy' is no weight; write NCT06853522=2"),
        ([f"{UC}=0"], "the weight of NCT06853522 is 0; it must be above 0 and at most 100"),
        ([UC, "--min-band", "good"], "'good' is no Band; known: strong, moderate, weak"),
        ([UC, "--as-of", "soon"], "'soon' is no date; write 2015, 2015-05 or 2015-05-17"),
        ([UC, "--unlike", UC], "NCT06853522 is to be like and to be unlike at once; name it once"),
    ],
)
def test_a_mistake_is_told_in_one_line(ask, arguments, message):
    assert ask("similar", *arguments) == (EXIT_MISUSED, "", f"error: {message}\n")
