"""An encoder as exported into a build: the vectors of sentence-transformers from ONNX Runtime alone.

Loading torch and sentence-transformers takes seconds and hundreds of megabytes, this a fraction of both.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from search.errors import UnusableEncoder
from search.vectors import Vectors, unit_rows

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

MODEL_FILE = "model.onnx"
WEIGHTS_FILE = "model.data"
"""Beside the model; it may be missing: earlier exports have all in one file."""
TOKENIZER_FILE = "tokenizer.json"
SETTINGS_FILE = "encoder.json"
INPUTS = ("input_ids", "attention_mask")
OUTPUT = "embedding"

# Texts of like length side by side waste least on padding; what is multiplied at once should fit into a core's cache.
# Measured in docs/performance.md.
TOKENS_A_BATCH = 512


Feed = Mapping[str, NDArray[np.int64]]
"""INPUTS -> (texts, longest)."""


class ExportedSettings(BaseModel):
    """What the model asks for beside its weights; the tokenizer's file says where texts are cut."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dim: int
    query_prompt: str
    document_prompt: str


class OnnxEncoder:
    """The exported encoder in a folder, loaded when it is first used. Safe to share between threads."""

    def __init__(self, folder: Path, *, spec: str, revision: str) -> None:
        self.spec = spec
        self.revision = revision
        self.folder = folder

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._settings.dim

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dim) unit vectors, with the model's document prompt if it has one."""
        return self._encode(texts, self._settings.document_prompt)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dim) unit vectors, with the model's query prompt if it has one."""
        return self._encode(texts, self._settings.query_prompt)

    def _encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        tokens = [token.ids for token in self._tokenizer.encode_batch([prompt + text for text in texts])]
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)

        def feed(places: Sequence[int]) -> Feed:
            return padded([tokens[place] for place in places], self._padding)

        self._run(batches_of([len(ids) for ids in tokens]), feed, vectors)
        return unit_rows(vectors)

    def _run(self, batches: Sequence[Sequence[int]], feed: Callable[[Sequence[int]], Feed], vectors: Vectors) -> None:
        """Put what the model makes of each batch into those places of `vectors`."""

        def run(places: Sequence[int]) -> None:
            vectors[places] = self._session.run([OUTPUT], feed(places))[0]

        if len(batches) < 2:
            for places in batches:
                run(places)
        else:
            # A batch a core: no core waits for another's part of a product.
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                list(pool.map(run, batches))

    @cached_property
    def _settings(self) -> ExportedSettings:
        try:
            return ExportedSettings.model_validate_json((self.folder / SETTINGS_FILE).read_bytes())
        except (OSError, ValidationError) as error:
            raise self._unusable(error) from error

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self.folder / TOKENIZER_FILE))
        except Exception as error:  # tokenizers raises no other kind
            raise self._unusable(error) from error
        self._padding = int((tokenizer.padding or {}).get("pad_id", 0))
        tokenizer.no_padding()  # only lengths without it say which texts go together
        return tokenizer

    @cached_property
    def _session(self) -> "InferenceSession":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # `_encode` has one batch for each core
        try:
            return onnxruntime.InferenceSession(
                str(self.folder / MODEL_FILE), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime has an error class for each of its codes
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> UnusableEncoder:
        return UnusableEncoder(
            f"the exported encoder in {self.folder} cannot be loaded ({error}); "
            "build again with: trialkin rebuild-index"
        )


def batches_of(lengths: Sequence[int]) -> list[list[int]]:
    """Places of `lengths`, like beside like, so that a padded batch is of TOKENS_A_BATCH at most, or of one text."""
    batches: list[list[int]] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batches and lengths[place] * (len(batches[-1]) + 1) <= TOKENS_A_BATCH:
            batches[-1].append(place)
        else:
            batches.append([place])
    return batches


def padded(tokens: Sequence[Sequence[int]], padding: int) -> Feed:
    """`tokens` as what the model takes: INPUTS -> (texts, longest) array."""
    longest = max(len(ids) for ids in tokens)
    filled = [[*ids, *[padding] * (longest - len(ids))] for ids in tokens]
    masks = [[1] * len(ids) + [0] * (longest - len(ids)) for ids in tokens]
    return {name: np.array(rows, dtype=np.int64) for name, rows in zip(INPUTS, (filled, masks), strict=True)}
