"""The page of an export: what it is, and the widget to try."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from api.pages.wording import date_words
from api.widget_routes import MOVING, VERSIONED, widget_files

FOLDER = Path(__file__).with_name("page")
HEADERS = f"""/*
  Access-Control-Allow-Origin: *
  X-Content-Type-Options: nosniff
/widget/{VERSIONED}
  Cache-Control: public, max-age=31536000, immutable
"""
"""For hosts that read what to send from a file called _headers, as Netlify and Cloudflare Pages do."""


def page_files(index: Mapping[str, Any], example: str) -> dict[str, bytes]:
    """The page's files by name; `example` is the trial that it begins with."""
    values = {
        "trials": f"{index['build']['trials']:,}",
        "date": date_words(index["build"]["data_date"]) or "an unknown day",
        "build": index["build"]["build_id"],
        "k": str(index["k"]),
        "version": index["trialkin"],
        "versioned": VERSIONED,
        "integrity": widget_files()[MOVING].integrity,
        "example": example,
    }
    files = {"_headers": HEADERS.encode()}
    for path in sorted(FOLDER.iterdir()):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            for name, value in values.items():
                text = text.replace(f"{{{{{name}}}}}", escape(value))
        files[path.name] = text.encode()
    return files
