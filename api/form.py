"""In which form an answer is sent: by what a client accepts, or by name."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from http import HTTPStatus

from fastapi import HTTPException, Request
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
_PARAMETER = re.compile(r";\s*(?!q\s*=)[^;,]*", re.IGNORECASE)


def wanted_form(request: Request, offered: Sequence[Form]) -> Form:
    """Which of the forms `offered`, the usual one first, `request` asks for: `format=` goes before Accept.

    Raises HTTPException 406 where the client accepts none of them.
    """
    named = {str(form): form for form in offered}.get(request.query_params.get("format", ""))
    if named:
        return named
    forms = {MEDIA_TYPES[form]: form for form in offered}
    # A client that names none accepts all. Parameters such as charset choose nothing here.
    accepted = _PARAMETER.sub("", ",".join(request.headers.getlist("accept"))) or "*/*"
    best = parse_accept_header(accepted, MIMEAccept).best_match(forms)
    if best is None:
        raise HTTPException(HTTPStatus.NOT_ACCEPTABLE, f"name one of these in Accept: {', '.join(forms)}")
    return forms[best]
