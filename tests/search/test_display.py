"""The table for people, at the widths they have."""

import io
import re

import pytest
from rich.console import Console

from search.answer import Answer, BuildInfo, HitItem, MemberItem, ProgrammeItem, ReasonItem, RecognisedItem
from search.asked import Asked, NamedItem, PositiveItem
from search.display import print_answer
from search.reasons import ReasonKind

BUILD = BuildInfo(build_id="1", encoder="hashing", trials=9, data_date=None)
LONG_TITLE = (
    "A Study to Evaluate the Safety and Efficacy of Upadacitinib (ABT-494) for Induction and Maintenance Therapy "
    "in Participants With Moderately to Severely Active Ulcerative Colitis (UC)"
)


def hit(**given):
    """A hit with nothing on record but what is given."""
    empty = dict.fromkeys(HitItem.model_fields, None)
    lists = {"phases": (), "conditions": (), "interventions": (), "countries": (), "reasons": (), "parts": {}}
    known = {
        "id": "NCT00000001",
        "nct_id": "NCT00000001",
        "title": "A trial",
        "rank": 1,
        "score": 0.5,
        "url": "https://x.test",
    }
    return HitItem(**{**empty, **lists, **known, **given})


def reasons(kind, *terms, via=None):
    return tuple(ReasonItem(kind=kind, query_term="asked", hit_term=term, likeness=1.0, via=via) for term in terms)


def printed(*hits, width=80, note=None, **asked):
    """The lines that a terminal of `width` shows."""
    asked = asked or {"positives": [PositiveItem(id="NCT06853522", title="What was asked", weight=1.0)]}
    console = Console(file=io.StringIO(), width=width, force_terminal=True, highlight=False)
    print_answer(console, Answer(query=Asked(k=10, **asked), build=BUILD, hits=hits, note=note))
    text = re.sub(r"\x1b\]8;[^\\]*\\|\x1b\[[0-9;]*m", "", console.file.getvalue())
    return [line.rstrip() for line in text.splitlines()]


