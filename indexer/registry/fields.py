"""The fields of a study record that Trialkin asks for and stores. This list is the only way in.

It holds what `indexer.parse` reads and nothing else, so contacts, investigators and free text about persons are
neither asked for nor kept, whatever a registry sends.
"""

import hashlib
from typing import Any

FIELDS = {
    "NCTId": "protocolSection.identificationModule.nctId",
    "NCTIdAlias": "protocolSection.identificationModule.nctIdAliases",
    "OrgStudyId": "protocolSection.identificationModule.orgStudyIdInfo.id",
    "SecondaryId": "protocolSection.identificationModule.secondaryIdInfos.id",
    "BriefTitle": "protocolSection.identificationModule.briefTitle",
    "OfficialTitle": "protocolSection.identificationModule.officialTitle",
    "Acronym": "protocolSection.identificationModule.acronym",
    "OverallStatus": "protocolSection.statusModule.overallStatus",
    "StartDate": "protocolSection.statusModule.startDateStruct.date",
    "CompletionDate": "protocolSection.statusModule.completionDateStruct.date",
    "LastUpdatePostDate": "protocolSection.statusModule.lastUpdatePostDateStruct.date",
    "StudyFirstPostDate": "protocolSection.statusModule.studyFirstPostDateStruct.date",
    "LeadSponsorName": "protocolSection.sponsorCollaboratorsModule.leadSponsor.name",
    "LeadSponsorClass": "protocolSection.sponsorCollaboratorsModule.leadSponsor.class",
    "BriefSummary": "protocolSection.descriptionModule.briefSummary",
    "Condition": "protocolSection.conditionsModule.conditions",
    "Keyword": "protocolSection.conditionsModule.keywords",
    "StudyType": "protocolSection.designModule.studyType",
    "Phase": "protocolSection.designModule.phases",
    "DesignAllocation": "protocolSection.designModule.designInfo.allocation",
    "DesignInterventionModel": "protocolSection.designModule.designInfo.interventionModel",
    "DesignPrimaryPurpose": "protocolSection.designModule.designInfo.primaryPurpose",
    "DesignMasking": "protocolSection.designModule.designInfo.maskingInfo.masking",
    "EnrollmentCount": "protocolSection.designModule.enrollmentInfo.count",
    "InterventionType": "protocolSection.armsInterventionsModule.interventions.type",
    "InterventionName": "protocolSection.armsInterventionsModule.interventions.name",
    "InterventionOtherName": "protocolSection.armsInterventionsModule.interventions.otherNames",
    "Sex": "protocolSection.eligibilityModule.sex",
    "MinimumAge": "protocolSection.eligibilityModule.minimumAge",
    "MaximumAge": "protocolSection.eligibilityModule.maximumAge",
    "LocationCountry": "protocolSection.contactsLocationsModule.locations.country",
    "ConditionMeshId": "derivedSection.conditionBrowseModule.meshes.id",
    "ConditionMeshTerm": "derivedSection.conditionBrowseModule.meshes.term",
    "ConditionAncestorId": "derivedSection.conditionBrowseModule.ancestors.id",
    "ConditionAncestorTerm": "derivedSection.conditionBrowseModule.ancestors.term",
    "InterventionMeshId": "derivedSection.interventionBrowseModule.meshes.id",
    "InterventionMeshTerm": "derivedSection.interventionBrowseModule.meshes.term",
    "InterventionAncestorId": "derivedSection.interventionBrowseModule.ancestors.id",
    "InterventionAncestorTerm": "derivedSection.interventionBrowseModule.ancestors.term",
    "HasResults": "hasResults",
}
"""The registry's name of a field (https://clinicaltrials.gov/data-api/about-api/study-data-structure) -> its path."""

ALL_FIELDS = "|".join(FIELDS)
"""For the parameter `fields`."""
ID_FIELDS = "NCTId"
"""The same where only the ids are wanted."""
FINGERPRINT = hashlib.sha256(ALL_FIELDS.encode()).hexdigest()[:16]
"""Differs where a stored record may lack a field that is asked for today."""


def kept(record: object) -> Any:
    """A copy of `record` with nothing in it but FIELDS."""
    return _kept(record, _TREE)


def _tree() -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path in FIELDS.values():
        *sections, leaf = path.split(".")
        here = tree
        for section in sections:
            here = here.setdefault(section, {})
        here[leaf] = None
    return tree


_TREE = _tree()
_VALUES = (str, int, float)  # a bool is an int


def _kept(value: object, tree: dict[str, Any]) -> Any:
    """What `tree` names of an object, or of each object of a list."""
    if isinstance(value, list):
        return [_kept(item, tree) for item in value if isinstance(item, dict)]
    if not isinstance(value, dict):
        return None
    return {
        key: _leaf(value[key]) if below is None else _kept(value[key], below)
        for key, below in tree.items()
        if key in value
    }


def _leaf(value: object) -> Any:
    """`value` if it is plain, or a list's plain items; an object here would be something that nobody listed."""
    if isinstance(value, list):
        return [item for item in value if isinstance(item, _VALUES)]
    return value if isinstance(value, _VALUES) else None
