"""An adapter learned from a few records, as `trialkin train-encoder --kind transformer` learns it."""

import json

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from indexer.sources.files import open_source
from indexer.training.distillation import NeighbourhoodLoss
from indexer.training.encoder import train_encoder
from search.encoders.adapter import AdaptedEncoder
from search.encoders.catalogue import DEFAULT_ENCODER, open_encoder
from search.errors import BadInput
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
    with pytest.raises(BadInput):  # a slip, which loses nothing
        learned(records, tmp_path / "stopped", quiet, dim=128)
    notes = []
    learned(records, tmp_path / "stopped", quiet, on_note=notes.append)
    assert [note.split(":")[0] for note in notes] == [
        "going on after step 1 of 3",
        "validation before",
        "validation after 2 steps",
        "validation after 3 steps",
    ]
    whole, resumed = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("whole", "stopped"))
    assert whole.keys() == resumed.keys()
    assert all(np.array_equal(whole[name], resumed[name]) for name in whole)

    weights, other = (tmp_path / "whole" / name for name in ("adapter_model.safetensors", "training.json"))
    assert weights.stat().st_mode == other.stat().st_mode

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
    assert list(tmp_path.iterdir()) == []


class Table(torch.nn.Module):
    """Texts are rows of a table of vectors, by their first token."""

    def __init__(self, vectors):
        super().__init__()
        self.vectors = torch.nn.Parameter(torch.tensor(vectors, dtype=torch.float32))

    def forward(self, texts):
        return {"sentence_embedding": self.vectors[texts["input_ids"][:, 0]]}


def test_the_loss_is_a_divergence_from_the_teacher_and_how_far_a_record_is_from_knowing_its_other_text():
    rng = np.random.default_rng(0)
    vectors, taught = (rng.normal(size=(count, 5)).astype(np.float32) for count in (35, 30))
    taught /= np.linalg.norm(taught, axis=1, keepdims=True)
    rows = [*range(30), *range(5)]  # the first five records have two texts
    loss = NeighbourhoodLoss(Table(vectors), torch.tensor(taught), bfloat16=False)
    lengths = torch.tensor(rng.integers(1, 4, size=35))
    texts = {
        "input_ids": torch.arange(35)[:, None].expand(35, 3),
        "attention_mask": (torch.arange(3) < lengths[:, None]).long(),
    }
    measured = float(loss([texts], torch.tensor(rows)).detach())

    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    seen = np.exp(20 * (unit @ unit.T).astype(float))
    wanted = np.exp(30 * (taught @ taught.T).astype(float))[rows][:, rows]
    expected = 0.0
    for place in range(35):
        others = [other for other in range(35) if rows[other] != rows[place]]
        p, q = (shares[place, others] / shares[place, others].sum() for shares in (wanted, seen))
        expected += float((p * np.log(p / q)).sum()) / 35
    for text in range(5):
        for one, other in ((text, text + 30), (text + 30, text)):
            expected -= 0.5 * float(np.log(seen[one, other] / np.delete(seen[one], one).sum())) / 35
    assert measured == pytest.approx(expected, rel=1e-4)
