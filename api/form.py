"""In which form an answer is sent: by what a client accepts, or by name."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from http import HTTPStatus

from fastapi import HTTPException, Request
from starlette.datastructures import Headers, QueryParams
from starlette.types import Scope
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header


class Form(StrEnum):
    """What an answer can be sent as."""

    JSON = "json"
    CSV = "csv"
    NDJSON = "ndjson"
    JSON_LD = "jsonld"
    ATOM = "atom"
    JSON_FEED = "jsonfeed"


MEDIA_TYPES: Mapping[Form, str] = {
    Form.JSON: "application/json",
    Form.CSV: "text/csv",
    Form.NDJSON: "application/x-ndjson",
    Form.JSON_LD: "application/ld+json",
    Form.ATOM: "application/atom+xml",
    Form.JSON_FEED: "application/feed+json",
}
LIST_FORMS = (Form.JSON, Form.CSV, Form.NDJSON, Form.JSON_LD)
"""Of a list of trials, the usual one first."""
FEED_FORMS = (Form.ATOM, Form.JSON_FEED)
PAGE = "text/html"
VERSION_PREFIX = "/v1"
"""Of every route's versioned form, whose answers only ever gain fields; under it there are no pages."""
_PARAMETER = re.compile(r";\s*(?!q\s*=)[^;,]*", re.IGNORECASE)


def wanted_form(request: Request, offered: Sequence[Form]) -> Form:
    """Which of the forms `offered`, the usual one first, `request` asks for: `format=` goes before Accept.

    Raises HTTPException 406 where the client accepts none of them.
    """
    named = {str(form): form for form in offered}.get(request.query_params.get("format", ""))
    if named:
        return named
    forms = {MEDIA_TYPES[form]: form for form in offered}
    best = _accepted(request.headers).best_match(forms)
    if best is None:
        raise HTTPException(HTTPStatus.NOT_ACCEPTABLE, f"name one of these in Accept: {', '.join(forms)}")
    return forms[best]


def wants_page(scope: Scope) -> bool:
    """Whether the client is a person's browser: it names HTML, and likes no other form of an answer better.

    What accepts anything is a program. A `format` goes before Accept: so a person asks for data in a browser.
    """
    if scope["path"].startswith(f"{VERSION_PREFIX}/") or "format" in QueryParams(scope["query_string"]):
        return False
    accepted = _accepted(Headers(scope=scope))
    named = {media_type for media_type, _ in accepted}
    return PAGE in named and accepted.best_match([PAGE, *(named & set(MEDIA_TYPES.values()))]) == PAGE


def _accepted(headers: Headers) -> MIMEAccept:
    """What a client accepts; one that names nothing accepts all. Parameters such as charset choose nothing here."""
    return parse_accept_header(_PARAMETER.sub("", ",".join(headers.getlist("accept"))) or "*/*", MIMEAccept)
