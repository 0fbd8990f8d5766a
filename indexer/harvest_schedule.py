"""Which pass over the registry is due.

The first is full. Later ones ask for what was updated since, with some days' overlap, because a day is as fine as the
registry tells updates apart. Now and then all ids are compared, because what is gone is in no delta; and now and then a
pass is full again, because the registry's own headings (derivedSection) change without an update of the study. All of
it is counted by the registry's data timestamp, so no clock of ours matters.
"""

import datetime

from indexer.harvest_state import HarvestState, Pass, PassKind
from indexer.registry.fields import FINGERPRINT

OVERLAP = datetime.timedelta(days=3)
COMPARE_IDS_EVERY = datetime.timedelta(days=7)
FULL_PASS_EVERY = datetime.timedelta(days=30)


def due_pass(state: HarvestState, release: str, *, full: bool) -> Pass | None:
    """The next pass, of `release`; None where the store is in step. `full` makes it one of every study."""
    kind = _due(state, release, full=full)
    if kind is None:
        return None
    since = None
    if kind is PassKind.DELTA and state.complete:
        since = (_time(state.complete) - OVERLAP).date().isoformat()
    return Pass(kind=kind, release=release, since=since)


def _due(state: HarvestState, release: str, *, full: bool) -> PassKind | None:
    if full or state.full is None or state.complete is None or state.fields != FINGERPRINT:
        return PassKind.FULL
    if not state.selection.can_be_followed:
        return PassKind.FULL if state.complete != release else None
    if _time(release) - _time(state.full) >= FULL_PASS_EVERY:
        return PassKind.FULL
    if state.complete != release:
        return PassKind.DELTA
    if _time(release) - _time(state.reconciled or state.full) >= COMPARE_IDS_EVERY:
        return PassKind.IDS
    return None


def _time(data_timestamp: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(data_timestamp)
