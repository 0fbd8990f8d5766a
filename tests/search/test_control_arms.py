from pathlib import Path

import pytest

from search.artefact.reading import open_current
from search.control_arms import MANY_TRIALS, ControlArms, is_placebo, names_an_arm
from tests.conftest import BuildAt
from tests.records import study

DISEASES = ("asthma", "melasma", "psoriasis", "colitis", "obesity")


@pytest.fixture(scope="module")
def arms(tmp_path_factory: pytest.TempPathFactory, build_at: BuildAt) -> dict[str, bool]:
    """Whether each intervention of a corpus is a control arm: MANY_TRIALS trials for each of five diseases."""
    records = []
    for place in range(MANY_TRIALS * len(DISEASES)):
        disease = DISEASES[place % len(DISEASES)]
        given = ["Sugar water", f"Remedy for {disease}"]
        if place < MANY_TRIALS - 1:
            given.append("Rare sugar")
        if disease in ("asthma", "melasma"):
            given.append("Remedy for two")
        records.append(study(f"NCT{place:08}", conditions=[disease], interventions=given))
    root: Path = tmp_path_factory.mktemp("arms") / "index"
    build_at(root, records)
    terms = open_current(root).terms
    control = ControlArms(terms)
    numbers = sorted({int(number) for number in terms.lists["intervention"].terms})
    return {text: number in control for number, text in zip(numbers, terms.texts(numbers), strict=True)}


def test_what_is_given_in_every_disease_alike_is_a_control_arm(arms: dict[str, bool]) -> None:
    # Each disease is in a fifth of its trials, as in a fifth of all.
    assert arms.pop("Sugar water")
    # In half of its trials against a fifth of all, or in all of them.
    assert set(arms.values()) == {False}
    assert len(arms) == 2 + len(DISEASES)


def test_an_arm_is_known_by_what_it_is_called() -> None:
    assert names_an_arm("UCMSC group")
    assert names_an_arm("Arm A")
    assert not names_an_arm("Armodafinil")


@pytest.mark.parametrize(
    "text", ["Placebo transplantation", "Sham acupuncture", "placebo of masitinib 6 mg", "Sugar pill"]
)
def test_a_placebo_of_something_is_a_control_arm_all_of_it(text: str) -> None:
    assert is_placebo(text)


@pytest.mark.parametrize("text", ["Masitinib or placebo", "Placebo + metformin", "Acupuncture", "Shampoo"])
def test_what_is_given_beside_a_placebo_still_counts(text: str) -> None:
    assert not is_placebo(text)
