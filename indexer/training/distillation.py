"""Learning from a teacher that needs no training: what the words and the untuned encoder together say of two trials.

Their sum ranks better than either (docs/relevance.md), so the encoder is taught to rank as it does: within a batch of
neighbouring trials each text's cosines, as a softmax, come near the teacher's scores (Kullback-Leibler divergence; Lin,
Yang and Lin 2020, arXiv:2010.11386, with all texts of the batch as candidates). No relevance label is needed.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csc_matrix
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn

from search.encoders.base import Encoder
from search.lexical import words_of_trial
from search.passage import passage_texts
from search.postings import Postings
from search.trial import Trial
from search.vectors import mean_vectors

WORDS_SHARE = 0.5
TEMPERATURE = 0.05
"""Of both softmaxes: at it a trial that scores .05 less counts e times less."""


class Teacher:
    """Half what share of a trial's own BM25 another has, half the cosine of their vectors by `encoder`."""

    def __init__(self, trials: Sequence[Trial], encoder: Encoder) -> None:
        postings = Postings.of(words_of_trial(trial) for trial in trials)
        shape = (postings.number, len(postings.words))

        def by_trial(values: NDArray[Any]) -> Any:
            return csc_matrix((values.astype(np.float32), postings.rows, postings.starts), shape=shape).tocsr()

        self._scores, self._counts = by_trial(postings.scores()), by_trial(postings.counts)
        self._texts = [passage_texts(trial) for trial in trials]
        self._encoder = encoder

    def scores(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """(len(rows), len(rows)) How alike each trial finds each other: 1 is itself."""
        rows, places = np.unique(rows, return_inverse=True)
        words = (self._counts[rows] @ self._scores[rows].T).toarray()
        own = np.maximum(words.diagonal()[:, np.newaxis], np.finfo(np.float32).tiny)
        vectors = mean_vectors([self._texts[row] for row in rows], self._encoder.encode_documents)
        scores: NDArray[np.float32] = WORDS_SHARE * words / own + (1 - WORDS_SHARE) * vectors @ vectors.T
        return scores[places][:, places]


class NeighbourhoodDistillation(nn.Module):
    """The loss: one column of texts, and as label the row of the trial that each is of."""

    def __init__(self, model: SentenceTransformer, teacher: Teacher) -> None:
        super().__init__()
        self.model = model
        self._teacher = teacher

    def forward(self, sentence_features: Iterable[dict[str, Tensor]], labels: Tensor) -> Tensor:
        """The mean divergence over the texts of the batch; a trial is no candidate for its own texts."""
        (texts,) = sentence_features
        vectors = nn.functional.normalize(self.model(texts)["sentence_embedding"].float(), dim=1)
        taught = torch.from_numpy(self._teacher.scores(labels.cpu().numpy())).to(vectors.device)
        itself = labels[:, None] == labels[None, :]
        told = _log_shares(vectors @ vectors.T, itself)
        wanted = _log_shares(taught, itself)
        divergence = (wanted.exp() * (wanted - told)).masked_fill(itself, 0)
        return divergence.sum(dim=1).mean()


def _log_shares(scores: Tensor, excluded: Tensor) -> Tensor:
    return torch.log_softmax((scores / TEMPERATURE).masked_fill(excluded, -1e9), dim=1)
