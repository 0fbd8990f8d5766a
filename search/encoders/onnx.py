"""An encoder as exported into a build: the vectors of sentence-transformers from ONNX Runtime alone.

Loading torch and sentence-transformers takes seconds and hundreds of megabytes, this a fraction of both.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from search.errors import UnusableEncoder
from search.vectors import Vectors, unit_rows

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
SETTINGS_FILE = "encoder.json"
INPUTS = ("input_ids", "attention_mask")
OUTPUT = "embedding"

# Small batches of like length waste least on padding (8 beat 16 by a fifth on summaries, on one core).
BATCH_SIZE = 8


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
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(order), BATCH_SIZE):
            places = order[start : start + BATCH_SIZE]
            tokens = self._tokenizer.encode_batch([prompt + texts[place] for place in places])
            given = [[token.ids for token in tokens], [token.attention_mask for token in tokens]]
            feed = {name: np.array(value, dtype=np.int64) for name, value in zip(INPUTS, given, strict=True)}
            vectors[places] = self._session.run([OUTPUT], feed)[0]
        return unit_rows(vectors)

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
            return Tokenizer.from_file(str(self.folder / TOKENIZER_FILE))
        except Exception as error:  # tokenizers raises no other kind
            raise self._unusable(error) from error

    @cached_property
    def _session(self) -> "InferenceSession":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # Threads that wait for the next batch by spinning would take the cores from the rest of the answer.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
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
