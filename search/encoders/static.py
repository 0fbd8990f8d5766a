"""Static encoders: one vector a token, looked up; a text is their mean, or what attention makes of them.

NumPy and tokenizers, no torch. A folder is one that sentence-transformers saved, either with a StaticEmbedding alone or
with the attention that `trialkin train-encoder` trains. Vectors may be whole numbers of 8 bits, as model2vec keeps them
and as ours are kept: a quarter of the size.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from search.encoders.attention import NAMES, Attention
from search.encoders.sentence_transformer import folder_revision
from search.errors import UnusableEncoder
from search.vectors import Rows, Vectors, unit_rows

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WEIGHTS_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"

BUNDLED_FOLDER = Path(__file__).with_name("trialkin_static")

_MODULES_FILE = "modules.json"
_SETTINGS_FILE = "config_sentence_transformers.json"
_PLAIN, _WHOLE_NUMBERS, _FACTORS = "embedding.weight", "embeddings", "weights"
_SCALES = ".scales"
_KINDS = ("StaticEmbedding", "AttentiveEmbedding")
# Tokens of so many texts are held at a time: their vectors then stay near the processor.
BATCH_SIZE = 64


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
        embedded = np.zeros((len(texts), self.dim), dtype=np.float32)
        for start in range(0, len(texts), BATCH_SIZE):
            batch = list(texts[start : start + BATCH_SIZE])
            tokens = [found.ids for found in self._tokenizer.encode_batch_fast(batch, add_special_tokens=False)]
            lengths = np.array([len(ids) for ids in tokens])
            told = lengths > 0
            if told.any():
                ids = np.fromiter(chain.from_iterable(tokens), dtype=np.intp, count=int(lengths.sum()))
                starts = (np.cumsum(lengths) - lengths)[told]
                embedded[start + np.flatnonzero(told)] = self._text_vectors(ids, starts)
        return unit_rows(embedded)

    encode_queries = encode_documents

    def _text_vectors(self, ids: NDArray[np.intp], starts: Rows) -> Vectors:
        """(texts, dim), of any length, of the tokens of texts one after another."""
        vectors = self._vectors.take(ids, axis=0)
        if self._attention is None:
            # The mean has the direction of the sum.
            sums: Vectors = np.add.reduceat(vectors, starts, axis=0)
            return sums
        attention, keys = self._attention
        return attention.text_vectors(vectors, keys.take(ids, axis=0), starts)

    @cached_property
    def _weights(self) -> dict[str, NDArray[Any]]:
        from safetensors.numpy import load_file

        try:
            return from_whole_numbers(load_file(self.folder / WEIGHTS_FILE))
        except Exception as error:  # safetensors has its own error, and raises OSError and ValueError too
            raise self._unusable(error) from error

    @cached_property
    def _vectors(self) -> Vectors:
        """(tokens, dim)."""
        try:
            return token_vectors(self._weights)
        except KeyError as error:
            raise self._unusable(error) from error

    @cached_property
    def _attention(self) -> tuple[Attention, Vectors] | None:
        """With the keys of all tokens; None where a text is the mean alone."""
        if not set(NAMES) & set(self._weights):
            return None
        try:
            attention = Attention.of(self._weights)
            return attention, attention.token_keys(self._vectors)
        except (KeyError, ValueError, ZeroDivisionError) as error:  # arrays that are missing, or do not fit together
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
    if _FACTORS in weights:
        vectors *= weights[_FACTORS].astype(np.float32)[:, None]
    return vectors


def in_whole_numbers(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Arrays as they are stored, a byte a number of each matrix: `from_whole_numbers` gives them back, to half a step.

    A step is a 127th of a row's largest number.
    """
    stored: dict[str, NDArray[Any]] = {}
    for name, array in arrays.items():
        if array.ndim == 1:
            stored[name] = array
            continue
        scales = np.abs(array).max(axis=1) / 127
        steps = np.divide(array, scales[:, None], out=np.zeros_like(array), where=scales[:, None] > 0)
        stored |= {name: np.rint(steps).astype(np.int8), name + _SCALES: scales.astype(np.float32)}
    return stored


def from_whole_numbers(stored: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """What `in_whole_numbers` was given, as 32-bit floats; arrays without scales stay as they are."""
    return {
        name: array.astype(np.float32) * scales[:, None]
        if (scales := stored.get(name + _SCALES)) is not None
        else array
        for name, array in stored.items()
        if not name.endswith(_SCALES)
    }


def _is_static(folder: Path) -> bool:
    try:
        modules = orjson.loads((folder / _MODULES_FILE).read_bytes())
        settings = orjson.loads((folder / _SETTINGS_FILE).read_bytes())
        [module] = modules
        is_static = module["type"].endswith(_KINDS) and module["path"] == ""
        return is_static and not settings.get("truncate_dim") and not any((settings.get("prompts") or {}).values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
