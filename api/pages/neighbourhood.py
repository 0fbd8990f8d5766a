"""A small picture of a trial and those related to it: points in a plane, the nearer the more alike.

Classical multidimensional scaling (Torgerson 1952) of the distances between unit vectors, sqrt(2 - 2 cosine).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 440.0, 340.0
RADIUS = 13.0
MARGIN = RADIUS + 6
MOST = 30
"""How many trials beside the one asked about a picture of this size has room for."""
_ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Where each trial is drawn, the one asked about first, and how much of their differences the plane keeps."""

    places: tuple[tuple[float, float], ...]
    kept: float
    """Share of the squared distances, from 0 to 1."""


def neighbourhood(likeness: NDArray[np.float32]) -> Neighbourhood:
    """Places in a picture of WIDTH by HEIGHT for m trials, by their cosines (m, m); from two to MOST + 1 trials."""
    plane, kept = _scaled(likeness)
    plane = _turned(plane)
    return Neighbourhood(tuple((round(float(x), 1), round(float(y), 1)) for x, y in _apart(_fitted(plane))), kept)


def _scaled(likeness: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    """(m, 2) coordinates, and the share of the squared distances that they keep."""
    squared = np.clip(2 - 2 * likeness.astype(np.float64), 0, None)
    np.fill_diagonal(squared, 0)
    centring = np.eye(len(squared)) - 1 / len(squared)
    values, vectors = np.linalg.eigh(-0.5 * centring @ squared @ centring)
    values = np.clip(values, 0, None)
    total = float(values.sum())
    plane = vectors[:, [-1, -2]] * np.sqrt(values[[-1, -2]])
    return plane, float(values[-2:].sum()) / total if total else 1.0


def _turned(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    """The trial asked about in the origin; the axes' signs, which mean nothing, made the same every time."""
    plane = plane - plane[0]
    signs = np.where(plane.sum(axis=0) < 0, -1.0, 1.0)
    return plane * signs


def _fitted(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    """`plane` in the picture, both axes to one scale."""
    size = np.array([WIDTH, HEIGHT]) - 2 * MARGIN
    low, high = plane.min(axis=0), plane.max(axis=0)
    extent = high - low
    scale = min((size[extent > 0] / extent[extent > 0]).tolist(), default=1.0)
    fitted: NDArray[np.float64] = (plane - (low + high) / 2) * scale + np.array([WIDTH, HEIGHT]) / 2
    return fitted


def _apart(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """`places` moved as little as it takes for no point to lie on another."""
    least = 2 * RADIUS + 3
    # Equal trials lie on one spot; a nudge of their own gives each a direction to move in.
    angles = np.arange(len(places)) * 2.399963  # the golden angle
    nudges = 0.01 * np.column_stack([np.cos(angles), np.sin(angles)])
    low, high = np.full(2, MARGIN), np.array([WIDTH, HEIGHT]) - MARGIN
    for _ in range(_ROUNDS):
        places = places + nudges
        offsets = places[:, np.newaxis] - places[np.newaxis]
        distances = np.linalg.norm(offsets, axis=2)
        np.fill_diagonal(distances, np.inf)
        if distances.min() >= least - 0.5:
            break
        push = np.clip(least - distances, 0, None) / 2 / np.maximum(distances, 1e-6)
        places = np.clip(places + (offsets * push[:, :, np.newaxis]).sum(axis=1), low, high)
    return places
