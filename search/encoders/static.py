"""Static encoders: one vector a token, a text the mean of its tokens' vectors. NumPy and tokenizers, no torch.

A folder is one that sentence-transformers saved with a StaticEmbedding alone. Its vectors may be whole numbers of 8
bits, with a scale for each token beside them, as model2vec keeps them: a quarter of the size, and read by both.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from search.encoders.sentence_transformer import folder_revision
from search.errors import UnusableEncoder
from search.vectors import Vectors, unit_rows

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WEIGHTS_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"

BUNDLED_FOLDER = Path(__file__).with_name("trialkin_static")

_MODULES_FILE = "modules.json"
_SETTINGS_FILE = "config_sentence_transformers.json"
_PLAIN, _WHOLE_NUMBERS, _SCALES = "embedding.weight", "embeddings", "weights"
# Tokens of so many texts are held at a time.
BATCH_SIZE = 1_024


class StaticEncoder:
    """The static encoder in a folder, loaded when it is first used. Safe to share between threads."""

    def __init__(self, folder: Path, *, spec: str, revision: str) -> None:
        self.spec = spec
        self.revision = revision
        self.folder = folder

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._vectors.shape[1])

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dim) unit vectors; a text without a token gives a zero row."""
        sums = np.zeros((len(texts), self.dim), dtype=np.float32)
        for start in range(0, len(texts), BATCH_SIZE):
            batch = list(texts[start : start + BATCH_SIZE])
            for row, tokens in enumerate(self._tokenizer.encode_batch_fast(batch, add_special_tokens=False), start):
                # The mean has the direction of the sum.
                self._vectors.take(np.array(tokens.ids, dtype=np.intp), axis=0).sum(axis=0, out=sums[row])
        return unit_rows(sums)

    encode_queries = encode_documents

    @cached_property
    def _vectors(self) -> Vectors:
        """(tokens, dim), as 32-bit floats."""
        from safetensors.numpy import load_file

        try:
            weights = load_file(self.folder / WEIGHTS_FILE)
            return token_vectors(weights)
        except Exception as error:  # safetensors has its own error, and raises OSError, KeyError and ValueError too
            raise self._unusable(error) from error

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self.folder / TOKENIZER_FILE))
        except Exception as error:  # tokenizers raises no other kind
            raise self._unusable(error) from error
        tokenizer.no_padding()
        return tokenizer

    def _unusable(self, error: Exception) -> UnusableEncoder:
        return UnusableEncoder(f"the encoder {self.spec!r} in {self.folder} cannot be loaded ({error})")


def open_bundled(spec: str) -> StaticEncoder:
    """The one that Trialkin brings along, made by `trialkin train-encoder`."""
    return StaticEncoder(BUNDLED_FOLDER, spec=spec, revision=folder_revision(BUNDLED_FOLDER))


def open_folder(spec: str) -> StaticEncoder | None:
    """The static encoder in a folder; None where it is one of another kind, or has prompts or a cut that this lacks."""
    folder = Path(spec).resolve()
    if not _is_static(folder):
        return None
    return StaticEncoder(folder, spec=str(folder), revision=folder_revision(folder))


def token_vectors(weights: Mapping[str, NDArray[Any]]) -> Vectors:
    """(tokens, dim), out of the arrays of a weights file. Raises KeyError where it has none of the known names."""
    if _PLAIN in weights:
        return weights[_PLAIN].astype(np.float32, copy=False)
    vectors = weights[_WHOLE_NUMBERS].astype(np.float32)
    if _SCALES in weights:
        vectors *= weights[_SCALES].astype(np.float32)[:, None]
    return vectors


def in_whole_numbers(vectors: Vectors) -> dict[str, NDArray[Any]]:
    """(tokens, dim) as the arrays of a weights file, a byte a number: `token_vectors` gives them back, to half a step.

    A step is a 127th of a token's largest number.
    """
    scales = np.abs(vectors).max(axis=1) / 127
    steps = np.divide(vectors, scales[:, None], out=np.zeros_like(vectors), where=scales[:, None] > 0)
    return {_WHOLE_NUMBERS: np.rint(steps).astype(np.int8), _SCALES: scales.astype(np.float32)}


def _is_static(folder: Path) -> bool:
    try:
        modules = orjson.loads((folder / _MODULES_FILE).read_bytes())
        settings = orjson.loads((folder / _SETTINGS_FILE).read_bytes())
        [module] = modules
        is_static = module["type"].endswith("StaticEmbedding") and module["path"] == ""
        return is_static and not settings.get("truncate_dim") and not any((settings.get("prompts") or {}).values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
