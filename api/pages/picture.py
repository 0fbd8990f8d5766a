"""The picture of a trial's neighbourhood as the page draws it, and the table that says the same."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from api.pages.neighbourhood import HEIGHT, MOST, RADIUS, WIDTH, neighbourhood
from search.answer import HitItem
from search.engine import SearchEngine
from search.reasons import ReasonKind

CONDITION_WORDS = {"same": "Same condition", "related": "Related condition", "other": "Other or not on record"}


@dataclass(frozen=True, slots=True)
class Point:
    """A hit where it is drawn, how like the trial asked about it is, and the listed trial that is most like it."""

    hit: HitItem
    x: float
    y: float
    likeness: float
    condition: str
    nearest: HitItem | None


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn, in units of the picture; `kept` is the percentage of differences that the plane keeps."""

    width: float
    height: float
    radius: float
    kept: int
    centre: tuple[float, float]
    points: tuple[Point, ...]


def picture_of(engine: SearchEngine, trial_id: str, hits: Sequence[HitItem]) -> Picture:
    """The neighbourhood of a trial, as far as the first MOST of `hits`, of which there is at least one."""
    hits = hits[:MOST]
    likeness = engine.likeness([trial_id, *(hit.id for hit in hits)])
    drawn = neighbourhood(likeness)
    among = likeness[1:, 1:].copy()
    np.fill_diagonal(among, -np.inf)
    nearest = among.argmax(axis=1).tolist()
    return Picture(
        width=WIDTH,
        height=HEIGHT,
        radius=RADIUS,
        kept=round(100 * drawn.kept),
        centre=drawn.places[0],
        points=tuple(
            Point(hit, x, y, float(likeness[0, number]), _condition(hit), hits[near] if len(hits) > 1 else None)
            for number, (hit, (x, y), near) in enumerate(zip(hits, drawn.places[1:], nearest, strict=True), start=1)
        ),
    )


def _condition(hit: HitItem) -> str:
    kinds = {reason.kind for reason in hit.reasons}
    if ReasonKind.SAME_CONDITION in kinds:
        return "same"
    return "related" if ReasonKind.RELATED_CONDITION in kinds else "other"
