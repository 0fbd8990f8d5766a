"""What makes more of a static encoder's token vectors than their mean: the text itself says which tokens count."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from search.vectors import Rows, Vectors, unit_rows

_Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """One layer of attention, asked once a text by the mean of its tokens, and a dense layer behind it.

    Of the token vectors e_1 … e_n of a text, their mean m, and u(x) = x / |x| · sqrt(dim):

        q_h = u(m) Q_h + c_h                              what head h looks for
        w_h = softmax over i of e_i K_h · q_h / sqrt(rank)   how much each token has of it
        a   = m + sum over h of (sum over i of w_hi e_i) V_h
        v   = a / |a| + relu(u(a) A + b) B

    So no token sees its neighbours, and keys of tokens are looked up as their vectors are. The attention is that of
    Vaswani et al. (2017), "Attention Is All You Need", with one query a text; what stands behind the mean is the deep
    averaging network of Iyyer et al. (2015).
    """

    queries: _Array
    """Q, (dim, heads · rank)."""
    query_bias: _Array
    """c, (heads · rank,)."""
    keys: _Array
    """K, (dim, heads · rank)."""
    values: _Array
    """V, (heads · dim, dim)."""
    hidden: _Array
    """A, (dim, width)."""
    hidden_bias: _Array
    """b, (width,)."""
    output: _Array
    """B, (width, dim)."""

    @classmethod
    def of(cls, weights: Mapping[str, _Array]) -> Self:
        """Out of the arrays of a weights file. Raises KeyError where one is missing."""
        return cls(**{name: weights[name] for name in NAMES})

    @property
    def heads(self) -> int:
        """How often a text asks."""
        return int(len(self.values) // self.values.shape[1])

    def token_keys(self, vectors: Vectors) -> _Array:
        """(tokens, heads · rank) of (tokens, dim)."""
        rank = self.keys.shape[1] // self.heads
        keys: _Array = vectors @ self.keys / np.float32(np.sqrt(rank))
        return keys

    def text_vectors(self, vectors: Vectors, keys: _Array, starts: Rows) -> _Array:
        """(texts, dim) of the tokens of texts one after another: (n, dim), (n, heads · rank); where each text starts.

        Every text has a token.
        """
        lengths = np.diff(starts, append=len(vectors))
        means: _Array = np.add.reduceat(vectors, starts, axis=0)
        means /= lengths[:, None]
        sought = _scaled(means) @ self.queries + self.query_bias
        of_text = np.repeat(np.arange(len(starts)), lengths)
        shape = (len(vectors), self.heads, -1)
        scores = np.einsum("nhr,nhr->nh", keys.reshape(shape), sought[of_text].reshape(shape))
        scores -= np.maximum.reduceat(scores, starts, axis=0)[of_text]
        np.exp(scores, out=scores)
        scores /= np.add.reduceat(scores, starts, axis=0)[of_text]
        attended = np.empty((len(starts), self.heads, vectors.shape[1]), dtype=np.float32)
        for text, start in enumerate(starts):
            tokens = slice(start, start + lengths[text])
            np.matmul(scores[tokens].T, vectors[tokens], out=attended[text])
        means += attended.reshape(len(starts), -1) @ self.values
        depth = np.maximum(_scaled(means) @ self.hidden + self.hidden_bias, 0) @ self.output
        refined: _Array = unit_rows(means) + depth
        return refined


NAMES = tuple(field.name for field in fields(Attention))
"""Of the arrays, as they are stored."""


def _scaled(rows: _Array) -> _Array:
    return unit_rows(rows) * np.float32(np.sqrt(rows.shape[1]))
