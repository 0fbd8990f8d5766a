"""A trial's page: its record, the trials related to it, and a picture of them."""

import dataclasses
from collections.abc import Mapping
from urllib.parse import quote

from fastapi import Request

from api import linked_data
from api.pages.paging import answer_page
from api.pages.parameters import Colour, TrialPageParameters
from api.pages.picture import CONDITION_WORDS, Picture, picture_of
from api.pages.record import further_rows, main_rows
from api.pages.rendering import Here, page
from api.pages.wording import TONE_WORDS, tone
from search.answer import Answer, trial_detail
from search.engine import SearchEngine
from search.filters import Filters
from search.listing import Listing
from search.preference import Preference
from search.presets import Preset
from search.question import Question
from search.vocabulary import Status

PRESETS = {
    Preset.BALANCED: ("Balanced", "Title, conditions, interventions and words weigh together."),
    Preset.SAME_CONDITION: ("Same condition", "Half of the score goes by the conditions alone."),
    Preset.SAME_INTERVENTION: ("Same intervention", "Half of the score goes by the interventions alone."),
}
OPEN = (Status.RECRUITING, Status.NOT_YET_RECRUITING)
OPEN_WORDS = (
    "Open alternatives",
    "Only trials that recruit or are about to; those that recruit now are moved up a little.",
)


def trial_page(request: Request, engine: SearchEngine, trial_id: str, asked: TrialPageParameters) -> str:
    """The page; raises what the engine raises."""
    trial = trial_detail(engine.trial(trial_id))
    here, listing = Here(request), asked.listing()
    question = Question(positives={trial.id: 1.0})
    shown = answer_page(engine, question, listing, here)
    hits = shown.answer.hits
    is_open = asked.prefer is Preference.RECRUITING and set(asked.status) == set(OPEN)
    picture = picture_of(engine, trial.id, hits) if hits else None
    return page(
        "trial.html",
        request,
        build=shown.answer.build,
        trial=trial,
        record=main_rows(trial),
        further=further_rows(trial),
        structured={"@context": linked_data.CONTEXT, **linked_data.study(trial)},
        shown=shown,
        answer=shown.answer,
        asked=asked,
        is_open=is_open,
        presets=_presets(here, asked, is_open=is_open),
        explained=(OPEN_WORDS if is_open else PRESETS[asked.preset])[1],
        cost=_cost_of_open(engine, question, listing, shown.answer) if is_open else shown.answer.cost,
        picture=picture,
        legend=_legend(asked.colour, picture) if picture else [],
        CONDITION_WORDS=CONDITION_WORDS,
        data_link=here.data(f"/similar/{quote(trial.id, safe='')}", collapse=asked.collapse),
        q="",
    )


def _presets(here: Here, asked: TrialPageParameters, *, is_open: bool) -> list[dict[str, object]]:
    """What related can mean, and the addresses to choose it by; each starts from the first hit."""
    statuses = None if is_open else asked.status
    links: list[dict[str, object]] = [
        {
            "words": words,
            "href": here.with_(preset=None if preset is Preset.BALANCED else preset, prefer=None, status=statuses),
            "chosen": preset is asked.preset and not is_open,
        }
        for preset, (words, _) in PRESETS.items()
    ]
    to_open = here.with_(preset=None, prefer=Preference.RECRUITING, status=OPEN)
    return [*links, {"words": OPEN_WORDS[0], "href": to_open, "chosen": is_open}]


def _cost_of_open(engine: SearchEngine, question: Question, listing: Listing, shown: Answer) -> str | None:
    """What it costs in relevance to list open trials alone: their mean score beside that of as many of any status."""
    count = len(shown.hits)
    if not count or listing.offset:
        return shown.cost
    filters = Filters(**{**listing.filters.given(), "status": ()})
    of_any = engine.ask(question, dataclasses.replace(listing, k=count, filters=filters, prefer=None)).hits
    ours = sum(hit.score for hit in shown.hits) / count
    best = sum(hit.score for hit in of_any) / len(of_any)
    most = "the closest one" if count == 1 else f"the closest {count}"
    return (
        f"What that costs: the {count} listed here score {ours:.2f} on average, {most} of any status {best:.2f}."
        if count > 1
        else f"What that costs: the one listed here scores {ours:.2f}, {most} of any status {best:.2f}."
    )


def _legend(colour: Colour, picture: Picture) -> list[tuple[str, str]]:
    """The colours in the picture, and what they say."""
    words: Mapping[str, str] = CONDITION_WORDS if colour is Colour.CONDITION else TONE_WORDS
    seen = {point.condition if colour is Colour.CONDITION else tone(point.hit.status) for point in picture.points}
    return [(str(key), text) for key, text in words.items() if key in seen]
