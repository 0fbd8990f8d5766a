"""The static kind: one vector a token, a text the mean of its tokens' vectors. Thousands of texts a second, no torch.

The tokenizer and the first vectors are those of all-MiniLM-L6-v2, of which only the table of token vectors is taken.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from indexer.training.corpus import Corpus
from indexer.training.pairs import neighbourhood_batches, pairs_of
from indexer.training.run import Recipe
from search.encoders.catalogue import DEFAULT_ENCODER
from search.encoders.sentence_transformer import open_bundled

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

LICENCE = (
    "Apache-2.0: the first token vectors and the tokenizer are those of all-MiniLM-L6-v2 (Apache-2.0); the records "
    "learned from are public data of the United States government."
)
OPENED = "The library sentence-transformers loads the folder as it is."
PAIRS = (("title", "summary"), ("title", "facets"), ("facets", "summary"))
EPOCHS = 3
BATCH_SIZE = 1_024
LEARNING_RATE = 2e-3
SCALE = 20.0


def recipe(corpus: Corpus, *, seed: int, epochs: int | None, dim: int | None) -> Recipe:
    """Symmetric InfoNCE over two texts of one record, in batches of neighbouring trials."""
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    base = open_bundled(DEFAULT_ENCODER).model
    weights = base.get_submodule("0.auto_model.embeddings.word_embeddings").get_parameter("weight").detach().numpy()
    tokenizer = base.tokenizer.backend_tokenizer
    tokenizer.no_truncation()
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights[:, :dim].copy())])
    kinds = [pairs for first, second in PAIRS if (pairs := pairs_of(corpus.trained, first, second))]
    rows = [pair for listed in kinds for pair in listed]
    size = min(BATCH_SIZE, *(len(listed) for listed in kinds))

    def batches(epoch: int) -> list[list[int]]:
        planned: list[list[int]] = []
        start = 0
        for number, listed in enumerate(kinds):
            places = [place for place, _ in listed]
            for batch in neighbourhood_batches(
                corpus.trained, places, size=size, seed=seed + epoch * len(kinds) + number
            ):
                planned.append([start + position for position in batch])
            start += len(listed)
        np.random.default_rng((seed, epoch)).shuffle(planned)
        return planned

    return Recipe(
        model=model,
        loss=MultipleNegativesRankingLoss(
            model, scale=SCALE, directions=("query_to_doc", "doc_to_query"), partition_mode="per_direction"
        ),
        data=Dataset.from_dict({"anchor": [pair[0] for _, pair in rows], "positive": [pair[1] for _, pair in rows]}),
        batches=batches,
        epochs=epochs or EPOCHS,
        learning_rate=LEARNING_RATE,
        told={
            "pairs": f"{len(rows):,}: " + ", ".join(f"{first} and {second}" for first, second in PAIRS),
            "contrast": f"batches of {size:,} pairs of neighbouring trials",
            "loss": f"symmetric InfoNCE, scale {SCALE:g}",
        },
    )


def save(model: "SentenceTransformer", folder: Path) -> None:
    """As sentence-transformers saves it."""
    model.save(str(folder), create_model_card=False)
