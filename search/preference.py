"""What else one may wish of related trials: that one can still join them, or that they are new.

A wish moves trials among those that are nearly equally related. It adds at most BOUND to a score, so that a trial
better by more than that stays above, whatever is wished.
"""

import datetime
from collections.abc import Callable, Mapping
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from search.artefact.trial_table import TrialTable
from search.vectors import Rows
from search.vocabulary import Status

BOUND = 0.05
"""The most that a wish adds to a score; a third of the way from one band to the next."""
FADES_IN_DAYS = 3652
"""A trial that came up this long ago, ten years, is not new at all."""

_OPEN: Mapping[Status, float] = {
    Status.RECRUITING: 1.0,
    Status.AVAILABLE: 1.0,
    Status.NOT_YET_RECRUITING: 0.5,
    Status.ENROLLING_BY_INVITATION: 0.5,
}
"""How much of the wish a status fulfils; any other none of it."""

Boosts = NDArray[np.float32]


class Preference(StrEnum):
    """What is wished for."""

    RECRUITING = "recruiting"
    NEWER = "newer"


def boosts(preference: Preference, trials: TrialTable, rows: Rows, *, today: datetime.date) -> Boosts:
    """(len(rows),) what the wish adds to the scores of `rows`, from 0 to BOUND.

    Recruiting: all of it where people can join, half where they soon can or on invitation. Newer: all of it for what
    came up on `today` or later, less by equal steps to nothing at FADES_IN_DAYS; by first posting, else by start. Who
    wants the same answer from the same build at any time gives the build's own date as `today`. A trial whose record
    is silent gets nothing.
    """
    return (BOUND * _SHARES[preference](trials, rows, today)).astype(np.float32)


def _open(trials: TrialTable, rows: Rows, _today: datetime.date) -> NDArray[np.float64]:
    return np.array([_OPEN.get(status, 0.0) for status in trials.values("status", rows).to_pylist()], np.float64)


def _new(trials: TrialTable, rows: Rows, today: datetime.date) -> NDArray[np.float64]:
    # The first day that a partial date can mean: a trial of "2020" is not taken for newer than one of 2020-06.
    since = pc.coalesce(trials.values("posted_first", rows), trials.values("start_first", rows))
    ages = pc.days_between(since, pa.scalar(today, pa.date32())).cast(pa.float64()).to_numpy(zero_copy_only=False)
    shares: NDArray[np.float64] = np.nan_to_num(1 - np.clip(ages, 0, FADES_IN_DAYS) / FADES_IN_DAYS, nan=0.0)
    return shares


_SHARES: Mapping[Preference, Callable[[TrialTable, Rows, datetime.date], NDArray[np.float64]]] = {
    Preference.RECRUITING: _open,
    Preference.NEWER: _new,
}
