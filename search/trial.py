"""A clinical trial as Trialkin knows it: what was registered, less everything about persons."""

import re
from dataclasses import dataclass

from search.errors import BadInput

NCT_PATTERN = r"^NCT[0-9]{8}$"


@dataclass(frozen=True, slots=True)
class Intervention:
    """One intervention as registered; `type` as the registry spells it (DRUG, PROCEDURE, …)."""

    name: str
    type: str | None = None
    other_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MeshTerm:
    """A heading of the Medical Subject Headings; exports often lack the id (D003093)."""

    term: str
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One parsed study record. Every field but the id and the title may be missing.

    Dates are as registered, whole or partial: "2015", "2015-05", "2015-05-17". Enumerated values (status,
    phases, study type, sex) are as registered too, so that an unforeseen value is shown rather than lost.
    """

    trial_id: str
    """The primary id: an NCT id, or that of another registry."""
    brief_title: str
    official_title: str | None = None
    acronym: str | None = None
    conditions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    condition_mesh: tuple[MeshTerm, ...] = ()
    condition_mesh_ancestors: tuple[MeshTerm, ...] = ()
    intervention_mesh: tuple[MeshTerm, ...] = ()
    intervention_mesh_ancestors: tuple[MeshTerm, ...] = ()
    brief_summary: str | None = None
    study_type: str | None = None
    phases: tuple[str, ...] = ()
    status: str | None = None
    enrolment: int | None = None
    sex: str | None = None
    minimum_age: str | None = None
    maximum_age: str | None = None
    start_date: str | None = None
    completion_date: str | None = None
    last_update_date: str | None = None
    first_posted_date: str | None = None
    countries: tuple[str, ...] = ()
    sponsor: str | None = None
    sponsor_class: str | None = None
    allocation: str | None = None
    intervention_model: str | None = None
    masking: str | None = None
    primary_purpose: str | None = None
    org_study_id: str | None = None
    secondary_ids: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    has_results: bool | None = None

    @property
    def nct_id(self) -> str | None:
        """The primary id where it is an NCT id."""
        return self.trial_id if re.match(NCT_PATTERN, self.trial_id) else None


def parse_nct_id(text: str) -> str:
    """The NCT id in `text`, upper-cased, stray spaces gone: " nct06853522 " -> "NCT06853522".

    Raises BadInput for anything else.
    """
    trial_id = "".join(text.split()).upper()
    if not re.match(NCT_PATTERN, trial_id):
        raise BadInput(f"{text!r} is not an NCT id; one looks like NCT06853522 (NCT and eight digits, {NCT_PATTERN})")
    return trial_id
