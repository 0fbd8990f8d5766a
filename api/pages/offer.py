"""Filters that a text seems to name, offered with what would then be asked."""

from dataclasses import dataclass

from api.pages.rendering import Here
from api.pages.wording import field_words, filter_words
from search.answer import RecognisedItem


@dataclass(frozen=True, slots=True)
class Offer:
    """The filters in words, what is left of the text, and the address that asks so."""

    words: tuple[str, ...]
    rest: str
    href: str


def offer_of(recognised: RecognisedItem | None, here: Here, typed: str) -> Offer | None:
    """What `recognised` offers, beside the filters already set; nothing where nothing would be left to ask."""
    if recognised is None or not recognised.text:
        return None
    filters = recognised.filters
    return Offer(
        words=tuple(
            f"{field_words(name).lower()}: {' or '.join(filter_words(name, each) for each in _each(value))}"
            for name, value in filters.items()
        ),
        rest=recognised.text if recognised.text != typed else "",
        href=here.with_(q=recognised.text, **filters),
    )


def _each(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]
