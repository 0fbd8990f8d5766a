"""A sentence-transformers model small enough to be made in a test."""

from pathlib import Path

import numpy as np

WORDS = ["[UNK]", "query", "passage", ":", "crohn", "disease", "stem", "cells", "exosomes"]
DIM = 6


def word_vectors(seed=0):
    """One random vector a word, (len(WORDS), DIM)."""
    return np.random.default_rng(seed).normal(size=(len(WORDS), DIM)).astype(np.float32)


def save_model(folder: Path, *, seed: int = 0, **prompts: str) -> Path:
    """A model that means its words' vectors, with these prompts, in `folder`."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.normalizers import Lowercase
    from tokenizers.pre_tokenizers import Whitespace

    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = Lowercase(), Whitespace()
    module = StaticEmbedding(tokenizer, embedding_weights=word_vectors(seed))
    SentenceTransformer(modules=[module], prompts=prompts or None, device="cpu").save(str(folder))
    return folder


def mean_of(*words: str, seed: int = 0):
    """The unit vector that the model gives these words."""
    mean = word_vectors(seed)[[WORDS.index(word) for word in words]].mean(axis=0)
    return mean / np.linalg.norm(mean)
