import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.sources import ictrp_values as values
from indexer.sources.ictrp_countries import countries
from indexer.sources.ictrp_interventions import interventions
from search.dates import date_bounds
from search.vocabulary import Phase, Status


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("HbA1c &amp;lt;7 and &gt;5", "HbA1c <7 and >5"),
        ("a<br/>b &lt;BR&gt; c", "a\nb \n c"),
        ("<p class='x'>H<sub>2</sub>O</p>", "H2O"),
        ("x <y and z> w", "x <y and z> w"),
        ("soft\n  wrapped&nbsp;line", "soft wrapped line"),
    ],
)
def test_a_text_is_cleaned_of_markup_and_of_nothing_else(text: str, clean: str) -> None:
    assert values.cleaned(text) == clean


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Stroke;Migraine&lt;br&gt;Asthma; ;N/A;", ["Stroke", "Migraine", "Asthma"]),
        ("Crohn&#39;s disease", ["Crohn's disease"]),
        ("-", []),
        ("", []),
    ],
)
def test_a_list_is_split_as_ictrp_writes_it(text: str, parts: list[str]) -> None:
    assert values.parts(text) == parts


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Recruiting", "RECRUITING"),
        ("Open public recruiting", "RECRUITING"),
        ("Not yet recruiting", "NOT_YET_RECRUITING"),
        ("Active, not recruiting", "ACTIVE_NOT_RECRUITING"),
        ("Complete: follow-up complete", "COMPLETED"),
        ("Complete: Follow up continuing", "ACTIVE_NOT_RECRUITING"),
        ("Temporarily closed", "SUSPENDED"),
        ("Stopped early", "TERMINATED"),
        ("Not Recruiting", "Not Recruiting"),
        ("Not Available", "Not Available"),
        ("Authorised-recruitment may be ongoing or finished", "Authorised-recruitment may be ongoing or finished"),
    ],
)
def test_a_status_is_the_api_s_where_the_two_clearly_are_one(text: str, status: str) -> None:
    assert values.status(text) == status


def test_every_status_that_is_given_is_one_of_the_api_s() -> None:
    assert {values.status(said) for said in values._STATUS_OF} <= set(Status)


@pytest.mark.parametrize(
    ("text", "phases"),
    [
        ("Phase 2", ["PHASE2"]),
        ("2", ["PHASE2"]),
        ("IIa", ["PHASE2"]),
        ("Phase-3", ["PHASE3"]),
        ("Phase III", ["PHASE3"]),
        ("II-III", ["PHASE2", "PHASE3"]),
        ("Phase 1/ Phase 2", ["PHASE1", "PHASE2"]),
        ("Phase I,II", ["PHASE1", "PHASE2"]),
        ("1 to 2", ["PHASE1", "PHASE2"]),
        ("I+II (Phase I+Phase II)", ["PHASE1", "PHASE2"]),
        ("IV (Phase IV study)", ["PHASE4"]),
        ("0", ["EARLY_PHASE1"]),
        ("0 (exploratory trials)", ["EARLY_PHASE1"]),
        ("Early Phase 1", ["EARLY_PHASE1"]),
        ("N/A", ["NA"]),
        ("Not Applicable", ["NA"]),
        ("Human pharmacology (Phase I): noTherapeutic exploratory (Phase II): yes", ["PHASE2"]),
        ("Human pharmacology (Phase I): no", []),
        ("Retrospective study", ["Retrospective study"]),
        ("02-Jan", ["02-Jan"]),
        ("Phase 5", ["Phase 5"]),
    ],
)
def test_a_phase_is_the_api_s_however_a_registry_numbers_it(text: str, phases: list[str]) -> None:
    assert values.phases(text) == phases


def test_every_way_to_write_a_phase_gives_one_of_the_api_s() -> None:
    ways = [f"{word}{number}" for word in ("", "Phase ", "phase-", "Phase") for number in ("1", "II", "iii", "4", "0")]
    assert {phase for way in ways for phase in values.phases(way)} <= set(Phase)


@pytest.mark.parametrize(
    ("text", "design"),
    [
        ("Non-randomised, open label, single arm", ("NON_RANDOMIZED", "SINGLE_GROUP", "NONE", "")),
        ("Randomized, parallel group trial", ("RANDOMIZED", "PARALLEL", "", "")),
        (
            "Purpose: Treatment; Allocation: Randomised controlled trial; Masking: Open (masking not used);"
            "Assignment: Crossover;",
            ("RANDOMIZED", "CROSSOVER", "NONE", "TREATMENT"),
        ),
        ("Controlled: yes Randomised: no Open: yes Double blind: no Cross over: no", ("", "", "NONE", "")),
        ("Masking: No", ("", "", "NONE", "")),
        # Both are named, so neither is known.
        ("Parallel, then crossover; single blind or double blind", ("", "", "", "")),
        ("", ("", "", "", "")),
    ],
)
def test_a_design_is_read_where_it_names_one_thing(text: str, design: tuple[str, ...]) -> None:
    assert tuple(values.design(text).values()) == design


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        *(
            ("Both", "ALL"),
            ("All", "ALL"),
            ("Male and Female", "ALL"),
            ("Females", "FEMALE"),
            ("M", ""),
            ("Male", "MALE"),
        ),
        *(("Female: yes<br>Male: no<br>", "FEMALE"), ("Female: no\nMale: yes", "MALE"), ("Women", "FEMALE"), ("-", "")),
    ],
)
def test_who_may_take_part(text: str, sex: str) -> None:
    assert values.sex(text) == sex


