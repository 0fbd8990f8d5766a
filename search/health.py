"""How a whole index recommends, without labels: who is in every list, who in none, and what the lists hold."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.engine import SearchEngine
from search.errors import BadInput
from search.hits import Hit
from search.lexical import words_of
from search.passage import title_text
from search.progress import Progress
from search.reasons import CONDITION_KINDS, INTERVENTION_KINDS

HUBS_SHOWN = 10
_NOBODY = -1

Lists = NDArray[np.int32]
"""(asked, k) the rows recommended for each trial asked, best first; -1 where a list is shorter."""


@dataclass(frozen=True, slots=True)
class Hub:
    """A trial that is in many lists."""

    id: str
    title: str
    lists: int


@dataclass(frozen=True, slots=True)
class HealthReport:
    """What the lists of the trials asked are like. Shares are from 0 to 1, None where there is nothing to share out."""

    trials: int
    asked: int
    k: int
    hubness: float | None
    """Skewness of the k-occurrences (Radovanović, Nanopoulos and Ivanović 2010)."""
    hubness_by_chance: float | None
    """The same where each list were drawn at random."""
    hubs: tuple[Hub, ...]
    """Of the most lists first."""
    never: float
    """Share of all trials that no list has."""
    never_by_chance: float
    reciprocal: float | None
    """Share of recommendations that are returned: the trial asked is in the other one's list too."""
    reciprocity_checked: int
    """Recommendations looked at for it."""
    short_lists: float
    """Share of lists with fewer than k trials."""
    same_title: float | None
    """Share of hits with the title of the trial asked, or of a better hit."""
    no_shared_facet: float | None
    """Share of hits that share neither condition nor intervention, as far as reasons can tell."""
    no_reason: float | None
    """Share of hits that have no reason at all."""


def health_report(
    engine: SearchEngine, *, sample: int | None, progress: Progress, k: int = 10, seed: int = 0
) -> HealthReport:
    """What the first `k` are like for every trial of the index, or for `sample` of them drawn by `seed`.

    Memory is k numbers a trial asked and one a trial of the index. Where all are asked, all recommendations are
    checked for being returned; of a sample one of each list, whose own list has to be asked for. Raises BadInput.
    """
    trials = len(engine.artefact.trials)
    if sample is not None and sample < 1:
        raise BadInput(f"a sample of {sample} says nothing; ask for 1 trial or more")
    if trials < 2:
        raise BadInput("an index of one trial recommends nothing")
    random = np.random.default_rng(seed)
    asked = np.arange(trials) if sample is None or sample >= trials else np.sort(random.permutation(trials)[:sample])
    lists = np.full((len(asked), k), _NOBODY, dtype=np.int32)
    hits_seen = same_title = no_shared_facet = no_reason = 0
    with progress.stage("asking", len(asked), "trials") as advance:
        for place, row in enumerate(asked.tolist()):
            identifier, hits = _ask(engine, row, k)
            lists[place, : len(hits)] = [engine.artefact.identifiers.row(hit.trial.trial_id) for hit in hits]
            same_title += sum(_same_titles(engine.trial(identifier).brief_title, hits))
            hits_seen += len(hits)
            no_shared_facet += sum(not _shares_a_facet(hit) for hit in hits)
            no_reason += sum(not hit.reasons for hit in hits)
            advance(1)
    returned = (
        _all_returned(lists)
        if len(asked) == trials
        else np.array(list(_some_returned(engine, asked, lists, random, progress)), dtype=np.bool_)
    )
    counts = np.bincount(lists[lists != _NOBODY], minlength=trials)
    mean = hits_seen / trials
    return HealthReport(
        trials=trials,
        asked=len(asked),
        k=k,
        hubness=skewness(counts),
        hubness_by_chance=1 / math.sqrt(mean) if mean else None,  # of a Poisson distribution
        hubs=_hubs(engine, counts),
        never=float(np.mean(counts == 0)),
        never_by_chance=math.exp(-mean),
        reciprocal=float(returned.mean()) if len(returned) else None,
        reciprocity_checked=len(returned),
        short_lists=float(np.mean(lists[:, -1] == _NOBODY)),
        same_title=_share(same_title, hits_seen),
        no_shared_facet=_share(no_shared_facet, hits_seen),
        no_reason=_share(no_reason, hits_seen),
    )


def skewness(counts: NDArray[np.int64]) -> float | None:
    """Third standardised moment of `counts`; None where they are all the same."""
    deviations = counts - counts.mean()
    spread = float(np.sqrt(np.mean(deviations**2)))
    return float(np.mean(deviations**3)) / spread**3 if spread else None


def _ask(engine: SearchEngine, row: int, k: int) -> tuple[str, tuple[Hit, ...]]:
    (identifier,) = engine.artefact.trials.trial_ids([row])
    return identifier, engine.similar(identifier, k=k).hits


def _all_returned(lists: Lists) -> NDArray[np.bool_]:
    """(recommendations,) whether each is returned, where `lists` has a list for every trial, in row order."""
    trials, k = lists.shape
    asked = np.repeat(np.arange(trials, dtype=np.int64), k)
    found = lists.ravel().astype(np.int64)
    asked, found = asked[found != _NOBODY], found[found != _NOBODY]
    # Each recommendation as one number, so that those of the other direction can be looked up among them.
    returned: NDArray[np.bool_] = np.isin(found * trials + asked, asked * trials + found)
    return returned


def _some_returned(
    engine: SearchEngine, asked: NDArray[np.int64], lists: Lists, random: np.random.Generator, progress: Progress
) -> Iterator[bool]:
    """For one recommendation of each list, drawn at random, whether it is returned."""
    with progress.stage("asking back", len(asked), "trials") as advance:
        for row, found in zip(asked.tolist(), lists, strict=True):
            there = found[found != _NOBODY]
            if len(there):
                _, hits = _ask(engine, int(random.choice(there)), lists.shape[1])
                yield row in [engine.artefact.identifiers.row(hit.trial.trial_id) for hit in hits]
            advance(1)


def _same_titles(asked: str, hits: tuple[Hit, ...]) -> Iterator[bool]:
    """Of each hit whether its title has been said before, in the same words in the same order."""
    seen = {tuple(words_of(asked))}
    for hit in hits:
        words = tuple(words_of(title_text(hit.trial)))
        yield words in seen
        seen.add(words)


def _shares_a_facet(hit: Hit) -> bool:
    return any(reason.kind in (*CONDITION_KINDS, *INTERVENTION_KINDS) for reason in hit.reasons)


def _hubs(engine: SearchEngine, counts: NDArray[np.int64]) -> tuple[Hub, ...]:
    rows = np.lexsort((np.arange(len(counts)), -counts))[:HUBS_SHOWN]
    trials = (engine.artefact.trials.trial(row) for row in rows.tolist())
    return tuple(
        Hub(trial.trial_id, trial.brief_title, int(counts[row])) for row, trial in zip(rows, trials, strict=True)
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
