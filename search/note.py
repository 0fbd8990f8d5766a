"""Why a list is as short as it is, in words."""

from search.hits import Hits
from search.listing import Listing


def note(found: Hits, listing: Listing) -> str | None:
    """Why there are fewer hits than were asked for, and what the day of first posting left out; None for nothing."""
    causes = [] if len(found.hits) == listing.k else [_cause(found, listing)]
    if found.undated:
        causes.append(f"{_count(found.undated, 'trial')} left out, since nobody knows when they were first posted")
    return "; ".join(causes) or None


def _cause(found: Hits, listing: Listing) -> str:
    if listing.min_band is not None and not found.banded:
        return (
            "no trial has a band here: bands were measured for questions by one trial, with balanced weights and the "
            "encoder that comes with Trialkin; min_score sets a bound for any question"
        )
    if found.good_enough < len(found.candidates):
        bounds = [
            *([f"are {listing.min_band} or better"] if listing.min_band else []),
            *([f"reach a score of {listing.min_score:g}"] if listing.min_score is not None else []),
        ]
        return f"{_count(found.good_enough, 'trial')} {' and '.join(bounds)}".replace("trial are", "trial is")
    if found.entries < found.good_enough:
        return f"the {_count(found.good_enough, 'trial')} that come close enough are of {found.entries:,} programmes"
    if listing.offset and listing.offset >= found.entries:
        return f"the list ends at rank {found.entries:,}"
    if found.entries < found.eligible:
        return "no other trial comes close enough"
    if found.phrases:
        said = " and ".join(f'"{phrase}"' for phrase in found.phrases)
        whose = " of those that the filters leave" if _filtered(listing) else ""
        return f"{_count(found.eligible, 'trial')}{whose} {'says' if found.eligible == 1 else 'say'} {said}"
    trial = "other trial" if found.question.positives else "trial"
    left = {0: f"no {trial}"}.get(found.eligible, f"only {_count(found.eligible, trial)}")
    if _filtered(listing):
        return f"the filters leave {left}; a trial fails a filter on what its record does not say"
    return f"the index holds {left}"


def _filtered(listing: Listing) -> bool:
    return bool(listing.filters.given() or listing.exclude or listing.as_of)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
