"""What a static encoder imitates: the vectors that a transformer gives the trials, each made once and kept."""

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np

from indexer.build import CACHE_FOLDER
from indexer.embed import embed_missing
from indexer.embedding_cache import EmbeddingCache
from search.encoders.base import Encoder
from search.encoders.onnx_export import SAMPLES, exported
from search.encoders.openvino import OpenVinoEncoder
from search.encoders.sentence_transformer import SentenceTransformerEncoder
from search.passage import passage_texts
from search.progress import Progress
from search.trial import Trial
from search.vectors import Rows, Vectors, mean_vectors, unit_rows

# One centre for so many groups of neighbours, found by so many rounds of k-means on so many rows: it need not be exact.
_GROUPS_A_CENTRE, _ROUNDS, _SAMPLE = 2, 2, 40_000


class Teacher:
    """An encoder whose vectors are kept below an index, where `rebuild-index` keeps them too."""

    def __init__(self, encoder: SentenceTransformerEncoder, *, root: Path, progress: Progress) -> None:
        self.encoder = encoder
        self._root = root
        self._progress = progress

    def of_trials(self, trials: Sequence[Trial]) -> Vectors:
        """(n, dim) of each trial, as an index has them."""
        groups = [passage_texts(trial) for trial in trials]
        return self._vectors(groups)

    def of_texts(self, texts: Sequence[str]) -> Vectors:
        """(n, dim) of each text."""
        return self._vectors([(text,) for text in texts])

    def _vectors(self, groups: Sequence[tuple[str, ...]]) -> Vectors:
        texts = list(dict.fromkeys(text for group in groups for text in group))
        with EmbeddingCache(self._root / CACHE_FOLDER, self.encoder.revision) as cache:
            if cache.missing(texts):
                embed_missing(texts, self._fast(texts), cache, self._progress)
            return mean_vectors(groups, cache.vectors)

    def _fast(self, texts: Sequence[str]) -> Encoder:
        if self.encoder.on_accelerator:
            return self.encoder
        export = exported(self.encoder, self._root, texts[:SAMPLES])
        return OpenVinoEncoder(export) if export else self.encoder


def neighbourhood_groups(vectors: Vectors, *, size: int, seed: int) -> Rows:
    """(groups, size) rows of `vectors`, each group near in meaning, in drawn order; what fills no group is left out.

    Another seed draws other centres, and so other groups.
    """
    rng = np.random.default_rng(seed)
    number = max(1, len(vectors) // (size * _GROUPS_A_CENTRE))
    centres = vectors[rng.choice(len(vectors), number, replace=False)]
    for _ in range(_ROUNDS):
        sample = vectors[rng.choice(len(vectors), min(len(vectors), _SAMPLE), replace=False)]
        sums = np.zeros_like(centres)
        np.add.at(sums, _nearest(centres, sample), sample)
        kept = np.linalg.norm(sums, axis=1) > 0
        centres[kept] = unit_rows(sums[kept])
    # Along one direction, so that groups that straddle two centres straddle near ones.
    along = np.argsort(np.argsort(centres @ rng.normal(size=centres.shape[1]), kind="stable"), kind="stable")
    order = np.lexsort((rng.random(len(vectors)), along[_nearest(centres, vectors)]))
    groups = len(vectors) // size
    return order[: groups * size].reshape(groups, size)[rng.permutation(groups)]


def _nearest(centres: Vectors, vectors: Vectors) -> Rows:
    index = faiss.IndexFlatIP(centres.shape[1])
    index.add(centres)
    nearest: Rows = index.search(vectors, 1)[1][:, 0]
    return nearest
