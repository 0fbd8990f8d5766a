import pytest

from search.errors import BadInput
from search.passage import Facet
from search.presets import Preset, facet_weights, parse_weights


def test_numbers_go_before_the_preset() -> None:
    assert facet_weights(Preset.BALANCED, None) == {}
    assert facet_weights(Preset.SAME_CONDITION, None) == {Facet.CONDITION: 1.0}
    assert facet_weights(Preset.SAME_CONDITION, "intervention:1.5") == {Facet.INTERVENTION: 1.5}


def test_weights_are_read_in_any_order() -> None:
    assert parse_weights("intervention:1,condition:2.25") == {Facet.INTERVENTION: 1.0, Facet.CONDITION: 2.25}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "condition",
        "title:1",
        "condition:",
        "condition:nan",
        "condition:-1",
        "condition:1,condition:2",
        "condition:٣",
    ],
)
def test_what_gives_no_weights_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="gives no weights; write condition:2,intervention:1"):
        parse_weights(text)
