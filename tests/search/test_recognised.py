import datetime
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.recognised import Recognised, recognised_filters

COUNTRIES = ["China", "France", "Guinea", "Korea, Republic of", "South Korea", "Turkey", "United States"]


def recognised(text: str) -> tuple[dict[str, Any], str] | None:
    found = recognised_filters(text, COUNTRIES)
    return found and (found.filters.given(), found.text)


@pytest.mark.parametrize(
    ("text", "filters", "rest"),
    [
        (
            "umbilical cord stem cells for Crohn's, recruiting in China",
            {"status": ["RECRUITING"], "country": ["China"]},
            "umbilical cord stem cells for Crohn's",
        ),
        ("not yet recruiting psoriasis trials", {"status": ["NOT_YET_RECRUITING"]}, "psoriasis trials"),
        ("asthma; active, not recruiting", {"status": ["ACTIVE_NOT_RECRUITING"]}, "asthma"),
        ("recruiting and completed trials of exosomes", {"status": ["RECRUITING", "COMPLETED"]}, "exosomes"),
        ("phase 2 trials of exosomes", {"phase": ["PHASE2"]}, "exosomes"),
        ("exosomes, Phase I/II", {"phase": ["PHASE1", "PHASE2"]}, "exosomes"),
        ("exosomes phase 2b or phase 3", {"phase": ["PHASE2", "PHASE3"]}, "exosomes"),
        ("early phase 1 exosomes", {"phase": ["EARLY_PHASE1"]}, "exosomes"),
        ("observational studies of asthma", {"study_type": ["OBSERVATIONAL"]}, "asthma"),
        ("industry-sponsored asthma trials", {"sponsor_class": ["INDUSTRY"]}, "asthma trials"),
        ("asthma trials with results", {"has_results": True}, "asthma trials"),
        ("asthma since 2020", {"start_from": "2020-01-01"}, "asthma"),
        ("asthma started after 2020", {"start_from": "2021-01-01"}, "asthma"),
        ("asthma before 2020", {"start_to": "2019-12-31"}, "asthma"),
        ("asthma from 2015 to 2019", {"start_from": "2015-01-01", "start_to": "2019-12-31"}, "asthma"),
        ("stem cells in France or China", {"country": ["France", "China"]}, "stem cells"),
        ("stem cells in the US", {"country": ["United States"]}, "stem cells"),
        ("stem cells, USA", {"country": ["United States"]}, "stem cells"),
        ("colitis China", {"country": ["China"]}, "colitis"),
    ],
)
def test_a_filter_in_plain_english_is_offered_with_what_is_left_to_ask(
    text: str, filters: dict[str, Any], rest: str
) -> None:
    assert recognised(text) == (filters, rest)


def test_a_country_that_the_registry_renamed_is_meant_under_both_names() -> None:
    assert recognised("asthma in Korea") == ({"country": ["South Korea", "Korea, Republic of"]}, "asthma")


@pytest.mark.parametrize(
    "text",
    [
        "umbilical cord stem cells for Crohn's",
        "guinea worm",  # not at the end, and nothing leads to it
        "turkey allergy",
        "tell us more about asthma",
        "patients who completed chemotherapy",
        "asthma in Atlantis",  # no such country in the corpus
        "stem cells in type 2 diabetes",
        "a second phase of rehabilitation",
        "phase 5",
        'the words "recruiting in China"',
        "",
    ],
)
def test_words_meant_otherwise_offer_nothing(text: str) -> None:
    assert recognised(text) is None


def test_only_countries_of_the_corpus_are_known() -> None:
    assert recognised_filters("asthma in Peru", ["Peru"]) is not None
    assert recognised_filters("asthma in Peru", []) is None


def test_where_all_of_a_text_is_filters_nothing_is_left_to_ask() -> None:
    assert recognised("Phase 3, recruiting, China") == (
        {"status": ["RECRUITING"], "phase": ["PHASE3"], "country": ["China"]},
        "",
    )


def test_the_filters_are_ready_to_use() -> None:
    found = recognised_filters("asthma since 2020", [])
    assert isinstance(found, Recognised)
    assert found.filters.start_from == datetime.date(2020, 1, 1)


WORDS = [
    "recruiting",
    "phase",
    "2",
    "I/II",
    "in",
    "the",
    "China",
    "or",
    "and",
    "since",
    "2020",
    "US",
    "trials",
    "of",
    "x",
]


@given(st.lists(st.sampled_from([*WORDS, ",", ";", ".", '"', "\0"])))
def test_no_order_of_words_breaks_it_and_what_is_left_is_part_of_the_text(words: list[str]) -> None:
    text = " ".join(words)
    found = recognised_filters(text, COUNTRIES)
    if found is not None:
        assert found.filters.given()
        assert set(re.findall(r"\w+", found.text)) <= set(re.findall(r"\w+", text))
