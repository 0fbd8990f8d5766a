"""`trialkin serve --check`: whether the server would start and answer."""

from api.settings import Settings
from search.artefact.reading import open_current
from search.engine import SearchEngine


def report(settings: Settings) -> str:
    """The settings in effect, and what is live, opened and asked once. Raises what serving it would raise."""
    artefact = open_current(settings.index)
    (first,) = artefact.trials.trial_ids([0])
    SearchEngine(artefact).similar(first, k=1)
    manifest = artefact.manifest
    lines = [f"{name} = {_shown(value)}" for name, value in settings]
    return "\n".join([*lines, f"settings and build {manifest.build_id} are sound: {manifest.counts.trials:,} trials"])


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)
