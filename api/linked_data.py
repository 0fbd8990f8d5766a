"""A list of trials for search engines, in the words of schema.org."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from search.answer import TrialCard
from search.vocabulary import Status

CONTEXT = "https://schema.org"
# MedicalStudyStatus of schema.org; it has none for the others, which are left out.
STATUSES: Mapping[str, str] = {
    Status.ACTIVE_NOT_RECRUITING: "ActiveNotRecruiting",
    Status.COMPLETED: "Completed",
    Status.ENROLLING_BY_INVITATION: "EnrollingByInvitation",
    Status.NOT_YET_RECRUITING: "NotYetRecruiting",
    Status.RECRUITING: "Recruiting",
    Status.SUSPENDED: "Suspended",
    Status.TERMINATED: "Terminated",
    Status.WITHDRAWN: "Withdrawn",
}


def item_list(trials: Sequence[TrialCard], *, name: str) -> bytes:
    """`trials`, in their order, as a JSON-LD ItemList called `name`."""
    return orjson.dumps(
        {
            "@context": CONTEXT,
            "@type": "ItemList",
            "name": name,
            "itemListOrder": f"{CONTEXT}/ItemListOrderAscending",
            "numberOfItems": len(trials),
            "itemListElement": [
                {"@type": "ListItem", "position": position, "item": study(trial)}
                for position, trial in enumerate(trials, start=1)
            ],
        }
    )


def study(trial: TrialCard) -> dict[str, Any]:
    """One trial."""
    said: dict[str, Any] = {
        "@type": "MedicalTrial",
        "@id": trial.url,
        "url": trial.url,
        "identifier": trial.id,
        "name": trial.title,
        "healthCondition": [{"@type": "MedicalCondition", "name": condition} for condition in trial.conditions],
        "studySubject": [{"@type": "MedicalEntity", "name": item.name} for item in trial.interventions],
        "studyLocation": [{"@type": "AdministrativeArea", "name": country} for country in trial.countries],
        "sponsor": {"@type": "Organization", "name": trial.sponsor} if trial.sponsor else None,
        "status": f"{CONTEXT}/{status}" if (status := STATUSES.get(trial.status or "")) else None,
    }
    return {name: value for name, value in said.items() if value}
