"""The widget to try: its options, the lines to paste, and how it looks on a plain page."""

from urllib.parse import urlencode

from fastapi import Request

from api.pages.filter_choices import PHASES
from api.pages.parameters import WidgetPageParameters
from api.pages.rendering import page
from api.widget_routes import LANGUAGES, MOVING, VERSIONED, widget_files
from search.answer import TrialDetail, build_info, trial_detail
from search.engine import SearchEngine
from search.presets import Preset
from search.vocabulary import Status

DEFAULTS = {"limit": 5, "preset": Preset.BALANCED, "lang": "en", "heading_level": 2}


def widget_page(request: Request, engine: SearchEngine, asked: WidgetPageParameters) -> str:
    """The page; raises what the engine raises of an id."""
    trial = _trial(engine, asked)
    attributes = _attributes(asked, trial.id)
    return page(
        "widget.html",
        request,
        build=build_info(engine.manifest),
        trial=trial,
        asked=asked,
        attributes=attributes,
        script=VERSIONED,
        moving=MOVING,
        integrity=widget_files()[MOVING].integrity,
        preview=urlencode(
            [(name.replace("-", "_"), each) for name, value in attributes.items() for each in value.split(";")]
        ),
        presets=list(Preset),
        phases=PHASES,
        statuses=list(Status),
        languages=LANGUAGES,
        q="",
    )


def registry_page(request: Request, engine: SearchEngine, asked: WidgetPageParameters) -> str:
    """A plain page of one trial, as a registry shows it, with the widget at its end."""
    trial = _trial(engine, asked)
    return page(
        "registry.html",
        request,
        build=build_info(engine.manifest),
        trial=trial,
        attributes=_attributes(asked, trial.id),
        script=VERSIONED,
        integrity=widget_files()[MOVING].integrity,
    )


def _trial(engine: SearchEngine, asked: WidgetPageParameters) -> TrialDetail:
    return trial_detail(engine.trial(asked.nct_id or engine.suggestions.example() or ""))


def _attributes(asked: WidgetPageParameters, trial_id: str) -> dict[str, str]:
    """The widget's attributes, less those that say what is so anyway."""
    given = {
        "nct-id": trial_id,
        "limit": asked.limit,
        "preset": asked.preset,
        "lang": asked.lang,
        "heading-level": asked.heading_level,
        # As the widget takes several values.
        "status": ";".join(asked.status),
        "phase": ";".join(asked.phase),
        "country": ";".join(asked.country),
    }
    return {
        name: str(value) for name, value in given.items() if value and value != DEFAULTS.get(name.replace("-", "_"))
    }
