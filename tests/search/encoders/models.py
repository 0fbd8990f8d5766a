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

    module = StaticEmbedding(_tokenizer(), embedding_weights=word_vectors(seed))
    SentenceTransformer(modules=[module], prompts=prompts or None, device="cpu").save(str(folder))
    return folder


def save_attentive_model(folder: Path, *, seed: int = 0) -> Path:
    """A model that attends to its words' vectors, all its weights random, in `folder`."""
    import torch
    from sentence_transformers import SentenceTransformer

    from indexer.training.attentive import AttentiveEmbedding

    module = AttentiveEmbedding(_tokenizer(), word_vectors(seed))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name in ("query_bias", "values", "hidden_bias", "output"):
            module.get_parameter(name).normal_(0, 0.3, generator=generator)
    SentenceTransformer(modules=[module], device="cpu").save(str(folder))
    return folder


def _tokenizer():
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.normalizers import Lowercase
    from tokenizers.pre_tokenizers import Whitespace

    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = Lowercase(), Whitespace()
    return tokenizer


def mean_of(*words: str, seed: int = 0):
    """The unit vector that the model gives these words."""
    mean = word_vectors(seed)[[WORDS.index(word) for word in words]].mean(axis=0)
    return mean / np.linalg.norm(mean)
