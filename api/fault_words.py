"""What pydantic finds wrong, in words for whoever asked: they know lists and characters, and no tuples."""

from collections.abc import Mapping
from typing import Any

WHOLE_BODY = ("body",)
JSON_BODY = "send a JSON object, with Content-Type: application/json"
_WORDS: Mapping[str, str] = {
    "tuple_type": "Input should be a list",
    "dict_type": "Input should be an object",
    "model_type": "Input should be an object",
    "model_attributes_type": "Input should be an object",
    "too_long": "{actual_length} {what} are given; at most {max_length} can be",
    "too_short": "{actual_length} {what} are given; at least {min_length} must be",
}
"""Kind of fault -> how to say it, where pydantic says it in Python's words."""


def fault_words(fault: Mapping[str, Any]) -> str:
    """What is wrong, without where."""
    if tuple(fault["loc"]) == WHOLE_BODY and fault["type"] in ("missing", "model_attributes_type"):
        return f"the body is {'empty' if fault['type'] == 'missing' else 'no object'}; {JSON_BODY}"
    words = _WORDS.get(fault["type"])
    if words is None:
        return str(fault["msg"]).removeprefix("Value error, ")
    context = fault.get("ctx", {})
    # What is neither a list nor a mapping is a key, which pydantic shows nobody.
    return words.format(what="characters" if context.get("field_type") == "Value" else "items", **context)
