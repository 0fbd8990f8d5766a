"""The texts of a trial that are learned from, and which trials are held against each other.

That a record's own fields are its training data is the observation of Trial2Vec (Wang and Sun 2022). Unrelated trials
are told apart too easily to teach anything, so they come in batches of neighbours: the same condition with other
interventions, or the same intervention for other conditions.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from search.passage import condition_terms, intervention_terms, passage, tidy, title_text
from search.trial import Trial


def conditions_and_interventions(trial: Trial) -> str:
    """The terms of both facets as one text; empty where the record has none."""
    return "; ".join([*condition_terms(trial), *intervention_terms(trial)])


TEXTS: dict[str, Callable[[Trial], str]] = {
    "title": title_text,
    "facets": conditions_and_interventions,
    "passage": passage,
    "summary": lambda trial: tidy(trial.brief_summary or ""),
}
"""The texts of a trial, by name; empty where the record lacks them."""


def neighbourhood_order(trials: Sequence[Trial], *, seed: int) -> list[int]:
    """The places of all trials in an order where neighbours share a condition or, the next longest, an intervention.

    Each trial goes by one of its terms, drawn; terms come in drawn order. So consecutive trials make a batch in which
    telling two trials apart takes more than the name of the disease, and another seed makes other batches.
    """
    rng = random.Random(seed)
    terms = [[term.casefold() for term in (*condition_terms(trial), *intervention_terms(trial))] for trial in trials]
    counted = Counter(term for listed in terms for term in set(listed))
    place_of_term = list(counted)
    rng.shuffle(place_of_term)
    places = {term: number for number, term in enumerate(place_of_term)}
    keys: list[tuple[int, float]] = []
    for listed in terms:
        # A term that no other trial has makes no neighbourhood.
        shared = [term for term in listed if counted[term] > 1]
        keys.append((places[rng.choice(shared)] if shared else len(places), rng.random()))
    return sorted(range(len(trials)), key=keys.__getitem__)


def neighbourhood_batches(
    trials: Sequence[Trial], places: Sequence[int], *, size: int, seed: int
) -> Iterator[list[int]]:
    """Positions in `places` (which trial each training example is of), `size` at a time, neighbours together.

    Batches come in drawn order, and the last examples that fill none are left out.
    """
    rank = {place: number for number, place in enumerate(neighbourhood_order(trials, seed=seed))}
    ordered = sorted(range(len(places)), key=lambda position: rank[places[position]])
    batches = [ordered[start : start + size] for start in range(0, len(ordered) - size + 1, size)]
    random.Random(seed).shuffle(batches)
    yield from batches
