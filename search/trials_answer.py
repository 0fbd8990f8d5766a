"""Several trials by their identifiers, as the API sends them."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field

from search.answer import BuildInfo, TrialDetail, build_info, trial_detail
from search.engine import SearchEngine
from search.errors import UnknownTrial
from search.trial import Trial


class TrialsAnswer(BaseModel):
    """The trials that were asked for."""

    model_config = ConfigDict(frozen=True)

    build: BuildInfo
    trials: tuple[TrialDetail, ...] = Field(description="In the order asked for, each once.")
    missing: tuple[str, ...] = Field(
        description="Ids of trials that are not in this index.", examples=[["NCT99999999"]]
    )


def trials_answer(engine: SearchEngine, identifiers: Iterable[str]) -> TrialsAnswer:
    """The trials that `identifiers` name, and which are not there. Raises BadInput where one is no identifier."""
    found: dict[str, Trial] = {}
    missing: dict[str, None] = {}
    for identifier in identifiers:
        try:
            trial = engine.trial(identifier)
        except UnknownTrial:
            missing[identifier] = None
        else:
            found[trial.trial_id] = trial
    return TrialsAnswer(
        build=build_info(engine.manifest),
        trials=tuple(trial_detail(trial) for trial in found.values()),
        missing=tuple(missing),
    )
