"""One file of related trials: `{"build": …, "trials": {id: {"title": …, "hits": […]}}}`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from search.answer import hit_item
from search.batch import Batch

FOLDER = "similar"


def shard_path(folder: Path, name: str) -> Path:
    """Where the file called `name` is in the export at `folder`."""
    return folder / FOLDER / f"{name}.json"


def written_by(batch: Batch, build: Mapping[str, Any], trial_ids: Sequence[str], *, k: int) -> bytes:
    """The file of `trial_ids`; ids are in capitals, the hits as the API answers them."""
    trials = {
        trial_id.upper(): {
            "title": batch.engine.trial(trial_id).brief_title,
            "hits": [hit_item(hit).model_dump(mode="json") for hit in found.hits],
        }
        for trial_id, found in zip(trial_ids, batch.similar(trial_ids, k=k), strict=True)
    }
    return orjson.dumps({"build": build, "trials": trials})


def is_whole(path: Path, build: Mapping[str, Any], trial_ids: Sequence[str]) -> bool:
    """Whether the file at `path` is there, of that build, and of just these trials."""
    try:
        content = orjson.loads(path.read_bytes())
        return bool(content["build"] == build and list(content["trials"]) == [name.upper() for name in trial_ids])
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
        return False


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path`, where it is either not there yet or whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)
