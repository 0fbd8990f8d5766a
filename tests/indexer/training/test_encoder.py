"""A whole training run, small: what it leaves behind, and that one which was stopped goes on."""

import json
from contextlib import contextmanager

import numpy as np
import pytest

pytest.importorskip("datasets")

from rich.console import Console

from indexer.sources.files import SEEDS, open_source
from indexer.training.encoder import train_encoder
from search.artefact.lock import locked
from search.encoders.catalogue import open_encoder
from search.encoders.static import StaticEncoder
from search.errors import BadInput, IndexLocked, UnusableSource, UnusableTarget
from search.progress import PlainProgress
from tests.records import study, write_ndjson

QUIET = Console(quiet=True)


class Stopped(PlainProgress):
    """Ctrl-C in the eighth step."""

    @contextmanager
    def stage(self, title, total, unit):
        done = 0

        def counted(more):
            nonlocal done
            done += more
            if title == "training" and done > 7:
                raise KeyboardInterrupt
            advance(more)

        with super().stage(title, total, unit) as advance:
            yield counted


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """Keeps the teacher's vectors from one run to the next."""
    return tmp_path_factory.mktemp("index")


def train(folder, index, *, source=SEEDS, progress=None, kind="static", seed=1):
    notes = []
    report = train_encoder(
        open_source(source),
        kind=kind,
        folder=folder,
        seed=seed,
        epochs=12,
        dim=32,
        root=index,
        progress=progress or PlainProgress(QUIET),
        on_note=notes.append,
    )
    return report, notes


@pytest.fixture(scope="module")
def too_few(tmp_path_factory):
    return str(write_ndjson(tmp_path_factory.mktemp("few") / "studies.ndjson", [study("NCT00000001")]))


@pytest.fixture(scope="module")
def trained(tmp_path_factory, index):
    folder = tmp_path_factory.mktemp("trained") / "ours"
    return folder, *train(folder, index)


def test_it_is_an_encoder_without_torch_that_finds_other_trials_by_their_titles(trained):
    folder, report, _ = trained
    encoder = open_encoder(str(folder))
    assert isinstance(encoder, StaticEncoder)
    assert encoder.encode_documents(["Crohn disease"]).shape == (1, 32)
    assert (report.kind, report.dim, report.trials, report.held_out) == ("static", 32, 260, 28)
    assert report.curve[0][0] == 0
    assert report.curve[-1][0] == report.steps == 12
    assert report.curve[-1][1] > 0.6  # by chance: a third of the 28 are in the first ten, which gives some 0.16


def test_whoever_reads_a_new_file_reads_its_files_too(trained, tmp_path):
    (tmp_path / "new").touch()
    modes = {path.name: path.stat().st_mode for path in trained[0].rglob("*") if path.is_file()}
    assert "model.safetensors" in modes
    assert set(modes.values()) == {(tmp_path / "new").stat().st_mode}


def test_validations_are_told_as_they_come(trained):
    _, report, notes = trained
    assert notes[0] == f"validation before: {report.curve[0][1]:.3f}"
    assert notes[-1] == f"validation after 12 steps: {report.curve[-1][1]:.3f}"


def test_the_card_says_data_recipe_metrics_and_licence(trained):
    folder, report, _ = trained
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlicense: apache-2.0\n")
    assert "260 trials of `seeds`, newest record of 2026-02-06; 28 more were held out" in card
    assert "| seed | 1 |" in card
    assert f"| 12 | {report.curve[-1][1]:.3f} |" in card
    assert json.loads((folder / "training.json").read_text())["seed"] == 1


def test_a_stopped_run_leaves_no_encoder_and_goes_on_to_the_same_one(trained, tmp_path, index, too_few):
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "ours", index, progress=Stopped(QUIET))
    assert not (tmp_path / "ours").exists()
    with pytest.raises(UnusableSource):  # a slip, which loses nothing
        train(tmp_path / "ours", index, source=too_few)
    again, notes = train(tmp_path / "ours", index)
    assert [note.split(":")[0] for note in notes[:3]] == [
        "going on after step 6 of 12",
        "validation before",
        "validation after 8 steps",
    ]
    _, whole, _ = trained
    assert again.curve == whole.curve
    texts = ["Crohn disease", "umbilical cord stem cells"]
    ours, theirs = (open_encoder(str(folder)).encode_documents(texts) for folder in (tmp_path / "ours", trained[0]))
    assert np.allclose(ours, theirs, atol=1e-3)
    assert [path.name for path in tmp_path.iterdir()] == ["ours"]


def test_a_refused_run_leaves_nothing_behind(tmp_path, index, too_few):
    with pytest.raises(UnusableSource, match="holds 1 trials, and an encoder is trained on 100 at least"):
        train(tmp_path / "ours", index, source=too_few)
    assert list(tmp_path.iterdir()) == []


def test_a_run_refused_beside_another_leaves_that_one_alone(tmp_path, index):
    with locked(tmp_path / ".ours.training"):
        with pytest.raises(IndexLocked):
            train(tmp_path / "ours", index)
        assert [path.name for path in (tmp_path / ".ours.training").iterdir()] == ["LOCK"]


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path, index):
    (tmp_path / "letter.txt").write_text("dear reader")
    with pytest.raises(UnusableTarget, match="holds something else than a trained encoder"):
        train(tmp_path, index)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_an_unknown_kind_names_the_known_ones(tmp_path, index):
    with pytest.raises(BadInput, match="'magic'; known: static, transformer"):
        train(tmp_path / "ours", index, kind="magic")