@pytest.mark.parametrize(
    ("text", "age"),
    [
        *(("18", "18 Years"), ("18Y", "18 Years"), ("18 years", "18 Years"), ("18 Years-old", "18 Years")),
        *(("1 Year", "1 Year"), ("6 Months", "6 Months"), ("6M", "6 Months"), ("2 Weeks", "2 Weeks"), ("0", "0 Years")),
        *(("No limit", ""), ("N/A", ""), ("999", ""), ("-1", ""), ("", "")),
    ],
)
def test_an_age_has_a_number_and_a_unit(text: str, age: str) -> None:
    assert values.age(text) == age


@pytest.mark.parametrize(
    ("text", "date"),
    [
        *(("20190402", "2019-04-02"), ("2019-04-02", "2019-04-02"), ("02/04/2019", "2019-04-02")),
        *(("2019/4/2", "2019-04-02"), ("02-04-2019", "2019-04-02"), ("2 April 2019", "2019-04-02")),
        *(("April 2, 2019", "2019-04-02"), ("April 2019", "2019-04"), ("2019-04", "2019-04"), ("2019", "2019")),
        *(
            ("2019-04-02 00:00:00.000", "2019-04-02"),
            ("10/04/2026 04:51:51", "2026-04-10"),
            ("2-Apr-2019", "2019-04-02"),
        ),
        # There is no month 28, so the month stands first.
        *(("08/28/2026", "2026-08-28"), ("31/02/2020", ""), ("soon", ""), ("", "")),
    ],
)
def test_a_date_is_read_in_every_style_the_day_before_the_month(text: str, date: str) -> None:
    assert values.date(text) == date


@given(st.text(max_size=30))
def test_a_date_is_whole_or_partial_or_nothing(text: str) -> None:
    if date := values.date(text):
        date_bounds(date)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("120", 120),
        ("Drug:49;Placebo:51;", 100),
        ("about 120", None),
        ("Drug:49;Placebo", None),
        ("²", None),
        ("", None),
    ],
)
def test_how_many_take_part_is_one_number_or_the_sum_of_the_arms(text: str, size: int | None) -> None:
    assert values.target_size(text) == size


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("Health Condition 1: K519- Ulcerative colitis, unspecified", ["Ulcerative colitis, unspecified"]),
        ("Topic: Gastroenterology; Subtopic: All; Disease: Crohn's disease", ["Crohn's disease"]),
        ("Stroke;stroke;P53-mutated cancer", ["Stroke", "P53-mutated cancer"]),
        ("K51.9 - Ulcerative colitis", ["Ulcerative colitis"]),
        ("", []),
    ],
)
def test_conditions_stand_without_codes_and_what_they_are_filed_under(text: str, conditions: list[str]) -> None:
    assert values.conditions(text) == conditions


def test_secondary_ids_are_those_with_a_digit() -> None:
    assert values.secondary_ids("Nil known;UC-1;EudraCT 2019-001234-56", "uc-1;NCT00000001;none") == [
        "UC-1",
        "EudraCT 2019-001234-56",
        "NCT00000001",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Drug: Infliximab;Other: Diet", [("Infliximab", "DRUG", []), ("Diet", "OTHER", [])]),
        ("Intervention1: Zinc: 20 mg;Control Intervention1: Nil", [("Zinc: 20 mg", None, []), ("Nil", None, [])]),
        (
            "Trade Name: A<br>INN or Proposed INN: B<br>Concentration number: 2-<br>INN or Proposed INN: C<br>"
            "Trade Name: D",
            [("B", None, ["A"]), ("C", None, []), ("D", None, [])],
        ),
        ("Pharmaceutical Form of the placebo: Tablet<br>Route of administration of the placebo: Oral use", []),
        ("", []),
    ],
)
def test_interventions_have_their_type_or_their_other_names(
    text: str, found: list[tuple[str, str | None, list[str]]]
) -> None:
    assert [(item["name"], item.get("type"), item.get("otherNames", [])) for item in interventions(text)] == found


def test_countries_go_by_the_registry_s_names_so_that_one_filter_finds_them() -> None:
    assert countries(
        "England;Scotland;United States of America;iran (islamic republic of)<br>Chile;Korea, Republic of"
    ) == [*("United Kingdom", "United Kingdom", "United States", "Iran", "Chile", "South Korea")]
