import numpy as np
import pyarrow as pa

from search.artefact.trial_table import SCHEMA, TrialTable, to_batch
from search.engine import SearchEngine
from search.facet_counts import COUNTED, facet_counts
from search.filters import allowed_rows, parse_filters
from search.trial import Intervention, Trial

TRIALS = TrialTable(
    pa.Table.from_batches(
        [
            to_batch(
                [
                    Trial(
                        trial_id="NCT00000001",
                        brief_title="Two drugs, two countries",
                        status="RECRUITING",
                        phases=("PHASE1", "PHASE2"),
                        interventions=(Intervention("A", "DRUG"), Intervention("B", "DRUG"), Intervention("C")),
                        countries=("France", "China", "France"),
                        sponsor_class="INDUSTRY",
                    ),
                    Trial(trial_id="NCT00000002", brief_title="Silent"),
                ]
            ),
            to_batch(
                [
                    Trial(
                        trial_id="NCT00000003",
                        brief_title="One of each",
                        status="COMPLETED",
                        phases=("PHASE2",),
                        interventions=(Intervention("D", "DEVICE"),),
                        countries=("China",),
                        study_type="INTERVENTIONAL",
                    )
                ]
            ),
        ],
        schema=SCHEMA,
    )
)


def test_a_trial_counts_once_for_each_of_its_values_and_silence_counts_nowhere() -> None:
    assert facet_counts(TRIALS, np.array([0, 1, 2])) == {
        "status": {"COMPLETED": 1, "RECRUITING": 1},
        "phase": {"PHASE2": 2, "PHASE1": 1},
        "study_type": {"INTERVENTIONAL": 1},
        "intervention_type": {"DEVICE": 1, "DRUG": 1},
        "country": {"China": 2, "France": 1},
        "sponsor_class": {"INDUSTRY": 1},
    }


def test_the_most_frequent_value_comes_first_and_equal_ones_by_name() -> None:
    assert list(facet_counts(TRIALS, np.array([2, 0]))["phase"]) == ["PHASE2", "PHASE1"]
    assert list(facet_counts(TRIALS, np.array([2, 0]))["status"]) == ["COMPLETED", "RECRUITING"]


def test_only_the_rows_given_are_counted() -> None:
    assert facet_counts(TRIALS, np.array([2]))["country"] == {"China": 1}
    assert facet_counts(TRIALS, np.array([], dtype=np.int64)) == {name: {} for name in COUNTED}


def test_a_filter_by_a_value_leaves_as_many_seeds_as_were_counted(seeds_engine: SearchEngine) -> None:
    trials = seeds_engine._artefact.trials
    counted = facet_counts(trials, np.arange(len(trials)))
    known = {name: len(values) for name, values in counted.items()}
    assert known["status"] >= 5
    assert known["country"] >= 10
    for name in ("status", "phase", "study_type", "intervention_type", "country", "sponsor_class"):
        for value, count in counted[name].items():
            allowed = allowed_rows(parse_filters(**{name: [value]}), trials)
            assert allowed is not None
            assert int(allowed.sum()) == count, (name, value)
