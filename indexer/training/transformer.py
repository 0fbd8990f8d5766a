"""The transformer kind: all-MiniLM-L6-v2 with a LoRA adapter, a megabyte that is added to its weights at loading."""

import json
from functools import cache
from pathlib import Path

import torch
from datasets import Dataset
from peft import LoraConfig
from sentence_transformers import SentenceTransformer

from indexer.training.corpus import Corpus
from indexer.training.distillation import TEMPERATURE, WORDS_SHARE, NeighbourhoodDistillation, Teacher
from indexer.training.pairs import neighbourhood_batches
from indexer.training.run import Recipe
from search.encoders.adapter import CONFIG_FILE
from search.encoders.catalogue import DEFAULT_ENCODER
from search.encoders.sentence_transformer import open_bundled
from search.errors import BadInput
from search.passage import passage_texts

LICENCE = (
    "Apache-2.0: the adapter is trained on all-MiniLM-L6-v2 (Apache-2.0), which it is added to; the records learned "
    "from are public data of the United States government."
)
OPENED = (
    f"It is a LoRA adapter: what is added to the weights of {DEFAULT_ENCODER}, which has to be at hand; the library "
    "peft reads it, too."
)
RANK = 8
LAYERS = ("query", "key", "value", "dense")
EPOCHS = 1
BATCH_SIZE = 64
LEARNING_RATE = 1e-3
LONGEST = 96
"""Tokens that are read of a text while learning; it takes most of the time."""


def recipe(corpus: Corpus, *, seed: int, epochs: int | None, dim: int | None, **_: object) -> Recipe:
    """Distillation from words and the untuned encoder, in batches of neighbouring trials. Raises BadInput for a dim."""
    if dim is not None:
        raise BadInput(f"the length of a vector is that of {DEFAULT_ENCODER}; leave out --dim")
    model, base = adapted(seed), open_bundled(DEFAULT_ENCODER)
    base.model.max_seq_length = LONGEST
    texts = [(row, text) for row, trial in enumerate(corpus.trained) for text in passage_texts(trial)]
    rows = [row for row, _ in texts]
    size = min(BATCH_SIZE, len(texts))

    @cache
    def batches(epoch: int) -> list[list[int]]:
        return list(neighbourhood_batches(corpus.trained, rows, size=size, seed=seed + epoch))

    return Recipe(
        model=model,
        loss=NeighbourhoodDistillation(model, Teacher(corpus.trained, base)),
        data=Dataset.from_dict({"text": [text for _, text in texts], "label": rows}),
        batches=batches,
        epochs=epochs or EPOCHS,
        learning_rate=LEARNING_RATE,
        told={
            "base": DEFAULT_ENCODER,
            "adapter": f"LoRA of rank {RANK} on {', '.join(LAYERS)}",
            "texts": f"{len(texts):,}: passages and summaries, of each {LONGEST} tokens",
            "contrast": f"batches of {size} texts of neighbouring trials",
            "loss": (
                f"divergence from {WORDS_SHARE:g} BM25 + {1 - WORDS_SHARE:g} cosine of the base, "
                f"temperature {TEMPERATURE:g}"
            ),
        },
    )


def adapted(seed: int) -> SentenceTransformer:
    """The base with a fresh adapter, which changes nothing yet and alone is trained."""
    model = open_bundled(DEFAULT_ENCODER).model
    torch.manual_seed(seed)
    model.add_adapter(LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules=list(LAYERS)))
    model.max_seq_length = LONGEST
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0  # a megabyte that is told what to say of each pair has nothing to overfit
    return model


def save(model: SentenceTransformer, folder: Path) -> None:
    """The adapter alone, with its base's name as encoders are named here, for a path is right on one machine only."""
    transformer = model.transformers_model
    if transformer is None:
        raise TypeError("an adapter belongs to a transformer")
    transformer.save_pretrained(folder)
    path = folder / CONFIG_FILE
    config = json.loads(path.read_text()) | {"base_model_name_or_path": DEFAULT_ENCODER}
    config["target_modules"].sort()  # peft keeps them as a set, and the file is a part of the encoder's revision
    path.write_text(json.dumps(config, indent=2) + "\n")
