"""From ranked candidates to the page of the list that was asked for.

Every step that a Listing can ask for comes after scoring and is off by default: a wish moves trials among nearly equal
ones, bounds cut the list off, diversity spreads it, and what belongs to one programme becomes one entry.
"""

import dataclasses
import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.artefact.trial_table import TrialTable
from search.bands import is_at_least
from search.diversity import diversified
from search.listing import Listing
from search.preference import BOUND, boosts
from search.programme import collapse
from search.ranking import Ranked, best_first
from search.vectors import Scores

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list: the place of a candidate, and of those of its programme with what says so."""

    place: int
    members: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """The entries of one page, and what the whole list holds."""

    page: Sequence[Entry]
    good_enough: int
    entries: int
    cost: str | None


def choose(ranked: Ranked, listing: Listing, trials: TrialTable, *, banded: bool, today: datetime.date) -> Choice:
    """The page of `ranked` that `listing` asks for; `today` is the day that what is newer is newer by."""
    worth = ranked.scores
    places = ranked.best_first
    if listing.prefer is not None:
        worth = worth + boosts(listing.prefer, trials, ranked.candidates.rows, today=today)
        places = best_first(ranked.candidates, worth)
    places = _good_enough(ranked, places, listing, banded=banded)
    places = _spread(ranked, places, worth, listing)
    page, entries = _page(ranked, places, listing, trials)
    cost = None
    if listing.prefer is not None and page:
        plain = choose(ranked, dataclasses.replace(listing, prefer=None), trials, banded=banded, today=today)
        cost = _cost(ranked, page, plain.page, listing)
    return Choice(page, len(places), entries, cost)


def _good_enough(ranked: Ranked, places: Places, listing: Listing, *, banded: bool) -> Places:
    """Those of `places` that reach the least score and band, as they are shown."""
    if listing.min_band is not None and not banded:
        return places[:0]
    if listing.min_score is not None:
        places = np.array([place for place in places if ranked.score(place) >= listing.min_score], np.intp)
    if listing.min_band is not None:
        places = np.array([place for place in places if is_at_least(listing.min_band, ranked.score(place))], np.intp)
    return places


def _spread(ranked: Ranked, places: Places, worth: Scores, listing: Listing) -> Places:
    """`places` with those alike drawn apart, five pages at a time, so that one page follows from the one before."""
    if not listing.diversity:
        return places
    pool, candidates, spread = listing.k * 5, ranked.candidates, []
    for start in range(0, min(len(places), listing.offset + listing.k), pool):
        block = places[start : start + pool]
        passages, titles = candidates.passages[block], candidates.titles[block]
        likeness = (passages @ passages.T + titles @ titles.T) / 2
        order = diversified(worth[block], likeness, k=len(block), diversity=listing.diversity)
        spread.append(block[order])
    done = sum(map(len, spread))
    return np.concatenate([*spread, places[done:]])


def _page(ranked: Ranked, places: Places, listing: Listing, trials: TrialTable) -> tuple[Sequence[Entry], int]:
    """The entries of the page, and how many the list has; of a programme the best trial stands for it."""
    wanted = slice(listing.offset, listing.offset + listing.k)
    if listing.collapse is None:
        return [Entry(int(place)) for place in places[wanted]], len(places)
    groups = collapse(trials.trials(ranked.candidates.rows[places]))
    return [
        Entry(int(places[group.leader]), tuple((int(places[place]), str(cause)) for place, cause in group.members))
        for group in groups[wanted]
    ], len(groups)


def _cost(ranked: Ranked, page: Sequence[Entry], plain: Sequence[Entry], listing: Listing) -> str:
    """What the wish did to the page, against the same page without it."""
    now, before = ([entry.place for entry in entries] for entries in (page, plain))
    came = len(set(now) - set(before))
    mean, without = (sum(ranked.score(place) for place in places) / max(1, len(places)) for places in (now, before))
    return (
        f"preferring {listing.prefer} adds at most {BOUND:g} to what a trial is ranked by: {came} of {len(now)} trials "
        f"moved in, and the mean score is {mean:.4f} instead of {without:.4f}"
    )
