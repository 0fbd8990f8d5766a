"""The static kind: a vector for each token, and which of a text's tokens count. Thousands of texts a second, no torch.

It learns to see what all-MiniLM-L6-v2 sees in whole trials and in titles: which of them are near which.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import orjson

from indexer.training.corpus import Corpus
from indexer.training.neighbourhoods import Neighbourhoods
from indexer.training.pairs import TEXTS
from indexer.training.regression import regressed_vectors
from indexer.training.run import Recipe
from indexer.training.teacher import Teacher
from indexer.training.vocabulary import learned_tokenizer
from search.encoders.catalogue import DEFAULT_ENCODER
from search.encoders.sentence_transformer import open_bundled
from search.encoders.static import TOKENIZER_FILE, WEIGHTS_FILE, in_whole_numbers
from search.progress import Progress

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

OPENED = "sentence-transformers loads the folder where Trialkin is installed, with `trust_remote_code=True`."
LICENCE = (
    "Apache-2.0: what is imitated is all-MiniLM-L6-v2 (Apache-2.0); the records learned from are public data of the "
    "United States government."
)
# Each measured on relevance labels of other trials than those it was chosen by (docs/encoders.md).
EPOCHS = 3
TOKENS = 24_000
GROUP_SIZE, GROUPS_A_BATCH = 128, 8
LEARNING_RATE = 2e-3
TOKENS_LEARNING_RATE = 1e-3
"""Of the tokens' vectors, which begin nearly right."""


def recipe(corpus: Corpus, *, seed: int, epochs: int | None, dim: int | None, root: Path, progress: Progress) -> Recipe:
    """Imitation of the teacher's view of batches, each of several neighbourhoods of trials."""
    import torch
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer

    from indexer.training.attentive import HEADS, WIDTH, AttentiveEmbedding
    from indexer.training.imitation import COLUMNS, CONTRAST_SHARE, STUDENT_SCALE, TEACHER_SCALE, ImitationLoss

    trials = corpus.trained
    teacher = Teacher(open_bundled(DEFAULT_ENCODER), root=root, progress=progress)
    taught = teacher.of_trials(trials)
    texts = {name: [TEXTS[name](trial) for trial in trials] for name in COLUMNS}
    titles = teacher.of_texts(texts["title"])
    tokenizer = learned_tokenizer(trials, size=TOKENS)
    sought = taught
    if dim is not None and dim < taught.shape[1]:
        # The directions in which trials differ most.
        _, _, directions = np.linalg.svd(taught[:: max(1, len(taught) // 20_000)], full_matrices=False)
        sought = taught @ directions[:dim].T
    module = AttentiveEmbedding(tokenizer, regressed_vectors(tokenizer, list(texts.values()), sought), seed=seed)
    model = SentenceTransformer(modules=[module])
    planned = Neighbourhoods(taught, size=GROUP_SIZE, together=GROUPS_A_BATCH, seed=seed)

    return Recipe(
        model=model,
        loss=ImitationLoss(model, trials=torch.from_numpy(taught), titles=torch.from_numpy(titles)),
        data=Dataset.from_dict({**texts, "label": list(range(len(trials)))}),
        batches=planned.batches,
        epochs=epochs or EPOCHS,
        learning_rate=LEARNING_RATE,
        learning_rates={r"embedding\.weight$": TOKENS_LEARNING_RATE},
        told={
            "imitated": (
                f"{DEFAULT_ENCODER}: the mean of what it makes of a trial's passage and of its summary, and its titles"
            ),
            "tokens": f"{tokenizer.get_vocab_size():,} tokens by byte pair encoding of the records",
            "first vectors": f"ridge regression of what {DEFAULT_ENCODER} makes of a trial on the means of its texts",
            "beside the mean": f"{HEADS} times attention, asked by the mean; a dense layer of {WIDTH}",
            "batches": str(planned),
            "loss": (
                f"divergence from the teacher's softmax over a batch, scale {TEACHER_SCALE:g}, ours "
                f"{STUDENT_SCALE:g}; and {CONTRAST_SHARE:g} of how far a summary is from being the nearest of a batch "
                "to its passage and its title (InfoNCE)"
            ),
            "stored as": "whole numbers of 8 bits, a scale for each row",
        },
    )


def save(model: "SentenceTransformer", folder: Path) -> None:
    """As sentence-transformers saves it, matrices in whole numbers."""
    from safetensors.numpy import load_file, save_file

    model.save(str(folder), create_model_card=False)
    save_file(in_whole_numbers(load_file(folder / WEIGHTS_FILE)), folder / WEIGHTS_FILE)
    path = folder / TOKENIZER_FILE
    path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes())))  # half the size without indents
