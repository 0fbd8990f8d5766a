"""What is imitated, and which trials make a batch."""

import numpy as np
import pytest
from rich.console import Console

from indexer.training.teacher import Teacher, neighbourhood_groups
from search.encoders.sentence_transformer import open_folder
from search.progress import progress_on
from search.trial import Trial
from tests.search.encoders.models import mean_of, save_model


@pytest.fixture
def teacher(tmp_path):
    encoder = open_folder(str(save_model(tmp_path / "model")))
    return Teacher(encoder, root=tmp_path / "index", progress=progress_on(Console(quiet=True)))


def test_a_trial_is_taught_as_the_mean_of_its_passage_and_summary(teacher):
    plain = Trial(trial_id="NCT00000001", brief_title="Crohn disease")
    told = Trial(trial_id="NCT00000002", brief_title="Crohn", brief_summary="stem cells")
    vectors = teacher.of_trials([plain, told])
    assert np.allclose(vectors[0], mean_of("crohn", "disease"), atol=1e-4)
    both = mean_of("crohn") + mean_of("stem", "cells")
    assert np.allclose(vectors[1], both / np.linalg.norm(both), atol=1e-4)


def test_what_was_made_once_is_not_made_again(teacher, monkeypatch):
    first = teacher.of_texts(["stem cells"])
    monkeypatch.setattr(Teacher, "_fast", None)
    assert np.array_equal(teacher.of_texts(["stem cells"]), first)


def test_groups_hold_what_is_near_and_every_row_at_most_once():
    rng = np.random.default_rng(1)
    middles = np.eye(4, dtype=np.float32).repeat(50, axis=0)
    vectors = middles + rng.normal(scale=0.01, size=middles.shape).astype(np.float32)
    groups = neighbourhood_groups(vectors, size=10, seed=2)
    assert groups.shape == (20, 10)
    assert sorted(groups.ravel()) == list(range(200))
    whole = sum(len(set(group // 50)) == 1 for group in groups)
    assert whole >= 14  # k-means may put two middles under one centre
    assert not np.array_equal(groups, neighbourhood_groups(vectors, size=10, seed=3))
    assert np.array_equal(groups, neighbourhood_groups(vectors, size=10, seed=2))
