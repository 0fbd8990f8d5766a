import datetime

import numpy as np
import pyarrow as pa
import pytest

from search.artefact.trial_table import TrialTable, to_batch
from search.preference import BOUND, Preference, boosts
from search.trial import Trial

TODAY = datetime.date(2026, 1, 1)


def table(*fields: dict[str, str]) -> TrialTable:
    trials = [Trial(trial_id=f"NCT{n:08}", brief_title="A trial", **given) for n, given in enumerate(fields)]
    return TrialTable(pa.Table.from_batches([to_batch(trials)]))


def newer(*fields: dict[str, str]) -> list[float]:
    return boosts(Preference.NEWER, table(*fields), np.arange(len(fields)), today=TODAY).tolist()


def test_a_trial_one_can_join_gets_all_and_one_that_opens_soon_half() -> None:
    statuses = ("COMPLETED", "RECRUITING", "NOT_YET_RECRUITING", "UNKNOWN", "SOMETHING_NEW")
    found = boosts(
        Preference.RECRUITING, table(*({"status": s} for s in statuses), {}), np.array([1, 0, 2, 3, 4, 5]), today=TODAY
    )
    assert found.tolist() == pytest.approx([BOUND, 0, BOUND / 2, 0, 0, 0])


def test_new_fades_by_equal_steps_over_ten_years() -> None:
    # 2021-01-01 is 1,826 of 3,652 days before.
    found = newer({"first_posted_date": "2026-01-01"}, {"first_posted_date": "2021-01-01"}, {"start_date": "2005"})
    assert found == pytest.approx([BOUND, BOUND / 2, 0])


def test_first_posting_goes_before_start_and_start_stands_in_for_it() -> None:
    both, start_only, silent = newer(
        {"first_posted_date": "2021-01-01", "start_date": "2026-01-01"}, {"start_date": "2021-01-01"}, {}
    )
    assert (both, start_only, silent) == pytest.approx((BOUND / 2, BOUND / 2, 0))


def test_a_date_to_come_is_as_new_as_can_be_and_a_year_counts_from_its_first_day() -> None:
    ahead, year, day = newer({"start_date": "2027-05"}, {"start_date": "2021"}, {"start_date": "2021-01-01"})
    assert ahead == pytest.approx(BOUND)
    assert year == day


@pytest.mark.parametrize("preference", list(Preference))
def test_no_wish_adds_more_than_its_bound(preference: Preference) -> None:
    statuses = ("RECRUITING", "AVAILABLE", "TERMINATED")
    dates = ("1999", "2025-12", "2030-01-01")
    trials = table(*({"status": s, "start_date": d} for s in statuses for d in dates))
    found = boosts(preference, trials, np.arange(9), today=TODAY)
    assert found.shape == (9,)
    assert found.min() >= 0
    assert found.max() == pytest.approx(BOUND)
    assert boosts(preference, trials, np.array([], dtype=np.int64), today=TODAY).tolist() == []
