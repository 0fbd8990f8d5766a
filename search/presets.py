"""Which facet counts more: by name, or by numbers."""

import re
from collections.abc import Mapping
from enum import StrEnum

from search.errors import BadInput
from search.passage import Facet


class Preset(StrEnum):
    """Common wishes by name."""

    BALANCED = "balanced"
    SAME_CONDITION = "same-condition"
    SAME_INTERVENTION = "same-intervention"


PRESET_WEIGHTS: Mapping[Preset, Mapping[Facet, float]] = {
    Preset.BALANCED: {},
    Preset.SAME_CONDITION: {Facet.CONDITION: 1.0},
    Preset.SAME_INTERVENTION: {Facet.INTERVENTION: 1.0},
}
_CONDITION, _INTERVENTION = (rf"{facet}:\d{{1,4}}(\.\d{{1,4}})?" for facet in (Facet.CONDITION, Facet.INTERVENTION))
WEIGHTS_PATTERN = rf"^({_CONDITION}(,{_INTERVENTION})?|{_INTERVENTION}(,{_CONDITION})?)$"


def parse_weights(text: str) -> Mapping[Facet, float]:
    """The numbers in a list such as "condition:2,intervention:1". Raises BadInput where it is no such list."""
    if not re.fullmatch(WEIGHTS_PATTERN, text, re.ASCII):
        raise BadInput(f"{text!r} gives no weights; write condition:2,intervention:1, or one of them")
    return {Facet(name): float(number) for name, number in (item.split(":") for item in text.split(","))}


def facet_weights(preset: Preset, weights: str | None) -> Mapping[Facet, float]:
    """What was wished for, as numbers; `weights` say it more closely than `preset`. Raises BadInput."""
    return PRESET_WEIGHTS[preset] if weights is None else parse_weights(weights)
