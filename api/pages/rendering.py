"""From a template and what it shows to a page."""

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import escape

from api.form import VERSION_PREFIX
from api.pages import wording
from api.pages.assets import assets
from api.pages.marking import marked, stems_of
from api.pages.reason_lines import reason_lines
from api.parameters import ListParameters
from search.reasons import ReasonKind

TEMPLATES = Path(__file__).with_name("templates")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "status_words": wording.status_words,
        "phase_words": wording.phase_words,
        "date_words": wording.date_words,
        "reason_words": wording.reason_words,
        "reason_lines": reason_lines,
        "part_words": wording.part_words,
        "field_words": wording.field_words,
        "tone": wording.tone,
        "marked": marked,
        "capitalize_first": lambda text: text[:1].upper() + text[1:],
        "cause_words": wording.cause_words,
        "stems": stems_of,
        # Unlike Jinja's urlencode, which leaves the slashes of CTRI/2020/12/029986.
        "segment": lambda text: quote(text, safe=""),
        # For markup that is shown to be copied: escaped for its reader's page, and once more for this one.
        "as_source": lambda text: str(escape(text)),
        "number": lambda number: f"{number:,}",
    }
    environment.globals |= {
        "asset": lambda name: f"/assets/{assets()[name].name}",
        "value_words": wording.value_words,
        "filter_words": wording.filter_words,
        "TONE_WORDS": wording.TONE_WORDS,
        "SAME_PHASE": ReasonKind.SAME_PHASE,
        "version": version("trialkin"),
    }
    return environment


@cache
def fingerprint() -> str:
    """Changes whenever any template or asset does."""
    digest = hashlib.sha256("".join(asset.name for asset in assets().values()).encode())
    for path in sorted(TEMPLATES.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def page(template: str, request: Request, **shown: Any) -> str:
    """The page that `template` makes of what is `shown`."""
    base = request.scope.get("root_path", "").rstrip("/")
    return (
        _environment()
        .get_template(template)
        .render(base=base, here=Here(request), origin=str(request.base_url).rstrip("/"), **shown)
    )


class Here:
    """The address of this page, and of those that differ from it in a parameter or two."""

    def __init__(self, request: Request) -> None:
        self.path = request.scope.get("root_path", "").rstrip("/") + request.url.path
        self._given = [(name, value) for name, value in request.query_params.multi_items() if value]

    def with_(self, **changes: Any) -> str:
        """The address with parameters set, or taken away (None); from the first hit on, unless said."""
        changes = {"offset": None, **changes}
        kept = [(name, value) for name, value in self._given if name not in changes]
        new = [(name, each) for name, value in changes.items() for each in _each(value)]
        return self._address([*kept, *new])

    def others(self, *names: str) -> list[tuple[str, str]]:
        """The parameters of other names, which a form has to carry on."""
        return [(name, value) for name, value in self._given if name not in names]

    def data(self, path: str, **always: Any) -> str:
        """The same question to the API, under its versioned form; `always` is what the page asks unless told."""
        names = {"preset", "q", *ListParameters.model_fields}
        given = [(name, value) for name, value in self._given if name in names and name not in always]
        new = [(name, each) for name, value in always.items() for each in _each(value)]
        return f"{VERSION_PREFIX}{path}?{urlencode([*given, *new])}"

    def _address(self, parameters: Iterable[tuple[str, str]]) -> str:
        asked = urlencode(list(parameters))
        return f"{self.path}?{asked}" if asked else self.path


def _each(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)]
