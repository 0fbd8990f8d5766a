"""Study records in the shape of the registry's API v2, as small as a test needs them."""

from pathlib import Path
from typing import Any

import orjson


def study(trial_id: str, title: str | None = "A trial", **modules: Any) -> dict[str, Any]:
    """A record with what is given; `conditions`, `interventions` (names), `updated` and whole modules by their name."""
    protocol: dict[str, Any] = {"identificationModule": {"nctId": trial_id}}
    if title is not None:
        protocol["identificationModule"]["briefTitle"] = title
    if "conditions" in modules:
        protocol["conditionsModule"] = {"conditions": modules.pop("conditions")}
    if "interventions" in modules:
        names = modules.pop("interventions")
        protocol["armsInterventionsModule"] = {"interventions": [{"type": "DRUG", "name": name} for name in names]}
    if "updated" in modules:
        protocol["statusModule"] = {"lastUpdatePostDateStruct": {"date": modules.pop("updated")}}
    for name, module in modules.items():
        protocol.setdefault(name, {}).update(module)
    return {"protocolSection": protocol}


def write_ndjson(path: Path, records: list[dict[str, Any]]) -> Path:
    """`records`, one a line."""
    path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
    return path
