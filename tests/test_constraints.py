"""constraints.txt pins all that is declared, within the declared bounds."""

import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.readme import ROOT

PINS = {
    canonicalize_name(requirement.name): str(requirement.specifier)
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for requirement in [Requirement(line)]
}


def test_every_declared_dependency_is_pinned_within_its_bounds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = [
        Requirement(text)
        for text in [
            *project["build-system"]["requires"],
            *project["project"]["dependencies"],
            *project["dependency-groups"]["test"],
            *(text for extra in project["project"]["optional-dependencies"].values() for text in extra),
        ]
    ]
    loose = [
        str(requirement)
        for requirement in declared
        if not requirement.specifier.contains(
            PINS.get(canonicalize_name(requirement.name), "unpinned").removeprefix("==")
        )
    ]
    assert loose == [], "renew the pins with: make constraints"


def test_every_pin_is_one_version_that_any_registry_can_have() -> None:
    # A local version such as 2.13.0+cpu is found on one index alone.
    assert [pin for pin in PINS.items() if not pin[1].startswith("==") or "+" in pin[1] or "," in pin[1]] == []
    assert "trialkin" not in PINS
