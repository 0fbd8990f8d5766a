"""What can be ticked: what was found, most first, and what is ticked already."""

from api.pages.filter_choices import MOST_COUNTRIES, STATUSES, filter_choices
from search.filters import Filters

COUNTS = {
    "status": {"RECRUITING": 3, "COMPLETED": 7},
    "phase": {"PHASE3": 9, "PHASE1": 2, "NA": 5},
    "country": {f"Land {number}": 20 - number for number in range(15)},
}


def ticked(group):
    return [(option.value, option.count, option.chosen) for option in group.options]


def test_what_was_found_is_offered_with_its_count_statuses_by_number_and_phases_in_their_order():
    status, phase, country = filter_choices(Filters(), COUNTS)
    assert ticked(status) == [("COMPLETED", 7, False), ("RECRUITING", 3, False)]
    assert ticked(phase) == [("PHASE1", 2, False), ("PHASE3", 9, False)]
    assert ticked(country) == [(f"Land {number}", 20 - number, False) for number in range(MOST_COUNTRIES)]


def test_what_is_ticked_stays_though_nothing_has_it_and_a_country_is_spelled_as_found():
    filters = Filters(status=("WITHDRAWN",), phase=("PHASE4",), country=("land 14", "Atlantis"))
    status, phase, country = filter_choices(filters, COUNTS)
    assert ("WITHDRAWN", 0, True) in ticked(status)
    assert ("PHASE4", 0, True) in ticked(phase)
    assert ticked(country)[:3] == [("Land 14", 6, True), ("Atlantis", 0, True), ("Land 0", 20, False)]


def test_where_nothing_was_counted_one_can_still_choose():
    status, phase, country = filter_choices(Filters(), {})
    assert ticked(status) == [(value, None, False) for value in STATUSES]
    assert [option.words for option in phase.options] == ["Early phase 1", "Phase 1", "Phase 2", "Phase 3", "Phase 4"]
    assert country.options == ()
