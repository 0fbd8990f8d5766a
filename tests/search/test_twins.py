import pytest

from search.trial import Trial
from search.twins import is_same_trial


def trial(trial_id, *secondary_ids, aliases=()):
    return Trial(trial_id=trial_id, brief_title="a", secondary_ids=secondary_ids, aliases=aliases)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (trial("NCT00000001", "2019-001234-56"), trial("EUCTR2019-001234-56")),
        (trial("NCT00000001"), trial("EUCTR2019-001234-56", "GUT-1", "nct 00000009", "NCT00000001")),
        (trial("ISRCTN12345678", "EudraCT: 2019-001234-56 (GUT-1)"), trial("EUCTR2019-001234-56")),
    ],
)
def test_a_trial_that_another_registry_has_too_is_the_same_either_way_round(first, second):
    assert is_same_trial(first, second)
    assert is_same_trial(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # The record of an extension names its parent, which is another trial.
        (trial("NCT00000001", "NCT00000002"), trial("NCT00000002")),
        (trial("NCT00000001", "2019-001234-56"), trial("EUCTR2020-001234-56")),
        (trial("NCT00000001", "GUT-1"), trial("ISRCTN12345678", "GUT-1")),
        (trial("NCT00000001"), trial("NCT00000001")),
    ],
)
def test_other_trials_are_not(first, second):
    assert not is_same_trial(first, second)
