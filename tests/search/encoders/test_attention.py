"""A text's vector by attention, against the formulas written out in double precision."""

import numpy as np

from search.encoders.attention import Attention

DIM, HEADS, RANK, WIDTH = 5, 2, 3, 7
RNG = np.random.default_rng(1)
ATTENTION = Attention(
    **{
        name: RNG.normal(size=shape).astype(np.float32)
        for name, shape in {
            "queries": (DIM, HEADS * RANK),
            "query_bias": (HEADS * RANK,),
            "keys": (DIM, HEADS * RANK),
            "values": (HEADS * DIM, DIM),
            "hidden": (DIM, WIDTH),
            "hidden_bias": (WIDTH,),
            "output": (WIDTH, DIM),
        }.items()
    }
)


def scaled(vector):
    return vector / np.linalg.norm(vector) * DIM**0.5


def worked_out(tokens):
    tokens = tokens.astype(np.float64)
    mean = tokens.mean(axis=0)
    attended = mean.copy()
    for head in range(HEADS):
        own = slice(head * RANK, (head + 1) * RANK)
        sought = scaled(mean) @ ATTENTION.queries[:, own] + ATTENTION.query_bias[own]
        shares = np.exp([token @ ATTENTION.keys[:, own] @ sought / RANK**0.5 for token in tokens])
        seen = (shares / shares.sum()) @ tokens
        attended += seen @ ATTENTION.values[head * DIM : (head + 1) * DIM]
    hidden = scaled(attended) @ ATTENTION.hidden + ATTENTION.hidden_bias
    return attended / np.linalg.norm(attended) + hidden.clip(min=0) @ ATTENTION.output


def test_a_text_s_vector_is_what_the_formulas_say():
    tokens = RNG.normal(size=(9, DIM)).astype(np.float32)
    starts = np.array([0, 1, 6])
    vectors = ATTENTION.text_vectors(tokens, ATTENTION.token_keys(tokens), starts)
    for vector, text in zip(vectors, np.split(tokens, starts[1:]), strict=True):
        assert np.allclose(vector, worked_out(text), atol=1e-4)


def test_large_scores_do_not_overflow():
    tokens = 100 * RNG.normal(size=(3, DIM)).astype(np.float32)
    assert np.isfinite(ATTENTION.text_vectors(tokens, ATTENTION.token_keys(tokens), np.array([0]))).all()
