"""First vectors by regression, against a plain solution of the normal equations."""

import numpy as np

from indexer.training.regression import RIDGE, regressed_vectors
from indexer.training.vocabulary import learned_tokenizer
from search.trial import Trial

WORDS = ["crohn", "disease", "stem", "cells", "exosomes", "placebo"]
RNG = np.random.default_rng(0)
TEXTS = [" ".join(RNG.choice(WORDS, size=RNG.integers(1, 6))) for _ in range(40)] + [""]
OTHERS = [" ".join(RNG.choice(WORDS, size=RNG.integers(1, 6))) for _ in TEXTS]


def test_they_solve_the_ridge_regression_of_what_is_taught_on_the_means_of_the_texts():
    trials = [Trial(trial_id=f"NCT{row:08}", brief_title=text) for row, text in enumerate(OTHERS * 5)]
    tokenizer = learned_tokenizer(trials, size=200)
    taught = RNG.normal(size=(len(TEXTS), 3)).astype(np.float32)
    vectors = regressed_vectors(tokenizer, [TEXTS, OTHERS], taught)

    means = np.zeros((2 * len(TEXTS), tokenizer.get_vocab_size()))
    lengths = []
    for row, text in enumerate([*TEXTS, *OTHERS]):
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        lengths += [len(ids)] if ids else []
        np.add.at(means[row], ids, 1 / max(1, len(ids)))
    ridge = RIDGE * np.median(1 / np.array(lengths)) ** 2
    normal = means.T @ means + ridge * np.eye(means.shape[1])
    expected = np.linalg.solve(normal, means.T @ np.concatenate([taught, taught]))
    assert np.allclose(vectors, expected, atol=1e-3)
