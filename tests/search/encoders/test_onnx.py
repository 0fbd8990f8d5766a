"""The exported encoder against sentence-transformers itself, with the bundled weights."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from indexer.build import rebuild_index
from indexer.sources.files import open_source
from search.artefact.layout import ENCODER_FOLDER, build_folder
from search.artefact.lifecycle import current_build, list_builds
from search.artefact.reading import open_current
from search.encoders.catalogue import DEFAULT_ENCODER, open_encoder
from search.encoders.onnx import MODEL_FILE, WEIGHTS_FILE, OnnxEncoder, batches_of, padded
from search.encoders.onnx_export import ENCODERS_FOLDER, REASON_FILE, exported
from search.errors import UnusableEncoder
from tests.records import study, write_ndjson
from tests.search.encoders.models import DIM, save_model

TEXTS = [
    "Umbilical cord mesenchymal stem cells for Crohn's disease",
    "Étude du vaccin: 抗体 β-lactam, TH-SC01",
    "colitis",
    "exosomes " * 600,  # far more than the encoder reads
    "Whey protein",
]


@pytest.fixture(scope="module")
def model():
    return open_encoder(DEFAULT_ENCODER)


@pytest.fixture(scope="module")
def export(model, tmp_path_factory):
    return exported(model, tmp_path_factory.mktemp("index"), TEXTS)


def test_its_vectors_are_those_of_the_model(model, export):
    for ours, theirs in (
        (export.encode_documents, model.encode_documents),
        (export.encode_queries, model.encode_queries),
    ):
        assert np.abs(ours(TEXTS) - theirs(TEXTS)).max() < 1e-5
    assert (export.dim, export.spec, export.revision) == (384, model.spec, model.revision)


def test_a_vector_does_not_depend_on_the_texts_beside_it(export):
    together = export.encode_documents(TEXTS * 3)
    alone = np.concatenate([export.encode_documents([text]) for text in TEXTS])
    assert np.abs(together - np.tile(alone, (3, 1))).max() < 1e-5


def test_like_lengths_go_together_and_no_batch_is_larger_than_a_cache_holds():
    assert batches_of([300, 9, 256, 8, 256, 600]) == [[3, 1], [2, 4], [0], [5]]
    assert [len(batch) for batch in batches_of([8] * 100)] == [64, 36]
    assert batches_of([]) == []


def test_shorter_texts_are_padded_and_masked():
    given = padded([[5, 6, 7], [8]], 1)
    assert given["input_ids"].tolist() == [[5, 6, 7], [8, 1, 1]]
    assert given["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]


@pytest.mark.skipif(sys.platform != "linux", reason="what is mapped is read from /proc")
def test_its_weights_are_mapped_so_that_processes_share_them(export):
    export.encode_queries(TEXTS[:1])
    assert str(export.folder / WEIGHTS_FILE) in Path("/proc/self/maps").read_text()


def test_whoever_reads_a_new_file_reads_its_weights_too_even_those_of_an_older_export(model, export):
    weights = export.folder / WEIGHTS_FILE
    new = export.folder / "new"
    new.touch()
    assert weights.stat().st_mode == new.stat().st_mode
    new.unlink()
    weights.chmod(0o600)
    exported(model, export.folder.parent.parent, TEXTS)
    assert weights.stat().st_mode == (export.folder / MODEL_FILE).stat().st_mode


def test_no_texts_give_no_vectors_of_the_right_length(export):
    assert export.encode_documents([]).shape == (0, 384)


def test_a_damaged_export_says_which_and_what_to_do(export, tmp_path):
    (tmp_path / "encoder").mkdir()
    for path in export.folder.iterdir():
        (tmp_path / "encoder" / path.name).write_bytes(path.read_bytes()[:100])
    damaged = OnnxEncoder(tmp_path / "encoder", spec="x", revision="1")
    with pytest.raises(UnusableEncoder, match=r"encoder cannot be loaded .* rebuild-index"):
        damaged.encode_queries(["colitis"])


def test_a_model_that_cannot_be_exported_serves_itself_and_is_tried_once(tmp_path, quiet):
    encoder = open_encoder(str(save_model(tmp_path / "static", query="query: ")))
    source = open_source(str(write_ndjson(tmp_path / "studies.ndjson", [study("NCT00000001", "stem cells")])))
    notes = []
    rebuild_index(source, root=tmp_path / "index", encoder=encoder, progress=quiet, on_note=notes.append)
    assert [note.startswith(f"{encoder.spec} could not be exported (") for note in notes] == [True]
    artefact = open_current(tmp_path / "index")
    assert artefact.encoder_folder is None
    assert artefact.titles.shape == (1, DIM)
    (reason,) = (tmp_path / "index" / ENCODERS_FOLDER).glob(f"*/{REASON_FILE}")
    told = reason.read_text()
    reason.write_text("kept: " + told)
    assert exported(encoder, tmp_path / "index", ["stem cells"]) is None
    assert reason.read_text() == "kept: " + told
    reason.write_text("of other packages")
    assert exported(encoder, tmp_path / "index", ["stem cells"]) is None
    assert reason.read_text() == told


def test_builds_share_one_export_and_texts_are_asked_without_torch(tmp_path, quiet, model):
    root = tmp_path / "index"
    source = str(write_ndjson(tmp_path / "studies.ndjson", [study("NCT00000001", "Stem cells in Crohn disease")]))
    for _ in range(2):
        rebuild_index(open_source(source), root=root, encoder=model, progress=quiet)
    files = [build_folder(root, build_id) / ENCODER_FOLDER / MODEL_FILE for build_id in list_builds(root)]
    assert len(files) == 2
    assert files[0].samefile(files[1])
    asking = (
        "import sys; from pathlib import Path; from search.engine import SearchEngine;"
        f"hits = SearchEngine.open(Path({str(root)!r})).search('cell therapy of the bowel').hits;"
        "print(hits[0].trial.trial_id, *sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", asking], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["NCT00000001"]
    assert current_build(root).name == list_builds(root)[-1]
