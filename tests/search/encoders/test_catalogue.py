import json
import os
import subprocess
import sys

import numpy as np
import pytest

from search.encoders.catalogue import ALIASES, DEFAULT_ENCODER, open_encoder
from search.encoders.hashing import HashingEncoder
from search.errors import UnknownEncoder, UnusableEncoder
from tests.search.encoders.models import DIM, mean_of, save_model


def test_hashing_is_an_alias():
    encoder = open_encoder("hashing")
    assert isinstance(encoder, HashingEncoder)
    assert (encoder.spec, encoder.revision, encoder.dim) == ("hashing", "hashing-1", 256)


def test_the_default_is_an_alias():
    assert list(ALIASES) == [DEFAULT_ENCODER, "trialkin-static", "hashing"]


@pytest.mark.parametrize("spec", ["", "minilm", "Hashing", "no/such/folder", "owner/name@", "a b/c", "/nowhere"])
def test_an_unknown_name_is_refused_with_the_known_ones(spec):
    with pytest.raises(UnknownEncoder) as refused:
        open_encoder(spec)
    assert str(refused.value) == (
        f"unknown encoder {spec!r}; known: all-MiniLM-L6-v2, trialkin-static, hashing, "
        "a Hugging Face id such as sentence-transformers/all-mpnet-base-v2@main, or a folder that exists"
    )


def test_a_local_folder_is_an_encoder_whose_spec_opens_it_from_anywhere(tmp_path, monkeypatch):
    save_model(tmp_path / "model")
    monkeypatch.chdir(tmp_path)
    encoder = open_encoder("model")
    assert encoder.spec == str(tmp_path / "model")
    assert encoder.dim == DIM
    assert np.allclose(encoder.encode_documents(["stem cells"]), mean_of("stem", "cells"), atol=1e-6)

    monkeypatch.chdir("/")
    again = open_encoder(encoder.spec)
    assert again.revision == encoder.revision


def test_other_weights_in_a_folder_are_another_revision(tmp_path):
    first, same, other = (
        open_encoder(str(save_model(tmp_path / name, seed=seed))).revision
        for name, seed in [("a", 0), ("b", 0), ("c", 1)]
    )
    assert first == same != other


def test_other_prompts_in_a_folder_are_another_revision(tmp_path):
    plain = open_encoder(str(save_model(tmp_path / "a")))
    prompted = open_encoder(str(save_model(tmp_path / "b", query="query: ")))
    assert plain.revision != prompted.revision


def test_a_folder_without_a_model_is_refused_when_it_is_used(tmp_path):
    (tmp_path / "notes.txt").write_text("no model here")
    encoder = open_encoder(str(tmp_path))
    with pytest.raises(UnusableEncoder, match="is no sentence-transformers model that can be loaded") as refused:
        encoder.encode_documents(["stem cells"])
    assert str(tmp_path) in str(refused.value)


def hub(tmp_path, spec, **environment):
    """Opens `spec` in a process of its own, because the hub's client reads its environment when it is imported."""
    program = (
        "import json, sys\n"
        "from search.encoders.catalogue import open_encoder\n"
        "from search.errors import TrialkinError\n"
        "try:\n"
        "    encoder = open_encoder(sys.argv[1])\n"
        "    print(json.dumps({'spec': encoder.spec, 'revision': encoder.revision}))\n"
        "except TrialkinError as error:\n"
        "    print(json.dumps({type(error).__name__: str(error)}))\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", program, spec],
        env={**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_DISABLE_TELEMETRY": "1", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(child.stdout)


COMMITS = {"main": "a" * 40, "v1.0": "b" * 40}


@pytest.fixture
def hub_folder(tmp_path):
    """What the hub's client keeps of a model that was fetched in two revisions."""
    model = tmp_path / "hub" / "models--tiny--mean-words"
    for name, commit in COMMITS.items():
        (model / "refs").mkdir(parents=True, exist_ok=True)
        (model / "refs" / name).write_text(commit)
        (model / "snapshots" / commit).mkdir(parents=True)
        (model / "snapshots" / commit / "config.json").write_text("{}")
    return tmp_path


@pytest.mark.parametrize(
    ("spec", "commit"),
    [
        ("tiny/mean-words", COMMITS["main"]),
        ("tiny/mean-words@main", COMMITS["main"]),
        ("tiny/mean-words@v1.0", COMMITS["v1.0"]),
        (f"tiny/mean-words@{COMMITS['v1.0']}", COMMITS["v1.0"]),
    ],
)
def test_a_hub_id_names_a_revision_and_is_known_by_its_commit(hub_folder, spec, commit):
    assert hub(hub_folder, spec, HF_HUB_OFFLINE="1") == {"spec": spec, "revision": commit}


def test_a_hub_that_cannot_be_reached_is_said_so_with_what_to_do(tmp_path):
    # Port 9 discards; nothing listens there.
    answer = hub(tmp_path, "tiny/mean-words@v1.0", HF_ENDPOINT="http://127.0.0.1:9")
    assert list(answer) == ["UnusableEncoder"]
    message = answer["UnusableEncoder"]
    assert message.startswith("the encoder 'tiny/mean-words@v1.0' could not be fetched from the Hugging Face hub (")
    assert message.endswith("); check the name and the network, or name a local folder")
    assert "\n" not in message
