"""The texts of a trial that are learned from."""

from indexer.training.pairs import TEXTS
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
