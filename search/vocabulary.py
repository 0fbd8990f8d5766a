"""The registry's enumerations, as its API v2 document (schemas Status, Phase, StudyType, …) lists them.

A record keeps whatever value it came with; these are the values that filters accept.
"""

from enum import StrEnum
from typing import TypeVar

from search.errors import BadInput


class Status(StrEnum):
    """Overall recruitment status."""

    ACTIVE_NOT_RECRUITING = "ACTIVE_NOT_RECRUITING"
    COMPLETED = "COMPLETED"
    ENROLLING_BY_INVITATION = "ENROLLING_BY_INVITATION"
    NOT_YET_RECRUITING = "NOT_YET_RECRUITING"
    RECRUITING = "RECRUITING"
    SUSPENDED = "SUSPENDED"
    TERMINATED = "TERMINATED"
    WITHDRAWN = "WITHDRAWN"
    AVAILABLE = "AVAILABLE"
    NO_LONGER_AVAILABLE = "NO_LONGER_AVAILABLE"
    TEMPORARILY_NOT_AVAILABLE = "TEMPORARILY_NOT_AVAILABLE"
    APPROVED_FOR_MARKETING = "APPROVED_FOR_MARKETING"
    WITHHELD = "WITHHELD"
    UNKNOWN = "UNKNOWN"


class Phase(StrEnum):
    """Phase; a study can have two (phase 1/2)."""

    NA = "NA"
    EARLY_PHASE1 = "EARLY_PHASE1"
    PHASE1 = "PHASE1"
    PHASE2 = "PHASE2"
    PHASE3 = "PHASE3"
    PHASE4 = "PHASE4"


class StudyType(StrEnum):
    """Kind of study."""

    INTERVENTIONAL = "INTERVENTIONAL"
    OBSERVATIONAL = "OBSERVATIONAL"
    EXPANDED_ACCESS = "EXPANDED_ACCESS"


class InterventionType(StrEnum):
    """Kind of intervention."""

    BEHAVIORAL = "BEHAVIORAL"
    BIOLOGICAL = "BIOLOGICAL"
    COMBINATION_PRODUCT = "COMBINATION_PRODUCT"
    DEVICE = "DEVICE"
    DIAGNOSTIC_TEST = "DIAGNOSTIC_TEST"
    DIETARY_SUPPLEMENT = "DIETARY_SUPPLEMENT"
    DRUG = "DRUG"
    GENETIC = "GENETIC"
    PROCEDURE = "PROCEDURE"
    RADIATION = "RADIATION"
    OTHER = "OTHER"


class SponsorClass(StrEnum):
    """Class of the lead sponsor (the registry's AgencyClass)."""

    NIH = "NIH"
    FED = "FED"
    OTHER_GOV = "OTHER_GOV"
    INDIV = "INDIV"
    INDUSTRY = "INDUSTRY"
    NETWORK = "NETWORK"
    AMBIG = "AMBIG"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


Vocabulary = TypeVar("Vocabulary", bound=StrEnum)


def parse_value(text: str, vocabulary: type[Vocabulary]) -> Vocabulary:
    """The member that `text` names, however it is spaced or cased: "not yet recruiting", "Phase 2", "phase2".

    Raises BadInput, listing the known values.
    """
    wanted = _letters(text)
    for member in vocabulary:
        if wanted in (_letters(member), _letters(member).removeprefix("PHASE"), _letters(words(member))):
            return member
    known = ", ".join(vocabulary)
    raise BadInput(f"{text!r} is no {vocabulary.__name__}; known: {known}")


def words(value: str) -> str:
    """A registry value as people write it: NOT_YET_RECRUITING -> "Not yet recruiting", PHASE2 -> "Phase 2"."""
    if value == Phase.NA:
        return "Not applicable"
    spaced = value.replace("_", " ").replace("PHASE", "PHASE ").strip()
    return spaced.capitalize()


def _letters(text: str) -> str:
    return "".join(character for character in text.upper() if character.isalnum())
