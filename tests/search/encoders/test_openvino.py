"""The export as OpenVINO runs it, against sentence-transformers itself; without bfloat16 it is the export."""

import numpy as np
import pytest

from search.encoders import openvino
from search.encoders.catalogue import DEFAULT_ENCODER, open_encoder
from search.encoders.onnx_export import exported
from search.encoders.openvino import OpenVinoEncoder
from tests.search.encoders.test_onnx import TEXTS


@pytest.fixture(scope="module")
def model():
    return open_encoder(DEFAULT_ENCODER)


@pytest.fixture(scope="module")
def export(model, tmp_path_factory):
    return exported(model, tmp_path_factory.mktemp("index"), TEXTS)


def test_its_vectors_are_those_of_the_model(model, export):
    encoder = OpenVinoEncoder(export)
    vectors = encoder.encode_documents(TEXTS)
    assert np.sum(vectors * model.encode_documents(TEXTS), axis=1).min() > 0.9999
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-5
    assert (encoder.dim, encoder.spec, encoder.revision) == (384, model.spec, model.revision)
    assert encoder.encode_queries([]).shape == (0, 384)


def test_where_it_does_not_agree_with_the_export_the_export_encodes(export, monkeypatch):
    monkeypatch.setattr(openvino, "LEAST_COSINE", 1.5)
    assert np.array_equal(OpenVinoEncoder(export).encode_documents(TEXTS), export.encode_documents(TEXTS))


def test_where_it_is_not_installed_the_export_encodes(export, monkeypatch):
    monkeypatch.setattr(openvino, "find_spec", lambda _: None)
    assert np.array_equal(OpenVinoEncoder(export).encode_documents(TEXTS), export.encode_documents(TEXTS))
