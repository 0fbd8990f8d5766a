"""One string names an encoder: an alias below, a local folder, or a Hugging Face id with optional @revision."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from search.errors import UnknownEncoder

if TYPE_CHECKING:  # the command line reads names from here, and must not wait for NumPy
    from search.encoders.base import Encoder

DEFAULT_ENCODER = "all-MiniLM-L6-v2"


def open_encoder(spec: str) -> "Encoder":
    """The encoder that `spec` names, loaded.

    Raises UnknownEncoder where the string names none, UnusableEncoder where it cannot be loaded.
    """
    if opener := ALIASES.get(spec):
        return opener(spec)
    from search.encoders import adapter, sentence_transformer, static

    if spec and Path(spec).is_dir():  # Path("") is the current folder, which nobody means
        if adapter.is_adapter(spec):
            return adapter.open_adapter(spec)
        return static.open_folder(spec) or sentence_transformer.open_folder(spec)
    if re.fullmatch(r"[\w.-]+/[\w.-]+(@[\w./-]+)?", spec, re.ASCII):
        return sentence_transformer.open_hub(spec)
    raise UnknownEncoder(
        f"unknown encoder {spec!r}; known: {', '.join(ALIASES)}, "
        "a Hugging Face id such as sentence-transformers/all-mpnet-base-v2@main, or a folder that exists"
    )


def _open_bundled(spec: str) -> "Encoder":
    from search.encoders.sentence_transformer import open_bundled

    return open_bundled(spec)


def _open_static(spec: str) -> "Encoder":
    from search.encoders.static import open_bundled

    return open_bundled(spec)


def _open_hashing(_: str) -> "Encoder":
    from search.encoders.hashing import HashingEncoder

    return HashingEncoder()


ALIASES: "dict[str, Callable[[str], Encoder]]" = {
    DEFAULT_ENCODER: _open_bundled,
    "trialkin-static": _open_static,
    "hashing": _open_hashing,
}
