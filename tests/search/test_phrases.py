import numpy as np
import pyarrow as pa
import pytest

from search.artefact.trial_table import TrialTable, to_batch
from search.engine import SearchEngine
from search.phrases import exact_tokens, quoted, rarest, rows_that_say, says, text_of
from search.trial import Intervention, Trial


@pytest.mark.parametrize("marks", ['""', "“”", "„“", "„”", "«»"])
def test_a_phrase_stands_in_quotation_marks_and_stays_in_the_text(marks: str) -> None:
    found = quoted(f"trials of {marks[0]}umbilical  cord{marks[1]} cells")
    assert found.phrases == ("umbilical cord",)
    assert found.text == "trials of umbilical  cord cells"


def test_several_phrases_are_found_in_order_and_each_once() -> None:
    assert quoted('"b c" or "a" or "b c"').phrases == ("b c", "a")


def test_a_single_mark_an_inch_and_an_apostrophe_quote_nothing() -> None:
    for text in ('5" needle', "Crohn's disease", 'empty "" marks', '"?!"'):
        assert quoted(text).phrases == ()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("cells of TH-SC01 in Crohn's disease", ("TH-SC01",)),
        ("IL-17A and TNFRSF1A in psoriasis", ("IL-17A", "TNFRSF1A")),
        ("NSC-631570, also called ukrain", ("NSC-631570",)),
        ("the ECLIPSE trial", ("ECLIPSE",)),
        ("an mRNA vaccine, an hTERT peptide", ("mRNA", "hTERT")),
        ("PD-L1 in NSCLC", ("PD-L1", "NSCLC")),
        ("phase 2 trial of 5mg or 10-20 mg in type-2 diabetes", ()),
        ("umbilical cord stem cells since 2019", ()),
        ("STEM CELLS FOR CROHN", ()),
        ("STEM CELLS TH-SC01", ("TH-SC01",)),
        ("TH-SC01 and TH-SC01", ("TH-SC01",)),
    ],
)
def test_exact_tokens_are_codes_genes_and_acronyms(text: str, tokens: tuple[str, ...]) -> None:
    assert exact_tokens(text) == tokens


def test_a_token_tells_as_much_as_its_rarest_word() -> None:
    rarity = {"th": 1.0, "sc01": 9.0, "covid": 2.0, "19": 1.5}.__getitem__
    assert rarest(("TH-SC01", "COVID-19"), rarity) == {"TH-SC01": 9.0, "COVID-19": 2.0}


@pytest.mark.parametrize(
    ("text", "phrase", "said"),
    [
        ("given TH SC 01 twice", "TH-SC01", True),
        ("given thsc01", "TH-SC01", True),
        ("given TH-SC010", "TH-SC01", False),
        ("IL-17 blocker", "IL-1", False),
        ("IL-1β blocker", "IL-1", False),
        ("Umbilical-cord derived", "umbilical cord", True),
        ("umbilicalcord", "umbilical cord", False),
        ("a cord, umbilical", "umbilical cord", False),
        ("doses 1020", "10-20", False),
        ("Crohn’s disease", "crohn's disease", True),  # noqa: RUF001 (the typeset apostrophe is the point)
        ("anything", "?!", False),
    ],
)
def test_a_phrase_is_said_as_whole_words_however_they_are_joined(text: str, phrase: str, said: bool) -> None:
    assert says(text, phrase) is said


TRIALS = [
    Trial(trial_id="NCT00000001", brief_title="A", org_study_id="TH-SC01-02"),
    Trial(trial_id="NCT00000002", brief_title="B", interventions=(Intervention("cells", None, ("TH-SC01",)),)),
    Trial(trial_id="NCT00000003", brief_title="C", brief_summary="Cells (THSC01) are given.", keywords=("cord",)),
    Trial(trial_id="NCT00000004", brief_title="Cells"),
]


def test_every_field_is_looked_into_and_rows_keep_their_order() -> None:
    table = TrialTable(pa.Table.from_batches([to_batch(TRIALS)]))
    assert rows_that_say("TH-SC01", table, np.array([3, 2, 1, 0])).tolist() == [False, True, True, True]
    assert rows_that_say("cord", table, np.array([0, 2])).tolist() == [False, True]
    assert rows_that_say("?", table, np.array([0, 2])).tolist() == [False, False]


def test_a_phrase_does_not_run_from_one_field_into_the_next_word() -> None:
    assert text_of(TRIALS[2]).splitlines() == ["NCT00000003", "C", "cord", "Cells (THSC01) are given."]


def test_a_quoted_code_finds_the_seeds_that_say_it(seeds_engine: SearchEngine) -> None:
    trials = seeds_engine._artefact.trials
    rows = np.arange(len(trials))
    found = {trials.trial_ids([row])[0] for row in rows[rows_that_say("whey protein", trials, rows)].tolist()}
    by_eye = {i for i in trials.trial_ids(rows.tolist()) if "whey protein" in text_of(seeds_engine.trial(i)).lower()}
    assert "NCT06755021" in found
    assert found == by_eye
