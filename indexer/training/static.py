"""The static kind: one vector a token, a text the mean of its tokens' vectors. Thousands of texts a second, no torch.

It learns to see what all-MiniLM-L6-v2 sees in whole trials: which of them are near which.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import orjson

from indexer.training.corpus import Corpus
from indexer.training.neighbourhoods import Neighbourhoods
from indexer.training.pairs import TEXTS
from indexer.training.run import Recipe
from indexer.training.teacher import Teacher
from indexer.training.vocabulary import first_vectors, learned_tokenizer
from search.encoders.catalogue import DEFAULT_ENCODER
from search.encoders.sentence_transformer import open_bundled
from search.encoders.static import TOKENIZER_FILE, WEIGHTS_FILE, in_whole_numbers
from search.progress import Progress

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

OPENED = "sentence-transformers loads the folder as it is."
LICENCE = (
    "Apache-2.0: what is imitated is all-MiniLM-L6-v2 (Apache-2.0); the records learned from are public data of the "
    "United States government."
)
# Each measured on relevance labels of other trials than those it was chosen by (docs/encoders.md).
EPOCHS = 3
TOKENS = 28_000
GROUP_SIZE, GROUPS_A_BATCH = 128, 8
LEARNING_RATE = 0.02


def recipe(corpus: Corpus, *, seed: int, epochs: int | None, dim: int | None, root: Path, progress: Progress) -> Recipe:
    """Imitation of the teacher's view of batches, each of several neighbourhoods of trials."""
    import torch
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    from indexer.training.imitation import COLUMNS, STUDENT_SCALE, TEACHER_SCALE, ImitationLoss

    trials = corpus.trained
    teacher = Teacher(open_bundled(DEFAULT_ENCODER), root=root, progress=progress)
    taught = teacher.of_trials(trials)
    tokenizer = learned_tokenizer(trials, size=TOKENS)
    vectors = first_vectors(tokenizer, trials, teacher)
    if dim is not None and dim < vectors.shape[1]:
        # The directions in which trials differ most.
        _, _, directions = np.linalg.svd(taught[:: max(1, len(taught) // 20_000)], full_matrices=False)
        vectors = vectors @ directions[:dim].T
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=vectors)])
    planned = Neighbourhoods(taught, size=GROUP_SIZE, together=GROUPS_A_BATCH, seed=seed)

    return Recipe(
        model=model,
        loss=ImitationLoss(model, torch.from_numpy(taught), teacher_scale=TEACHER_SCALE, student_scale=STUDENT_SCALE),
        data=Dataset.from_dict(
            {**{name: [TEXTS[name](trial) for trial in trials] for name in COLUMNS}, "label": list(range(len(trials)))}
        ),
        batches=planned.batches,
        epochs=epochs or EPOCHS,
        learning_rate=LEARNING_RATE,
        told={
            "imitated": f"{DEFAULT_ENCODER}, by the mean of what it makes of a trial's passage and of its summary",
            "tokens": f"{tokenizer.get_vocab_size():,} tokens by byte pair encoding of the records",
            "first vectors": f"what {DEFAULT_ENCODER} makes of each token alone, weighted by its rarity",
            "batches": str(planned),
            "loss": (
                f"divergence from the teacher's softmax over a batch, scale {TEACHER_SCALE:g}, ours {STUDENT_SCALE:g}"
            ),
            "stored as": "whole numbers of 8 bits, a scale for each token",
        },
    )


def save(model: "SentenceTransformer", folder: Path) -> None:
    """As sentence-transformers saves it, the vectors in whole numbers."""
    from safetensors.numpy import save_file

    model.save(str(folder), create_model_card=False)
    vectors = model.get_submodule("0.embedding").get_parameter("weight").detach().cpu().numpy()
    save_file(in_whole_numbers(vectors), folder / WEIGHTS_FILE)
    path = folder / TOKENIZER_FILE
    path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes())))  # half the size without indents
