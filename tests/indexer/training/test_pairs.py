"""Which texts of which trials are held against each other."""

import itertools

from indexer.training.pairs import TEXTS, neighbourhood_batches, neighbourhood_order
from search.trial import Intervention, Trial


def trial(number, condition, intervention="", summary=None):
    interventions = (Intervention(name=intervention),) if intervention else ()
    return Trial(
        trial_id=f"NCT{number:08}",
        brief_title=f"Trial {number}",
        conditions=(condition,),
        interventions=interventions,
        brief_summary=summary,
    )


def test_the_texts_of_a_trial_are_tidy_and_empty_where_the_record_lacks_them():
    full, bare = trial(1, "Asthma", "Salbutamol", "Eases  breath."), trial(2, "Gout")
    assert {name: text(full) for name, text in TEXTS.items()} == {
        "title": "Trial 1",
        "facets": "Asthma; Salbutamol",
        "passage": "Trial 1. Conditions: Asthma. Interventions: Salbutamol",
        "summary": "Eases breath.",
    }
    assert TEXTS["summary"](bare) == ""


def test_trials_of_one_condition_or_intervention_stand_together() -> None:
    trials = [trial(number, ("Asthma", "Gout", "Psoriasis")[number % 3]) for number in range(30)]
    order = neighbourhood_order(trials, seed=1)
    assert sorted(order) == list(range(30))
    runs = [order[0] % 3] + [b % 3 for a, b in itertools.pairwise(order) if a % 3 != b % 3]
    assert sorted(runs) == [0, 1, 2]
    assert order != neighbourhood_order(trials, seed=2)
    assert order == neighbourhood_order(trials, seed=1)


def test_a_trial_goes_by_its_intervention_too() -> None:
    trials = [trial(number, f"Condition {number}", "Placebo" if number < 5 else "Aspirin") for number in range(10)]
    order = neighbourhood_order(trials, seed=0)
    assert {frozenset(order[:5]), frozenset(order[5:])} == {frozenset(range(5)), frozenset(range(5, 10))}


def test_batches_hold_neighbours_and_every_example_at_most_once() -> None:
    trials = [trial(number, ("Asthma", "Gout")[number % 2]) for number in range(20)]
    places = [place for place in range(20) for _ in range(2)]  # two examples of each trial
    batches = list(neighbourhood_batches(trials, places, size=20, seed=3))
    assert sorted(position for batch in batches for position in batch) == list(range(40))
    assert {frozenset(places[position] % 2 for position in batch) for batch in batches} == {
        frozenset({0}), frozenset({1})
    }  # fmt: skip
