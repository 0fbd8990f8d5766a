"""A static encoder with attention, as sentence-transformers trains, saves and loads it."""

from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from safetensors.numpy import load_file
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import embedding_bag, normalize, relu

from search.encoders.static import TOKENIZER_FILE, WEIGHTS_FILE, from_whole_numbers, token_vectors
from search.vectors import Vectors

HEADS, RANK, WIDTH = 4, 32, 256
"""Times that a text asks, numbers that a key has, and those of the dense layer."""


class AttentiveEmbedding(StaticEmbedding):
    """The module; `search.encoders.attention.Attention` says what it computes, and computes the same without torch."""

    def __init__(self, tokenizer: Tokenizer, embedding_weights: Vectors, *, seed: int = 0) -> None:
        """Begins as the mean of the tokens' vectors `embedding_weights` (tokens, dim): what is added is 0 at first."""
        super().__init__(tokenizer, embedding_weights=embedding_weights)
        drawn = torch.Generator().manual_seed(seed)
        dim = self.embedding_dim
        typical = float(np.sqrt(np.square(embedding_weights).mean()))

        def normal(*shape: int, deviation: float) -> nn.Parameter:
            return nn.Parameter(torch.randn(*shape, generator=drawn) * deviation)

        self.queries = normal(dim, HEADS * RANK, deviation=0.3 / dim**0.5)
        self.query_bias = normal(HEADS * RANK, deviation=0.3)
        self.keys = normal(dim, HEADS * RANK, deviation=1 / dim**0.5 / typical)
        self.values = nn.Parameter(torch.zeros(HEADS * dim, dim))
        self.hidden = normal(dim, WIDTH, deviation=1 / dim**0.5)
        self.hidden_bias = nn.Parameter(torch.zeros(WIDTH))
        self.output = nn.Parameter(torch.zeros(WIDTH, dim))

    def forward(self, features: dict[str, Tensor], **_: Any) -> dict[str, Tensor]:
        """Adds the sentence embeddings; a text without a token has a zero row."""
        ids, starts = features["input_ids"], features["offsets"]
        vectors = self.embedding.weight
        lengths = torch.diff(starts, append=torch.tensor([len(ids)], device=ids.device))
        of_text = torch.repeat_interleave(torch.arange(len(starts), device=ids.device), lengths)
        means = embedding_bag(ids, vectors, starts, mode="mean")
        sought = (self._scaled(means) @ self.queries + self.query_bias)[of_text]
        distinct, places = torch.unique(ids, return_inverse=True)
        keys = (vectors[distinct] @ self.keys)[places]
        scores = (keys * sought).view(len(ids), HEADS, RANK).sum(dim=2) / RANK**0.5
        highest = torch.full((len(starts), HEADS), -torch.inf, device=ids.device)
        highest.scatter_reduce_(0, of_text[:, None].expand_as(scores), scores.detach(), "amax")
        shares = torch.exp(scores - highest[of_text])
        shares = shares / torch.zeros_like(highest).index_add(0, of_text, shares)[of_text]
        attended = [
            embedding_bag(ids, vectors, starts, mode="sum", per_sample_weights=shares[:, head].contiguous())
            for head in range(HEADS)
        ]
        means = means + torch.cat(attended, dim=1) @ self.values
        depth = relu(self._scaled(means) @ self.hidden + self.hidden_bias) @ self.output
        features["sentence_embedding"] = normalize(means) + depth * (lengths > 0)[:, None]
        return features

    def _scaled(self, rows: Tensor) -> Tensor:
        scaled: Tensor = normalize(rows) * self.embedding_dim**0.5
        return scaled

    @classmethod
    def load(cls, model_name_or_path: str, **_: Any) -> Self:  # type: ignore[override]
        """Out of a folder."""
        folder = Path(model_name_or_path)
        weights = from_whole_numbers(load_file(folder / WEIGHTS_FILE))
        module = cls(Tokenizer.from_file(str(folder / TOKENIZER_FILE)), token_vectors(weights))
        module.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
        return module
