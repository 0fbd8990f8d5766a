"""The transformer kind: all-MiniLM-L6-v2 with a LoRA adapter, a megabyte that is added to its weights at loading."""

import json
from collections.abc import Mapping
from itertools import accumulate, chain, pairwise
from pathlib import Path

import torch
from datasets import Dataset
from peft import LoraConfig
from sentence_transformers import SentenceTransformer
from transformers import PreTrainedModel

from indexer.training.corpus import Corpus
from indexer.training.distillation import CONTRAST_SHARE, NeighbourhoodLoss
from indexer.training.imitation import STUDENT_SCALE, TEACHER_SCALE
from indexer.training.neighbourhoods import Neighbourhoods
from indexer.training.run import Recipe
from indexer.training.teacher import Teacher
from search.encoders.adapter import CONFIG_FILE
from search.encoders.catalogue import DEFAULT_ENCODER
from search.encoders.sentence_transformer import open_bundled
from search.errors import BadInput
from search.passage import passage_texts
from search.progress import Progress

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
GROUP_SIZE, GROUPS_A_BATCH = 16, 4
LEARNING_RATE = 1e-3
LONGEST = 96
"""Tokens that are read of a text while learning; it takes most of the time."""


def recipe(corpus: Corpus, *, seed: int, epochs: int | None, dim: int | None, root: Path, progress: Progress) -> Recipe:
    """Distillation and contrast in batches of neighbouring trials. Raises BadInput for a dim."""
    if dim is not None:
        raise BadInput(f"the length of a vector is that of {DEFAULT_ENCODER}; leave out --dim")
    trials = corpus.trained
    taught = Teacher(open_bundled(DEFAULT_ENCODER), root=root, progress=progress).of_trials(trials)
    model = adapted(seed)
    groups = [passage_texts(trial) for trial in trials]
    places = [range(*ends) for ends in pairwise(accumulate(map(len, groups), initial=0))]
    labels = [row for row, texts in enumerate(groups) for _ in texts]
    planned = Neighbourhoods(taught, size=GROUP_SIZE, together=GROUPS_A_BATCH, seed=seed)
    bfloat16 = multiplies_bfloat16()

    def batches(epoch: int) -> list[list[int]]:
        return [[place for row in batch for place in places[row]] for batch in planned.batches(epoch)]

    return Recipe(
        model=model,
        loss=NeighbourhoodLoss(model, torch.from_numpy(taught), bfloat16=bfloat16),
        data=Dataset.from_dict({"text": list(chain(*groups)), "label": labels}),
        batches=batches,
        epochs=epochs or EPOCHS,
        learning_rate=LEARNING_RATE,
        told={
            "base": DEFAULT_ENCODER,
            "adapter": f"LoRA of rank {RANK} on {', '.join(LAYERS)}",
            "texts": f"{len(labels):,}: passages and summaries, of each {LONGEST} tokens",
            "batches": str(planned),
            "loss": (
                f"divergence from {DEFAULT_ENCODER}'s softmax over the other trials of a batch, scale "
                f"{TEACHER_SCALE:g}, ours {STUDENT_SCALE:g}; and {CONTRAST_SHARE:g} of how far the other text of a "
                "record is from being the nearest of a batch (InfoNCE)"
            ),
            "multiplied in": "bfloat16" if bfloat16 else "float32",
        },
    )


def adapted(seed: int) -> SentenceTransformer:
    """The base with a fresh adapter, which changes nothing yet and alone is trained."""
    model = open_bundled(DEFAULT_ENCODER).model
    torch.manual_seed(seed)
    model.add_adapter(LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules=list(LAYERS)))
    model.max_seq_length = LONGEST
    if not torch.accelerator.is_available():
        _transformer(model).set_attn_implementation("eager")  # half the time of the fused one, on a processor
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0  # a megabyte that is told what to say of each pair has nothing to overfit
    return model


def multiplies_bfloat16() -> bool:
    """Whether this machine has instructions for it, and is faster in it than in float32."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    has: Mapping[str, object] = getattr(torch.cpu, "get_capabilities", dict)()  # an older torch does not say
    return bool(has.get("avx512_bf16") or has.get("amx_bf16"))


def save(model: SentenceTransformer, folder: Path) -> None:
    """The adapter alone, with its base's name as encoders are named here, for a path is right on one machine only."""
    _transformer(model).save_pretrained(folder)
    path = folder / CONFIG_FILE
    config = json.loads(path.read_text()) | {"base_model_name_or_path": DEFAULT_ENCODER}
    config["target_modules"].sort()  # peft keeps them as a set, and the file is a part of the encoder's revision
    path.write_text(json.dumps(config, indent=2) + "\n")


def _transformer(model: SentenceTransformer) -> PreTrainedModel:
    transformer = model.transformers_model
    if transformer is None:
        raise TypeError("an adapter belongs to a transformer")
    return transformer
