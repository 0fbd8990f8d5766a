"""First vectors of tokens: those whose mean in a text comes nearest to what a teacher makes of the text's trial."""

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from search.vectors import Vectors

if TYPE_CHECKING:
    from tokenizers import Tokenizer

RIDGE = 10.0
"""How much a token's vector is drawn to 0: as by so many times that it stands in a text of middling length."""
STEPS = 12
_TEXTS_AT_A_TIME = 1_000
_LEAST = np.float32(1e-20)


def regressed_vectors(tokenizer: "Tokenizer", columns: Sequence[Sequence[str]], taught: Vectors) -> Vectors:
    """(tokens, dim) by ridge regression of `taught` (n, dim) on the means of the tokens of each column of n texts.

    An empty text has no part. Solved by conjugate gradients with the diagonal as preconditioner (Shewchuk 1994, "An
    Introduction to the Conjugate Gradient Method Without the Agonizing Pain"), each dimension on its own, and stopped
    after STEPS: they are trained on, and need not be exact.
    """
    means = sparse.vstack([_means(tokenizer, texts) for texts in columns], format="csr")
    ridge = np.float32(RIDGE * _middling_share(means) ** 2)
    means.sum_duplicates()
    to_tokens = means.T.tocsr()
    diagonal = to_tokens.multiply(to_tokens).sum(axis=1).reshape(-1, 1) + ridge
    left = to_tokens @ np.concatenate([taught] * len(columns))
    vectors = np.zeros_like(left)
    direction = left / diagonal
    size = (left * direction).sum(axis=0)
    for _ in range(STEPS):
        bent = to_tokens @ (means @ direction) + ridge * direction
        step = size / np.maximum((direction * bent).sum(axis=0), _LEAST)
        vectors += step * direction
        left -= step * bent
        before, size = size, (left * (left / diagonal)).sum(axis=0)
        direction = left / diagonal + size / np.maximum(before, _LEAST) * direction
    return np.asarray(vectors, dtype=np.float32)


def _means(tokenizer: "Tokenizer", texts: Sequence[str]) -> sparse.csr_array:
    """(n, tokens): what each token has of the mean of each text."""
    tokens = [
        found.ids
        for start in range(0, len(texts), _TEXTS_AT_A_TIME)
        for found in tokenizer.encode_batch_fast(
            list(texts[start : start + _TEXTS_AT_A_TIME]), add_special_tokens=False
        )
    ]
    lengths = np.array([len(ids) for ids in tokens])
    ids = np.fromiter(chain.from_iterable(tokens), dtype=np.int32, count=int(lengths.sum()))
    shares = np.repeat(1 / np.maximum(lengths, 1), lengths).astype(np.float32)
    ends = np.concatenate(([0], np.cumsum(lengths)))
    return sparse.csr_array((shares, ids, ends), shape=(len(texts), tokenizer.get_vocab_size()))


def _middling_share(means: sparse.csr_array) -> float:
    """Of one token in a text of middling length."""
    firsts = means.indptr[:-1][np.diff(means.indptr) > 0]
    return float(np.median(means.data[firsts]))
