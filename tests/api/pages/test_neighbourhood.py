"""Trials in a plane: distances as they are where a plane can show them, and no point on another."""

import numpy as np
import pytest

from api.pages.neighbourhood import HEIGHT, MARGIN, MOST, RADIUS, WIDTH, neighbourhood


def likeness_of(vectors):
    vectors = np.asarray(vectors, dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors @ vectors.T


def distances(places):
    places = np.array(places)
    return np.linalg.norm(places[:, np.newaxis] - places[np.newaxis], axis=2)


def test_what_a_plane_can_show_is_shown_to_scale():
    # Three unit vectors lie in a plane, whose distances are sqrt(2 - 2 cosine).
    likeness = likeness_of([[1, 0, 0], [1, 1, 0], [0.2, 0.1, 1]])
    drawn = neighbourhood(likeness)
    assert drawn.kept == pytest.approx(1, abs=1e-6)
    true = np.sqrt(2 - 2 * likeness.astype(float).clip(max=1))
    shown = distances(drawn.places)
    pairs = [(0, 1), (0, 2), (1, 2)]
    ratios = [shown[pair] / true[pair] for pair in pairs]
    assert max(ratios) / min(ratios) < 1.01


@pytest.mark.parametrize("count", [2, 3, 11, MOST + 1])
def test_points_stay_in_the_picture_and_off_each_other_even_where_trials_are_equal(count):
    rng = np.random.default_rng(7)
    vectors = rng.normal(size=(count, 20))
    vectors[count // 2 :] = vectors[-1]  # half of them one and the same
    places = np.array(neighbourhood(likeness_of(vectors)).places)
    assert (places >= MARGIN - 0.1).all()
    assert (places <= np.array([WIDTH, HEIGHT]) - MARGIN + 0.1).all()
    between = distances(places) + np.eye(count) * 1e9
    assert between.min() >= 2 * RADIUS


def test_the_picture_is_the_same_every_time_and_its_axes_do_not_flip():
    likeness = likeness_of(np.random.default_rng(3).normal(size=(9, 30)))
    assert neighbourhood(likeness) == neighbourhood(likeness.copy())
    nudged = neighbourhood(likeness + np.float32(1e-5) * (1 - np.eye(9, dtype=np.float32)))
    assert np.abs(np.array(nudged.places) - np.array(neighbourhood(likeness).places)).max() < 2
