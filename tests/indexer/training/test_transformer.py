"""An adapter learned from a few records, as `trialkin train-encoder --kind transformer` learns it."""

import json

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from indexer.sources.files import open_source
from indexer.training.distillation import NeighbourhoodDistillation, Teacher
from indexer.training.encoder import train_encoder
from search.encoders.adapter import AdaptedEncoder
from search.encoders.catalogue import DEFAULT_ENCODER, open_encoder
from search.encoders.hashing import HashingEncoder
from search.errors import BadInput
from search.trial import Trial
from tests.records import study, write_ndjson

CONDITIONS = ("asthma", "gout", "psoriasis", "colitis")
DRUGS = ("placebo", "aspirin", "salbutamol", "exosomes", "whey protein")


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """A hundred records of which every twenty differ in their number alone."""
    studies = [
        study(
            f"NCT{number:08}",
            f"{DRUGS[number % 5]} in {CONDITIONS[number % 4]}, {number}",
            conditions=[CONDITIONS[number % 4]],
            interventions=[DRUGS[number % 5]],
        )
        for number in range(100)
    ]
    return write_ndjson(tmp_path_factory.mktemp("records") / "studies.ndjson", studies)


def learned(records, folder, progress, **given):
    settings = {
        "kind": "transformer",
        "seed": 1,
        "epochs": 3,
        "dim": None,
        "root": folder.with_name("index"),
        "progress": progress,
        **given,
    }
    return train_encoder(open_source(str(records)), folder=folder, **settings)


class Stopped(BaseException):
    """As when somebody presses Ctrl-C."""


def test_an_adapter_is_learned_again_to_the_bit_after_a_stop_and_changes_vectors(records, tmp_path, quiet):
    report = learned(records, tmp_path / "whole", quiet)
    assert (report.kind, report.dim, report.trials, report.held_out, report.steps) == ("transformer", 384, 90, 10, 3)

    def stop(note):
        if note.startswith("validation after 2 steps"):
            raise Stopped

    with pytest.raises(Stopped):
        learned(records, tmp_path / "stopped", quiet, on_note=stop)
    assert not (tmp_path / "stopped").exists()
    notes = []
    learned(records, tmp_path / "stopped", quiet, on_note=notes.append)
    assert [note.split(":")[0] for note in notes] == [
        "validation before",
        "validation after 2 steps",
        "validation after 3 steps",
    ]
    whole, resumed = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("whole", "stopped"))
    assert whole.keys() == resumed.keys()
    assert all(np.array_equal(whole[name], resumed[name]) for name in whole)

    moved = (tmp_path / "whole").rename(tmp_path / "moved")
    encoder = open_encoder(str(moved))
    assert isinstance(encoder, AdaptedEncoder)
    texts = ["aspirin in gout", "whey protein in colitis"]
    assert np.abs(encoder.encode_queries(texts) - open_encoder(DEFAULT_ENCODER).encode_queries(texts)).max() > 1e-3
    assert report.bytes < 2e6
    assert sorted(path.name for path in moved.iterdir()) == [
        "README.md",
        "adapter_config.json",
        "adapter_model.safetensors",
        "training.json",
    ]
    assert json.loads((moved / "adapter_config.json").read_text())["base_model_name_or_path"] == DEFAULT_ENCODER
    assert "It is a LoRA adapter" in (moved / "README.md").read_text()


def test_the_length_of_its_vectors_cannot_be_chosen(records, tmp_path, quiet):
    with pytest.raises(BadInput, match="is that of all-MiniLM-L6-v2; leave out --dim"):
        learned(records, tmp_path / "encoder", quiet, dim=128)


TRIALS = [
    Trial(trial_id="A", brief_title="stem cells in colitis", brief_summary="Cells for the bowel."),
    Trial(trial_id="B", brief_title="stem cells in arthritis"),
    Trial(trial_id="C", brief_title="mandala painting"),
]


def test_the_teacher_halves_words_and_meaning_and_finds_a_trial_like_itself():
    encoder = HashingEncoder()
    scores = Teacher(TRIALS, encoder).scores(np.array([0, 1, 2, 0]))
    assert scores.shape == (4, 4)
    assert scores.diagonal() == pytest.approx(1, abs=1e-6)
    assert np.array_equal(scores[0], scores[3])
    own, summary = encoder.encode_documents(["stem cells in colitis", "Cells for the bowel."])
    mean = (own + summary) / np.linalg.norm(own + summary)
    other = encoder.encode_documents(["mandala painting"])[0]
    assert scores[0, 2] == pytest.approx(0.5 * mean @ other, abs=1e-6)  # not a word in common
    assert scores[1, 0] > 0.5 * mean @ encoder.encode_documents(["stem cells in arthritis"])[0]


class Table(torch.nn.Module):
    """Texts are rows of a table of vectors."""

    def __init__(self, vectors):
        super().__init__()
        self.vectors = torch.nn.Parameter(torch.tensor(vectors, dtype=torch.float32))

    def forward(self, rows):
        return {"sentence_embedding": self.vectors[rows["rows"]]}


def test_the_loss_is_the_divergence_of_the_rankings_leaving_out_texts_of_one_trial():
    vectors = np.random.default_rng(0).normal(size=(4, 5))
    rows = np.array([0, 1, 2, 0])
    teacher = Teacher(TRIALS, HashingEncoder())
    loss = NeighbourhoodDistillation(Table(vectors), teacher)
    measured = float(loss([{"rows": torch.arange(4)}], torch.tensor(rows)).detach())

    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    told, taught = unit @ unit.T, teacher.scores(rows)
    expected = 0.0
    for place in range(4):
        others = [other for other in range(4) if rows[other] != rows[place]]
        p, q = (
            np.exp(scores[place, others] / 0.05) / np.exp(scores[place, others] / 0.05).sum()
            for scores in (taught.astype(float), told)
        )
        expected += float((p * np.log(p / q)).sum()) / 4
    assert measured == pytest.approx(expected, rel=1e-4)
