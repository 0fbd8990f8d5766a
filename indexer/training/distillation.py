"""The loss of the transformer kind: to see trials as the untuned encoder does, and to know a record by each text of it.

Among neighbouring trials each text's cosines, as a softmax, come near those of whole trials (Kullback-Leibler
divergence; Lin, Yang and Lin 2020, arXiv:2010.11386, with all texts of the batch as candidates); and a record's passage
and summary find each other among those of its neighbours (InfoNCE; van den Oord et al. 2018, arXiv:1807.03748). No
relevance label is needed for either.
"""

from collections.abc import Iterable

import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn
from torch.nn.functional import kl_div, normalize

from indexer.training.imitation import STUDENT_SCALE, TEACHER_SCALE, log_shares

CONTRAST_SHARE = 0.5
CHUNK = 16
"""So many texts of a batch, of nearly the same length, go through the model at once, so that little is padding."""


class NeighbourhoodLoss(nn.Module):
    """The loss: one column of texts, and as label the row of the trial that each is of."""

    def __init__(self, model: SentenceTransformer, teacher: Tensor, *, bfloat16: bool) -> None:
        """`teacher` has (n, dim) unit vectors, one a trial. `bfloat16`: the model multiplies such numbers."""
        super().__init__()
        self.model = model
        self._teacher = teacher
        self._bfloat16 = bfloat16

    def forward(self, sentence_features: Iterable[dict[str, Tensor]], labels: Tensor) -> Tensor:
        """The mean over the texts of the batch; a trial is no candidate for its own texts, unless they are sought."""
        (texts,) = sentence_features
        vectors = self._embedded(texts)
        cosines = STUDENT_SCALE * vectors @ vectors.T
        taught = self._teacher[labels.cpu()].to(vectors.device)
        same = labels[:, None] == labels[None, :]
        wanted = log_shares(TEACHER_SCALE * taught @ taught.T, same)
        divergence = kl_div(log_shares(cosines, same), wanted, reduction="batchmean", log_target=True)
        itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
        contrast = -log_shares(cosines, itself)[same & ~itself].sum() / len(labels)
        return divergence + CONTRAST_SHARE * contrast

    def _embedded(self, texts: dict[str, Tensor]) -> Tensor:
        """(n, dim) unit vectors."""
        lengths = texts["attention_mask"].sum(dim=1)
        order = torch.argsort(lengths, stable=True)
        each = []
        with torch.autocast(lengths.device.type, torch.bfloat16, enabled=self._bfloat16):
            for places in torch.split(order, CHUNK):
                longest = int(lengths[places].max())
                chunk = {
                    name: value[places, :longest] if isinstance(value, Tensor) and value.ndim == 2 else value
                    for name, value in texts.items()
                }
                each.append(self.model(chunk)["sentence_embedding"])
        vectors = torch.cat(each)[torch.argsort(order)]
        return normalize(vectors.float(), dim=1)