def test_a_hit_at_eighty_columns():
    lines = printed(
        hit(
            title=LONG_TITLE,
            score=0.674,
            status="ACTIVE_NOT_RECRUITING",
            phases=("PHASE2", "PHASE3"),
            reasons=(
                *reasons(ReasonKind.SAME_CONDITION, "Ulcerative Colitis"),
                *reasons(ReasonKind.RELATED_INTERVENTION, "Stem Cells", "Exosomes"),
                *reasons(ReasonKind.SAME_PHASE, "PHASE2"),
            ),
        )
    )
    assert lines == [
        "Related to NCT06853522  What was asked",
        "",
        "#  score            trial        title, status, phase, and why",
        "1  0.67 ━━━━━━━╌╌╌  NCT00000001  A Study to Evaluate the Safety and Efficacy of",
        "                                 Upadacitinib (ABT-494) for Induction and",
        "                                 Maintenance Therapy in Participants With",
        "                                 Moderately to Severely Active Ulcerative",
        "                                 Colitis (UC)",
        "                                 Active not recruiting, phase 2/3",
        "                                 same condition: Ulcerative Colitis",
        "                                 related intervention: Stem Cells; Exosomes",
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_at_any_width_all_is_shown_and_no_line_is_longer(width):
    lines = printed(
        hit(title=LONG_TITLE, status="COMPLETED", reasons=reasons(ReasonKind.SAME_CONDITION, "Ulcerative Colitis")),
        width=width,
    )
    assert max(map(len, lines)) <= width
    told = " ".join(line.split("NCT00000001")[-1].strip() for line in lines[2:])
    assert f"{LONG_TITLE} Completed same condition: Ulcerative Colitis" in told


@pytest.mark.parametrize(
    ("status", "phases", "state"),
    [
        (None, (), "no status on record"),
        (None, ("PHASE2",), "no status on record, phase 2"),
        ("UNKNOWN", ("PHASE1", "PHASE2"), "Unknown status, phase 1/2"),
        ("NOT_YET_RECRUITING", ("EARLY_PHASE1",), "Not yet recruiting, early phase 1"),
        ("RECRUITING", ("NA",), "Recruiting"),
        ("A_STATUS_OF_TOMORROW", (), "A status of tomorrow"),
    ],
)
def test_status_and_phase_are_said_as_far_as_they_are_known(status, phases, state):
    assert printed(hit(status=status, phases=phases))[-1].strip() == state


def test_of_many_terms_of_a_kind_the_first_are_shown_once_each():
    lines = printed(hit(reasons=reasons(ReasonKind.SAME_CONDITION, "A", "B", "A", "C", "D", "E")), width=120)
    assert lines[-1].strip() == "same condition: A; B; C; and 2 more"


def test_a_heading_that_two_conditions_meet_through_is_named():
    via = reasons(ReasonKind.RELATED_CONDITION, "Crohn Disease", via="Inflammatory Bowel Diseases")
    lines = printed(hit(reasons=via), width=120)
    assert lines[-1].strip() == "related condition: Crohn Disease (through Inflammatory Bowel Diseases)"


def test_the_band_stands_below_the_score():
    lines = printed(hit(title="One", band="moderate", status="RECRUITING"))
    assert lines[3:] == [
        "1  0.50 ━━━━━╌╌╌╌╌  NCT00000001  One",
        "   moderate                      Recruiting",
    ]


def test_ten_ranks_and_odd_scores_stay_in_their_columns():
    scores = [1.0, 0.96, 0.5, 0.049, 0.0, -0.001, 0.3, 0.2, 0.1, 0.05]
    lines = printed(*(hit(rank=rank, score=score, status="COMPLETED") for rank, score in enumerate(scores, start=1)))
    assert [line[:22] for line in lines if "NCT" in line[:40]][1:] == [
        " 1  1.00 ━━━━━━━━━━  N",
        " 2  0.96 ━━━━━━━━━━  N",
        " 3  0.50 ━━━━━╌╌╌╌╌  N",
        " 4  0.05 ╌╌╌╌╌╌╌╌╌╌  N",
        " 5  0.00 ╌╌╌╌╌╌╌╌╌╌  N",
        " 6  0.00 ╌╌╌╌╌╌╌╌╌╌  N",
        " 7  0.30 ━━━╌╌╌╌╌╌╌  N",
        " 8  0.20 ━━╌╌╌╌╌╌╌╌  N",
        " 9  0.10 ━╌╌╌╌╌╌╌╌╌  N",
        "10  0.05 ╌╌╌╌╌╌╌╌╌╌  N",
    ]


def test_nothing_found_says_so_and_why():
    assert printed(note="the filters leave no trial", text="stem cells") == [
        "no trial found",
        "the filters leave no trial",
    ]


def test_square_brackets_of_a_title_are_not_taken_for_markup():
    assert printed(hit(title="Vaccine [bold] for [/x] colitis"))[3].endswith("Vaccine [bold] for [/x] colitis")


def test_all_that_was_asked_with_stands_above_the_list():
    lines = printed(
        hit(title="One", status="RECRUITING"),
        positives=[PositiveItem(id="A", title="First", weight=2.0), PositiveItem(id="B", title="Second", weight=1.0)],
        negatives=[NamedItem(id="C", title="Third")],
        text="in children",
    )
    assert lines[:5] == [
        "Related to A  First  (weight 2)",
        "Related to B  Second",
        "Unlike C  Third",
        "And to the text  in children",
        "",
    ]


def test_a_programme_stands_below_the_trial_that_stands_for_it():
    members = [MemberItem(id=f"NCT0000000{n}", title="x", cause="long_term_follow_up") for n in range(2, 7)]
    lines = printed(hit(status="RECRUITING", programme=ProgrammeItem(count=5, members=members)), width=240)
    assert lines[-1].strip() == (
        "+5 in this programme: NCT00000002 (long term follow up); NCT00000003 (long term follow up); "
        "NCT00000004 (long term follow up); and 2 more"
    )


def test_filters_that_a_text_names_are_offered_as_options():
    given = {"status": ["RECRUITING"], "country": ["United States"], "start_from": "2020-01-01", "has_results": False}
    console = Console(file=io.StringIO(), width=200, force_terminal=True)
    told = RecognisedItem(filters=given, text="colitis")
    print_answer(console, Answer(query=Asked(k=1, text="x"), build=BUILD, hits=(), recognised=told, cost="It cost."))
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in console.file.getvalue().splitlines()]
    assert lines == [
        "no trial found",
        "It cost.",
        "to filter by what the text seems to say: --status recruiting --country 'United States' "
        "--start-from 2020-01-01 --no-results",
    ]
