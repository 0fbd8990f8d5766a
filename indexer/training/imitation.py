"""The loss of the static kind: to see which trials of a batch are alike as a teacher does, and to know a record."""

from collections.abc import Iterable

import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, kl_div, log_softmax, normalize

COLUMNS = ("passage", "summary", "title")
"""The texts of a trial, in the order of the training columns; an empty text has no part in its vector."""
TEACHER_SCALE, STUDENT_SCALE = 30.0, 20.0
CONTRAST_SHARE = 0.3


class ImitationLoss(nn.Module):
    """Kullback-Leibler divergence of the student's softmax over the other trials of the batch from the teacher's.

    Two views are compared with the teacher's: trial to trial, by the mean of passage and summary as an index has them,
    and title to title. The form is that of relational distillation (Park et al. 2019) with the softmax of Hinton et al.
    (2015): only who is near whom is imitated, and the student's space is its own. Beside it, a summary is to be found
    by the passage and by the title of its record, and the reverse, among those of the batch (InfoNCE; van den Oord et
    al. 2018, arXiv:1807.03748).
    """

    def __init__(self, model: SentenceTransformer, *, trials: Tensor, titles: Tensor) -> None:
        """What the teacher makes of each trial and of its title, (n, dim) unit vectors.

        The label of an example is its row there.
        """
        super().__init__()
        self.model = model
        self._trials = trials
        self._titles = titles

    def forward(self, sentence_features: Iterable[dict[str, Tensor]], labels: Tensor) -> Tensor:
        """The loss of one batch."""
        passages, summaries, titles = (
            normalize(self.model(features)["sentence_embedding"]) for features in sentence_features
        )
        told = summaries.any(dim=1)
        contrast = self._contrast(passages[told], summaries[told]) + self._contrast(titles[told], summaries[told])
        return (
            self._divergence(normalize(passages + summaries), self._trials[labels.cpu()])
            + self._divergence(titles, self._titles[labels.cpu()])
            + CONTRAST_SHARE * contrast
        )

    @staticmethod
    def _divergence(seen: Tensor, taught: Tensor) -> Tensor:
        taught = taught.to(seen.device)
        itself = torch.eye(len(seen), dtype=torch.bool, device=seen.device)
        wanted = log_shares(taught @ taught.T * TEACHER_SCALE, itself)
        return kl_div(log_shares(seen @ seen.T * STUDENT_SCALE, itself), wanted, reduction="batchmean", log_target=True)

    @staticmethod
    def _contrast(texts: Tensor, others: Tensor) -> Tensor:
        """Of rows that belong together: how far each is from being the nearest of the batch, both ways."""
        if not len(texts):
            return texts.sum()
        scores = texts @ others.T * STUDENT_SCALE
        own = torch.arange(len(texts), device=texts.device)
        return (cross_entropy(scores, own) + cross_entropy(scores.T, own)) / 2


def log_shares(scores: Tensor, excluded: Tensor) -> Tensor:
    """Log-softmax of each row of `scores` without what is `excluded` there."""
    return log_softmax(scores.masked_fill(excluded, -1e4), dim=1)
