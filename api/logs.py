"""What the server says while it runs: one line an event on standard error, and nothing in it that names a person."""

import datetime
import logging
import sys
from collections.abc import Mapping
from typing import Any

import orjson

from api.observation import Observation
from api.settings import Settings

SPEAKERS = {"api": logging.INFO, "uvicorn": logging.WARNING}
"""Logger -> from which level on it is heard."""
LOG = logging.getLogger("api.requests")


def configure(settings: Settings) -> None:
    """Write what the speakers say to standard error, in the form of `settings`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if settings.log_format == "json" else TextLines("%(levelname)s %(message)s"))
    for name, level in SPEAKERS.items():
        speaker = logging.getLogger(name)
        speaker.setLevel(level)
        speaker.handlers = [handler]
        speaker.propagate = False


class JsonLines(logging.Formatter):
    """A record as one JSON object: time (UTC), level, message, the fields it was given, a fault's traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the message holds."""
        entry = {
            "time": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(entry, default=str).decode()


class TextLines(logging.Formatter):
    """A record as people read it."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The message and its fields."""
        return " ".join(
            [super().formatMessage(record), *(f"{name}={value}" for name, value in _fields(record).items())]
        )


class RequestLog:
    """Writes a line for every request: the route's template, never the path; no address and no header."""

    def __init__(self, *, queries: bool) -> None:
        self._queries = queries

    def __call__(self, seen: Observation) -> None:
        """One line."""
        fields = {
            "method": seen.method,
            "route": seen.route,
            "status": seen.status,
            "ms": round(seen.seconds * 1000, 1),
            "request_id": seen.request_id,
            "build_id": seen.build_id,
        }
        LOG.info("request", extra={"fields": {**fields, **({"asked": seen.asked} if self._queries else {})}})


def _fields(record: logging.LogRecord) -> Mapping[str, Any]:
    fields: Mapping[str, Any] = getattr(record, "fields", {})
    return fields
