"""The kinds of encoder that can be trained, by name."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from search.errors import BadInput, MissingExtra

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from indexer.training.run import Recipe

KINDS = {"static": "indexer.training.static", "transformer": "indexer.training.transformer"}
"""Modules that are a Kind, imported when they are asked for."""
NEEDED = ("accelerate", "datasets", "peft", "scipy")


class Kind(Protocol):
    """How one kind is trained and saved: a module with these functions."""

    recipe: Callable[..., "Recipe"]
    """recipe(corpus, *, seed, epochs, dim, root, progress) -> Recipe; None stands for the recipe's own number."""
    save: Callable[["SentenceTransformer", Path], None]
    """save(model, folder): a folder that is an encoder."""
    OPENED: str
    """What opens such a folder beside Trialkin, for the model card."""
    LICENCE: str
    """Of the encoder, as the model card says it."""


def kind_called(name: str) -> Kind:
    """The kind of that name. Raises BadInput for another, MissingExtra where what trains is not installed."""
    if name not in KINDS:
        raise BadInput(f"no kind of encoder is called {name!r}; known: {', '.join(KINDS)}")
    # The trainer would say it later and at more length.
    if not all(find_spec(package) for package in NEEDED):
        raise MissingExtra(
            "training needs packages that a plain install leaves out; install them with: pip install 'trialkin[train]'"
        )
    return cast(Kind, import_module(KINDS[name]))
