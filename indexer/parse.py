"""A ClinicalTrials.gov API v2 study record becomes a Trial."""

import re
from collections.abc import Iterable
from typing import Any

from search.dates import date_bounds
from search.errors import BadInput
from search.passage import tidy
from search.trial import Intervention, MeshTerm, Trial
from search.trial_id import parse_trial_id

Json = dict[str, Any]
_NO_COUNTRY = re.compile(r"[\d@;:/\[\]]|.{60}")


class UnusableRecord(Exception):
    """A record that cannot become a trial; the text is the reason under which it is counted."""


def parse_study(record: object) -> Trial:
    """The trial in one API v2 study (`protocolSection`, `derivedSection`).

    Only what Trialkin uses is read; contacts and investigators are not. A date or a number that is none is left out.
    Raises UnusableRecord where there is no protocolSection, id of a registry or title.
    """
    protocol = _section(record, "protocolSection")
    if not protocol:
        raise UnusableRecord("no protocolSection")
    identification = _section(protocol, "identificationModule")
    try:
        trial_id = parse_trial_id(str(identification.get("nctId") or ""))
    except BadInput as error:
        raise UnusableRecord("no valid trial id") from error
    title = _text(identification, "briefTitle") or _text(identification, "officialTitle")
    if title is None:
        raise UnusableRecord("no title")

    status = _section(protocol, "statusModule")
    sponsor = _section(protocol, "sponsorCollaboratorsModule", "leadSponsor")
    conditions = _section(protocol, "conditionsModule")
    design = _section(protocol, "designModule")
    plan = _section(design, "designInfo")
    eligibility = _section(protocol, "eligibilityModule")
    condition_browse = _section(record, "derivedSection", "conditionBrowseModule")
    intervention_browse = _section(record, "derivedSection", "interventionBrowseModule")
    return Trial(
        trial_id=trial_id,
        brief_title=title,
        official_title=_text(identification, "officialTitle"),
        acronym=_text(identification, "acronym"),
        conditions=_texts(conditions.get("conditions")),
        keywords=_texts(conditions.get("keywords")),
        interventions=tuple(_interventions(_section(protocol, "armsInterventionsModule"))),
        condition_mesh=_mesh(condition_browse, "meshes"),
        condition_mesh_ancestors=_mesh(condition_browse, "ancestors"),
        intervention_mesh=_mesh(intervention_browse, "meshes"),
        intervention_mesh_ancestors=_mesh(intervention_browse, "ancestors"),
        brief_summary=_text(_section(protocol, "descriptionModule"), "briefSummary"),
        study_type=_text(design, "studyType"),
        phases=_texts(design.get("phases")),
        status=_text(status, "overallStatus"),
        enrolment=_count(_section(design, "enrollmentInfo").get("count")),
        sex=_text(eligibility, "sex"),
        minimum_age=_text(eligibility, "minimumAge"),
        maximum_age=_text(eligibility, "maximumAge"),
        start_date=_date(status, "startDateStruct"),
        completion_date=_date(status, "completionDateStruct"),
        last_update_date=_date(status, "lastUpdatePostDateStruct"),
        first_posted_date=_date(status, "studyFirstPostDateStruct"),
        countries=_distinct(
            _country(location) for location in _items(_section(protocol, "contactsLocationsModule"), "locations")
        ),
        sponsor=_text(sponsor, "name"),
        sponsor_class=_text(sponsor, "class"),
        allocation=_text(plan, "allocation"),
        intervention_model=_text(plan, "interventionModel"),
        masking=_text(_section(plan, "maskingInfo"), "masking"),
        primary_purpose=_text(plan, "primaryPurpose"),
        org_study_id=_text(_section(identification, "orgStudyIdInfo"), "id"),
        secondary_ids=_distinct(
            [
                _text(_section(identification, "orgStudyIdInfo"), "id"),
                *(_text(other, "id") for other in _items(identification, "secondaryIdInfos")),
            ]
        ),
        aliases=_texts(identification.get("nctIdAliases")),
        has_results=_flag(_section(record).get("hasResults")),
    )


def _interventions(module: Json) -> Iterable[Intervention]:
    for item in _items(module, "interventions"):
        name = _text(item, "name")
        if name is not None:
            yield Intervention(name=name, type=_text(item, "type"), other_names=_texts(item.get("otherNames")))


def _mesh(module: Json, key: str) -> tuple[MeshTerm, ...]:
    terms = ((_text(item, "term"), _text(item, "id")) for item in _items(module, key))
    return tuple(MeshTerm(term=term, id=mesh_id) for term, mesh_id in terms if term is not None)


def _section(parent: object, *path: str) -> Json:
    """The object at `path`, or an empty one: exports leave out what they lack."""
    for key in path:
        parent = parent.get(key) if isinstance(parent, dict) else None
    return parent if isinstance(parent, dict) else {}


def _items(parent: Json, key: str) -> list[Json]:
    value = parent.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(parent: Json, key: str) -> str | None:
    value = parent.get(key)
    return (tidy(value) or None) if isinstance(value, str) else None


def _country(location: Json) -> str | None:
    """The country, if it is one: exports of other tools have whole contacts here."""
    country = _text(location, "country")
    return country if country and not _NO_COUNTRY.search(country) else None


def _texts(value: object) -> tuple[str, ...]:
    return _distinct(tidy(item) for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _distinct(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _count(value: object) -> int | None:
    # In Python a bool is an int.
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _date(status: Json, key: str) -> str | None:
    text = _text(_section(status, key), "date")
    if text is None:
        return None
    try:
        date_bounds(text)
    except BadInput:
        return None
    return text
