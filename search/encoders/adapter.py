"""Encoders that are a LoRA adapter (Hu et al. 2021, arXiv:2106.09685): a megabyte beside a base that is here anyway.

A folder in the form of the library peft: adapter_config.json names the base by the string that opens it, so that the
folder can be moved, and adapter_model.safetensors holds two thin matrices A and B for each layer that was tuned. They
are added to the layer's weights once, W + B A * alpha / r, and the encoder is then one as any other: no slower,
exported as they are, and loaded without peft. What fits no layer or changes nothing is refused, never ignored.
"""

import hashlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from search.encoders.sentence_transformer import SentenceTransformerEncoder, file_sha256
from search.errors import UnknownEncoder, UnusableEncoder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

CONFIG_FILE = "adapter_config.json"
WEIGHTS_FILE = "adapter_model.safetensors"
_PREFIX, _DOWN, _UP = "base_model.model.", ".lora_A.weight", ".lora_B.weight"


# What peft writes that says how the adapter came about or where it is from, and nothing of how it is added.
_HISTORY = {
    "auto_mapping", "ensure_weight_tying", "exclude_modules", "inference_mode", "layers_pattern", "layers_to_transform",
    "lora_dropout", "megatron_core", "peft_version", "qalora_group_size", "revision", "target_modules", "task_type",
}  # fmt: skip


class AdapterConfig(BaseModel):
    """What adding the weights needs to know. Every other way of adding them has a name of its own in the file."""

    model_config = ConfigDict(extra="allow")

    base_model_name_or_path: str
    peft_type: str
    r: int = Field(ge=1)
    lora_alpha: float
    bias: str = "none"
    init_lora_weights: bool | str = True
    """As a word it may name a way of starting that changed the base as well (PiSSA, OLoRA)."""

    def unsupported(self) -> list[str]:
        """The names of what is asked beside plain LoRA, one scale for all layers."""
        own = {
            "peft_type": self.peft_type != "LORA",
            "bias": self.bias != "none",
            "init_lora_weights": self.init_lora_weights not in (True, False, "gaussian"),
        }
        return sorted(
            name for name, value in (own | (self.model_extra or {})).items() if value and name not in _HISTORY
        )


class AdaptedEncoder(SentenceTransformerEncoder):
    """`base` with an adapter added to its weights; its prompts and where it cuts texts are the base's."""

    def __init__(
        self, base: SentenceTransformerEncoder, folder: Path, scale: float, *, spec: str, revision: str
    ) -> None:
        super().__init__(folder, spec=spec, revision=revision)
        self._base = base
        self._scale = scale

    @cached_property
    def model(self) -> "SentenceTransformer":
        """The model, loaded, with the adapter added. Raises UnusableEncoder."""
        model = self._base.model
        _add(model, self._folder / WEIGHTS_FILE, self._scale)
        return model


def is_adapter(spec: str) -> bool:
    """Whether the folder `spec` holds an adapter."""
    return (Path(spec) / CONFIG_FILE).is_file()


def open_adapter(spec: str) -> AdaptedEncoder:
    """The adapter in a local folder; its revision is the SHA-256 of its files and of its base's revision.

    Raises UnusableEncoder where it is no plain LoRA adapter, or its base is not here.
    """
    folder = Path(spec).resolve()
    try:
        config = AdapterConfig.model_validate_json((folder / CONFIG_FILE).read_bytes())
    except (OSError, ValidationError) as error:
        raise UnusableEncoder(f"{folder / CONFIG_FILE} does not say what its adapter is for: {error}") from error
    if unsupported := config.unsupported():
        raise UnusableEncoder(
            f"the adapter in {folder} is more than plain LoRA ({', '.join(unsupported)}); merge it into its base with "
            "peft, and name the folder of the merged model"
        )
    base = _base(config.base_model_name_or_path, folder)
    digest = hashlib.sha256(f"base {base.revision}\n".encode())
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        digest.update(f"{name} {file_sha256(folder / name)}\n".encode())
    scale = config.lora_alpha / config.r
    return AdaptedEncoder(base, folder, scale, spec=str(folder), revision=f"sha256:{digest.hexdigest()}")


def _base(spec: str, folder: Path) -> SentenceTransformerEncoder:
    from search.encoders.catalogue import open_encoder

    told = f"the adapter in {folder} was made for the encoder {spec!r}"
    if Path(spec).is_dir():
        # Such a path is right on the machine it was written on, and may be another model's on the next.
        raise UnusableEncoder(f"{told}, a folder; have its {CONFIG_FILE} name an encoder that is one everywhere")
    try:
        base = open_encoder(spec)
    except UnknownEncoder as error:
        raise UnusableEncoder(f"{told}, which is not here: {error}") from error
    if not isinstance(base, SentenceTransformerEncoder):
        raise UnusableEncoder(f"{told}, which has no layers to add it to")
    return base


def _add(model: "SentenceTransformer", path: Path, scale: float) -> None:
    """Add what `path` holds to the layers it is for; each has to be there and of its shape, and something to change."""
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors: dict[str, torch.Tensor] = load_file(path)
    except (OSError, SafetensorError) as error:
        raise UnusableEncoder(f"{path} cannot be read as an adapter's weights: {error}") from error
    transformer = model.transformers_model or model  # a model without one has no layer that fits
    changes: list[tuple[torch.nn.Parameter, torch.Tensor]] = []
    for name in [name for name in tensors if name.endswith(_DOWN)]:
        layer = name.removesuffix(_DOWN)
        try:
            weight = transformer.get_submodule(layer.removeprefix(_PREFIX)).get_parameter("weight")
            change = scale * (tensors.pop(layer + _UP) @ tensors.pop(name))
            changes.append((weight, change.to(weight).view_as(weight)))
        except (AttributeError, KeyError, RuntimeError) as error:
            raise _other(path, layer, error) from error
    if tensors:
        raise _other(path, min(tensors), "no matrix of LoRA")
    if not any(change.any() for _, change in changes):
        raise UnusableEncoder(f"the adapter in {path} changes nothing; train it, or name its base instead")
    with torch.no_grad():  # only now, so that one that does not fit leaves its base as it is
        for weight, change in changes:
            weight.add_(change)


def _other(path: Path, name: str, why: object) -> UnusableEncoder:
    return UnusableEncoder(
        f"{path} holds {name}, which does not fit its base ({why}); it was made for another encoder than its "
        f"{CONFIG_FILE} names"
    )
