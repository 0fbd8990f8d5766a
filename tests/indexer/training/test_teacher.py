"""What is imitated."""

import numpy as np
import pytest
from rich.console import Console

from indexer.training.teacher import Teacher
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
