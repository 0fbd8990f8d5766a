"""One trial in two registries: an NCT id beside the EudraCT number that its record names."""

from search.trial import Trial
from search.trial_id import registry_of, trial_ids_in


def is_same_trial(first: Trial, second: Trial) -> bool:
    """Whether one of the two names the other, which has its id of another registry.

    Within a registry an id in a record is that of a parent or an extension, so it says nothing.
    """
    if registry_of(first.trial_id) == registry_of(second.trial_id):
        return False
    return second.trial_id in ids_named_by(first) or first.trial_id in ids_named_by(second)


def ids_named_by(trial: Trial) -> set[str]:
    """The trial ids among a trial's aliases and secondary ids."""
    return {trial_id for other in (*trial.aliases, *trial.secondary_ids) for trial_id in trial_ids_in(other)}
