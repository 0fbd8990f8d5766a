"""A static encoder without torch gives the vectors that sentence-transformers gives."""

import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from search.encoders.catalogue import open_encoder
from search.encoders.sentence_transformer import SentenceTransformerEncoder
from search.encoders.static import BUNDLED_FOLDER, WEIGHTS_FILE, StaticEncoder, from_whole_numbers, in_whole_numbers
from search.errors import UnusableEncoder
from tests.search.encoders.models import DIM, mean_of, save_attentive_model, save_model, word_vectors

TEXTS = ["Crohn disease", "stem cells", "exosomes, unknown words: stem", "", "crohn " * 300]


def vectors_of_sentence_transformers(folder, texts=TEXTS):
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", trust_remote_code=True)
    return model.encode(list(texts), normalize_embeddings=True)


@pytest.fixture
def folder(tmp_path):
    return save_model(tmp_path / "static")


def test_it_opens_by_its_folder_and_means_the_vectors_of_the_words(folder):
    encoder = open_encoder(str(folder))
    assert isinstance(encoder, StaticEncoder)
    assert encoder.dim == DIM
    assert np.allclose(encoder.encode_documents(["Crohn disease"])[0], mean_of("crohn", "disease"), atol=1e-6)


@pytest.mark.parametrize("save", [save_model, save_attentive_model], ids=["mean", "attention"])
@pytest.mark.parametrize("whole_numbers", [False, True], ids=["float32", "int8"])
def test_its_vectors_are_those_of_sentence_transformers(tmp_path, save, whole_numbers):
    folder = save(tmp_path / "static")
    if whole_numbers:
        if save is save_model:  # as model2vec names them, which is what sentence-transformers reads
            stored = in_whole_numbers({"embeddings": word_vectors()})
            stored["weights"] = stored.pop("embeddings.scales")
        else:
            stored = in_whole_numbers(load_file(folder / WEIGHTS_FILE))
        save_file(stored, folder / WEIGHTS_FILE)
    ours = open_encoder(str(folder))
    assert isinstance(ours, StaticEncoder)
    expected = vectors_of_sentence_transformers(folder)
    for ask in ("encode_documents", "encode_queries"):
        assert np.allclose(getattr(ours, ask)(TEXTS), expected, atol=5e-6)
    assert not expected[TEXTS.index("")].any()


def test_more_texts_than_a_batch_keep_their_order(folder, monkeypatch):
    monkeypatch.setattr("search.encoders.static.BATCH_SIZE", 2)
    vectors = open_encoder(str(folder)).encode_documents(["stem cells", "exosomes", "crohn disease"])
    for vector, words in zip(vectors, (("stem", "cells"), ("exosomes",), ("crohn", "disease")), strict=True):
        assert np.allclose(vector, mean_of(*words), atol=1e-6)


def test_whole_numbers_are_half_a_step_off_at_most_and_single_rows_are_kept():
    vectors = word_vectors()
    vectors[1] = 0
    stored = in_whole_numbers({"vectors": vectors, "bias": vectors[0]})
    assert stored["vectors"].dtype == np.int8
    restored = from_whole_numbers(stored)
    step = np.abs(vectors).max(axis=1, keepdims=True) / 127
    assert (np.abs(restored["vectors"] - vectors) <= step / 2 + 1e-7).all()
    assert np.array_equal(restored["bias"], vectors[0])
    assert set(restored) == {"vectors", "bias"}


@pytest.mark.parametrize("missing", ["keys", "output", "embedding.weight"])
def test_weights_that_lack_a_part_are_said_to(tmp_path, missing):
    folder = save_attentive_model(tmp_path / "static")
    weights = load_file(folder / WEIGHTS_FILE)
    del weights[missing]
    save_file(weights, folder / WEIGHTS_FILE)
    with pytest.raises(UnusableEncoder, match="cannot be loaded"):
        open_encoder(str(folder)).encode_documents(["stem cells"])


def test_a_model_with_prompts_is_left_to_sentence_transformers(tmp_path):
    assert isinstance(open_encoder(str(save_model(tmp_path / "a", query="query: "))), SentenceTransformerEncoder)


def test_it_loads_no_torch(folder):
    code = (
        "import sys\n"
        "from search.encoders.catalogue import open_encoder\n"
        "assert open_encoder(sys.argv[1]).encode_queries(['stem cells']).shape == (1, 6)\n"
        "print({'torch', 'sentence_transformers', 'transformers'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("damaged", ["model.safetensors", "tokenizer.json"])
def test_damaged_files_are_said_to_be(folder, damaged):
    (folder / damaged).write_bytes(b"{}")
    with pytest.raises(UnusableEncoder, match="cannot be loaded"):
        open_encoder(str(folder)).encode_documents(["stem cells"])


def test_the_bundled_one_is_small_and_knows_what_is_alike():
    encoder = open_encoder("trialkin-static")
    assert isinstance(encoder, StaticEncoder)
    assert sum(path.stat().st_size for path in BUNDLED_FOLDER.iterdir()) <= 12e6
    bowel, related, other = encoder.encode_documents(
        [
            "Stem Cells for Ulcerative Colitis",
            "Mesenchymal stromal cells in Crohn's disease",
            "Physiotherapy after stroke",
        ]
    )
    assert bowel @ related > 0.3 > 0 > bowel @ other


def test_the_bundled_one_gives_the_vectors_of_sentence_transformers():
    texts = [*TEXTS, "Efficacy of 5-FU ± oxaliplatin in Sjögren's syndrome; naïve patients"]
    expected = vectors_of_sentence_transformers(BUNDLED_FOLDER, texts)
    assert np.allclose(open_encoder("trialkin-static").encode_documents(texts), expected, atol=1e-6)


def test_an_index_is_built_and_asked_by_the_bundled_one_without_torch(tmp_path):
    code = (
        "import sys\n"
        "from search.cli.app import main\n"
        "for command in (['rebuild-index', 'seeds', '--encoder', 'trialkin-static'], ['search', 'stem cells']):\n"
        "    sys.argv = ['trialkin', *command, '--index', 'index', '--json']\n"
        "    try:\n"
        "        main()\n"
        "    except SystemExit as ended:\n"
        "        print(ended.code)\n"
        "print({'torch', 'sentence_transformers', 'transformers'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines.count("0") == 2, done.stderr
    assert lines[-1] == "set()"
