"""What an encoder imitates: the vectors that a transformer gives the trials, each made once and kept."""

from collections.abc import Sequence
from pathlib import Path

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
from search.vectors import Vectors, mean_vectors


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
