"""The loss by which a student learns a teacher's view of which trials of a batch are alike."""

from collections.abc import Iterable

import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn
from torch.nn.functional import kl_div, log_softmax, normalize

COLUMNS = ("passage", "summary", "title")
"""The texts of a trial, in the order of the training columns; an empty text has no part in its vector."""
TEACHER_SCALE, STUDENT_SCALE = 30.0, 20.0
TITLE_SHARE, TITLE_TO_TRIAL_SHARE = 0.5, 0.25


class ImitationLoss(nn.Module):
    """Kullback-Leibler divergence of the student's softmax over the other trials of the batch from the teacher's.

    Three views are compared with the one of the teacher: trial to trial, by the mean of passage and summary as an index
    has them; title to title; and title to trial. So a title learns to stand where its whole trial stands. The form is
    that of relational distillation (Park et al. 2019) with the softmax of Hinton et al. (2015): only who is near whom
    is imitated, and the student's space is its own.
    """

    def __init__(
        self, model: SentenceTransformer, teacher: Tensor, *, teacher_scale: float, student_scale: float
    ) -> None:
        """`teacher` has (n, dim) unit vectors; the label of an example is its row there."""
        super().__init__()
        self.model = model
        self._teacher = teacher
        self._teacher_scale = teacher_scale
        self._student_scale = student_scale

    def forward(self, sentence_features: Iterable[dict[str, Tensor]], labels: Tensor) -> Tensor:
        """The loss of one batch."""
        passages, summaries, titles = (
            normalize(self.model(features)["sentence_embedding"]) for features in sentence_features
        )
        trials = normalize(passages + summaries)
        taught = self._teacher[labels.cpu()].to(trials.device)
        itself = torch.eye(len(trials), dtype=torch.bool, device=trials.device)
        wanted = log_shares(taught @ taught.T * self._teacher_scale, itself)

        def divergence(cosines: Tensor) -> Tensor:
            seen = log_shares(cosines * self._student_scale, itself)
            return kl_div(seen, wanted, reduction="batchmean", log_target=True)

        return (
            divergence(trials @ trials.T)
            + TITLE_SHARE * divergence(titles @ titles.T)
            + TITLE_TO_TRIAL_SHARE * divergence(titles @ trials.T)
        )


def log_shares(scores: Tensor, excluded: Tensor) -> Tensor:
    """Log-softmax of each row of `scores` without what is `excluded` there."""
    return log_softmax(scores.masked_fill(excluded, -1e4), dim=1)
