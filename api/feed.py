"""The trials related to one as a feed, newest first, so that a feed reader tells of a new one."""

import datetime
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import orjson

from search.answer import Answer, HitItem
from search.bands import Band
from search.dates import date_bounds
from search.errors import BadInput
from search.vocabulary import words

ATOM = "http://www.w3.org/2005/Atom"
JSON_FEED_VERSION = "https://jsonfeed.org/version/1.1"
AUTHOR = "Trialkin"
LONG_AGO = datetime.date(1970, 1, 1)
"""For a record that says no day at all: both forms of a feed want one."""
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One related trial."""

    hit: HitItem
    posted: datetime.date | None
    """When the registry first showed it."""
    updated: datetime.date
    """When its record last changed; where that is not known, the latest day on which it was there."""

    @property
    def text(self) -> str:
        """What there is to know of it: its status, its phases, and why it is related."""
        said = [*filter(None, [self.hit.status]), *self.hit.phases]
        reasons = [f"{words(reason.kind).lower()}: {reason.hit_term}" for reason in self.hit.reasons]
        return ". ".join(filter(None, [", ".join(map(words, said)), "; ".join(reasons)]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The trials related to one, newest first."""

    title: str
    address: str
    """Where the feed is."""
    page: str
    """Where the trial is that it is about."""
    question: str
    """Path and parameters; the feed's own id comes of them, whichever host it is asked of."""
    updated: datetime.date
    entries: Sequence[Entry]

    @property
    def id(self) -> str:
        """The same wherever and whenever the feed is asked for (RFC 4287, 4.2.6)."""
        return uuid.uuid5(uuid.NAMESPACE_URL, self.question).urn


def feed_of(answer: Answer, *, address: str, page: str, question: str) -> Feed:
    """The hits of `answer`, newest first: by their first posting, else by their start.

    By date a weakly related trial may come first, so they are left out unless they were asked for.
    """
    latest = _day(answer.build.data_date)
    wants_weak = answer.query.min_band is Band.WEAK
    told = [hit for hit in answer.hits if wants_weak or hit.band is not Band.WEAK]
    hits = sorted(told, key=lambda hit: _newness(hit) or LONG_AGO, reverse=True)  # stable: equals by rank
    entries = [
        Entry(hit=hit, posted=_day(hit.first_posted_date), updated=min(_updated(hit), latest or datetime.date.max))
        for hit in hits
    ]
    return Feed(
        title=f"Trials related to {answer.query.id}: {answer.query.title}",
        address=address,
        page=page,
        question=question,
        updated=max((entry.updated for entry in entries), default=latest or LONG_AGO),
        entries=entries,
    )


def atom(feed: Feed) -> bytes:
    """`feed` as RFC 4287 has it."""
    root = ElementTree.Element("feed", xmlns=ATOM)
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    _add(root, "updated", _instant(feed.updated))
    _add(_add(root, "author"), "name", AUTHOR)
    _add(root, "link", rel="self", type="application/atom+xml", href=feed.address)
    _add(root, "link", rel="alternate", href=feed.page)
    for entry in feed.entries:
        element = _add(root, "entry")
        _add(element, "id", entry.hit.url)
        _add(element, "title", f"{entry.hit.id}: {entry.hit.title}")
        _add(element, "updated", _instant(entry.updated))
        if entry.posted:
            _add(element, "published", _instant(entry.posted))
        _add(element, "link", rel="alternate", href=entry.hit.url)
        for condition in entry.hit.conditions:
            _add(element, "category", term=condition)
        _add(element, "summary", entry.text)
    ElementTree.indent(root)
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def json_feed(feed: Feed) -> bytes:
    """`feed` as version 1.1 of JSON Feed has it."""
    return orjson.dumps(
        {
            "version": JSON_FEED_VERSION,
            "title": feed.title,
            "home_page_url": feed.page,
            "feed_url": feed.address,
            "authors": [{"name": AUTHOR}],
            "items": [_item(entry) for entry in feed.entries],
        }
    )


def _item(entry: Entry) -> dict[str, Any]:
    item = {
        "id": entry.hit.url,
        "url": entry.hit.url,
        "title": f"{entry.hit.id}: {entry.hit.title}",
        "content_text": entry.text,
        "date_published": _instant(entry.posted) if entry.posted else None,
        "date_modified": _instant(entry.updated),
        "tags": entry.hit.conditions,
    }
    return {name: value for name, value in item.items() if value}


def _add(parent: ElementTree.Element, name: str, text: str | None = None, **attributes: str) -> ElementTree.Element:
    clean = {key: _NOT_IN_XML.sub("", value) for key, value in attributes.items()}
    element = ElementTree.SubElement(parent, name, clean)
    element.text = text and _NOT_IN_XML.sub("", text)
    return element


def _newness(hit: HitItem) -> datetime.date | None:
    return _day(hit.first_posted_date) or _day(hit.start_date) or _day(hit.last_update_date)


def _updated(hit: HitItem) -> datetime.date:
    return _day(hit.last_update_date) or _day(hit.first_posted_date) or _day(hit.start_date) or LONG_AGO


def _day(text: str | None) -> datetime.date | None:
    """The first day that a partial date can mean; None where it means none."""
    try:
        return date_bounds(text or "")[0]
    except BadInput:
        return None


def _instant(day: datetime.date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
