"""A day's changes to a file of study records: what a registry's next release would bring, only more of it."""

import copy
import gzip
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

EDITED, ADDED, REMOVED = 0.01, 0.001, 0.001
"""Shares of the records."""
DAY = "2026-12-31"


def records_of(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a gzipped ndjson file."""
    with gzip.open(path) as stream:
        for line in stream:
            yield orjson.loads(line)


def changed_records(path: Path, *, seed: int) -> Iterator[dict[str, Any]]:
    """The records of `path` after a day: some edited (title, conditions or status), some new, some gone."""
    chance = random.Random(seed)
    number = 99_000_000
    for record in records_of(path):
        fate = chance.random()
        if fate < REMOVED:
            continue
        yield edited(record, chance) if fate < REMOVED + EDITED else record
        if chance.random() < ADDED:
            number += 1
            yield added(record, number)


def edited(record: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """`record` with another title, other conditions or another status, and a new date of update."""
    record = copy.deepcopy(record)
    protocol = record["protocolSection"]
    match chance.choice(["title", "conditions", "status"]):
        case "title":
            protocol["identificationModule"]["briefTitle"] += " (Amended)"
        case "conditions":
            module = protocol.setdefault("conditionsModule", {})
            module["conditions"] = [*module.get("conditions", []), f"Amended Condition {chance.randrange(500)}"]
        case _:
            protocol.setdefault("statusModule", {})["overallStatus"] = "TERMINATED"
    protocol.setdefault("statusModule", {})["lastUpdatePostDateStruct"] = {"date": DAY}
    return record


def added(record: dict[str, Any], number: int) -> dict[str, Any]:
    """A new record much like `record`."""
    record = copy.deepcopy(record)
    identification = record["protocolSection"]["identificationModule"]
    identification["nctId"] = f"NCT{number:08}"
    identification["briefTitle"] = f"Extension of: {identification['briefTitle']}"
    return record


def write_records(path: Path, records: Iterator[dict[str, Any]]) -> None:
    """`records` as gzipped ndjson."""
    with gzip.open(path, "wb", compresslevel=6) as stream:
        for record in records:
            stream.write(orjson.dumps(record) + b"\n")
