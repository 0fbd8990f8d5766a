"""What of a free text could be a filter: "recruiting in China" names a status and a country.

It is offered and never imposed, since the same words may be meant otherwise: those who typed "recruiting" often only
wish, and Turkey is a bird too.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from search.filters import Filters, parse_filters
from search.vocabulary import Phase, SponsorClass, Status, StudyType

_STUDIES = r"(?:trials?|stud(?:y|ies))"
_ROMAN: Mapping[str, str] = {"I": "1", "II": "2", "III": "3", "IV": "4"}
_NUMBER = r"(?:[1-4]|IV|I{1,3})[ab]?"
_YEAR = r"((?:19|20)\d\d)"

_SAYS: tuple[tuple[str, str, Any], ...] = (
    # The longer first: "not yet recruiting" says "recruiting" too.
    (r"active,? (?:but )?not recruiting", "status", Status.ACTIVE_NOT_RECRUITING),
    (r"not (?:yet )?recruiting(?: yet)?", "status", Status.NOT_YET_RECRUITING),
    (r"enrolling by invitation", "status", Status.ENROLLING_BY_INVITATION),
    (
        r"(?:(?:now|currently|still|actively) )?(?:recruiting|enroll?ing)(?: now)?|open (?:for|to) enroll?ment",
        "status",
        Status.RECRUITING,
    ),
    (rf"completed(?= {_STUDIES}\b)|(?<=[,;] )completed$", "status", Status.COMPLETED),
    (rf"terminated(?= {_STUDIES}\b)|(?<=[,;] )terminated$", "status", Status.TERMINATED),
    (rf"withdrawn(?= {_STUDIES}\b)|(?<=[,;] )withdrawn$", "status", Status.WITHDRAWN),
    (rf"suspended(?= {_STUDIES}\b)|(?<=[,;] )suspended$", "status", Status.SUSPENDED),
    (rf"observational(?: {_STUDIES})?", "study_type", StudyType.OBSERVATIONAL),
    (rf"interventional {_STUDIES}", "study_type", StudyType.INTERVENTIONAL),
    (r"expanded access(?: (?:program(?:me)?s?|stud(?:y|ies)))?", "study_type", StudyType.EXPANDED_ACCESS),
    (
        r"(?:industry|pharma)[- ](?:sponsored|funded)|(?:sponsored|funded) by (?:the )?industry",
        "sponsor_class",
        SponsorClass.INDUSTRY,
    ),
    (r"NIH[- ](?:sponsored|funded)|(?:sponsored|funded) by (?:the )?NIH", "sponsor_class", SponsorClass.NIH),
    (r"with (?:posted )?results", "has_results", True),
    (r"without (?:posted )?results", "has_results", False),
)
"""Words -> the filter and its value."""

_ONE_COUNTRY = (
    ("United States", "United States of America", "USA", "US", "America"),
    ("United Kingdom", "UK", "Great Britain", "Britain", "England", "Scotland", "Wales"),
    ("South Korea", "Korea", "Korea, Republic of", "Republic of Korea"),
    ("Turkey", "Türkiye", "Turkey (Türkiye)"),
    ("Czechia", "Czech Republic"),
    ("Russia", "Russian Federation"),
    ("Iran", "Iran, Islamic Republic of"),
    ("Netherlands", "Holland"),
    ("Vietnam", "Viet Nam"),
    ("Syria", "Syrian Arab Republic"),
    ("Ivory Coast", "Côte d'Ivoire"),
)
"""Names of one country: what people write, and what the registry wrote in one year or another."""
_LEADS_TO_A_COUNTRY = re.compile(r"\b(?:in|from|across|within)(?: the)? ", re.IGNORECASE)
_JOINS_COUNTRIES = re.compile(r"\s*(?:,? (?:and|or) |[,/] ?)(?:in )?(?:the )?", re.IGNORECASE)
_MOST_WORDS = 6
"""Of a country's name."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """Filters that a text seems to name, and what is left to ask by meaning; empty where nothing is."""

    filters: Filters
    text: str


def recognised_filters(text: str, countries: Iterable[str]) -> Recognised | None:
    """The filters that `text` names in plain English, or None where it names none.

    `countries` are the names in the corpus; one of them counts after "in" or "from", or at the end of the text. Words
    of quoted phrases are asked for and are no filter.
    """
    rest, given = text, dict[str, Any]()
    for take in (_take_words, _take_phases, _take_years, lambda left, found: _take_countries(left, found, countries)):
        rest = take(rest, given)
    return Recognised(parse_filters(**given), _mended(rest)) if given else None


def _take_words(text: str, given: dict[str, Any]) -> str:
    for pattern, name, value in _SAYS:

        def note(_: re.Match[str], name: str = name, value: Any = value) -> str:
            given.update({name: value} if isinstance(value, bool) else {name: [*given.get(name, ()), value]})
            return _GAP

        text = _outside_quotes(text, rf"\b(?:{pattern})(?!\w)", note)
    return text


def _take_phases(text: str, given: dict[str, Any]) -> str:
    def note(match: re.Match[str]) -> str:
        numbers = re.findall(_NUMBER, match["numbers"], re.IGNORECASE)
        plain = [number.upper().rstrip("AB") for number in numbers]
        phases = [Phase(f"{'EARLY_' if match['early'] else ''}PHASE{_ROMAN.get(number, number)}") for number in plain]
        given["phase"] = [*given.get("phase", ()), *(phase for phase in phases if phase not in given.get("phase", ()))]
        return _GAP

    # "early phase 1" is a phase of its own; no other is early.
    joined = r"(?:\s*(?:/|-|,|to|or|and|&)\s*(?:phase\s+)?)"
    pattern = (
        rf"\b(?:(?P<early>early )(?=phases?[\s-]*[1I]\b))?phases?[\s-]*(?P<numbers>{_NUMBER}(?:{joined}{_NUMBER})*)"
        rf"(?!\w)(?: {_STUDIES}\b)?"
    )
    return _outside_quotes(text, pattern, note)


def _take_years(text: str, given: dict[str, Any]) -> str:
    def span(match: re.Match[str]) -> str:
        given["start_from"], given["start_to"] = match[1], match[2]
        return _GAP

    def bound(name: str, years: int) -> Callable[[re.Match[str]], str]:
        def note(match: re.Match[str]) -> str:
            given[name] = str(int(match[1]) + years)
            return _GAP

        return note

    started = r"\b(?:(?:started|starting|begun|beginning) )?"
    text = _outside_quotes(text, rf"{started}(?:from|between) {_YEAR} (?:to|and|until) {_YEAR}\b", span)
    text = _outside_quotes(text, rf"{started}(?:since|from) {_YEAR}\b(?: on(?:wards?)?\b)?", bound("start_from", 0))
    text = _outside_quotes(text, rf"{started}after {_YEAR}\b", bound("start_from", 1))
    return _outside_quotes(text, rf"{started}before {_YEAR}\b", bound("start_to", -1))


def _take_countries(text: str, given: dict[str, Any], countries: Iterable[str]) -> str:
    names: dict[str, tuple[str, ...]] = {_key(country): (country,) for country in countries}
    for same in _ONE_COUNTRY:
        if present := tuple(name for each in same for name in names.get(_key(each), ())):
            names |= dict.fromkeys(map(_key, same), present)
    leads = [(lead.start(), lead.end()) for lead in _LEADS_TO_A_COUNTRY.finditer(text)]
    words = [(word.start(), word.start()) for word in re.finditer(r"(?<!\w)\w", text)]
    taken, rest = 0, ""
    for start, at in sorted(leads + words):
        found, end = _countries_at(text, at, names)
        # Without a word that leads to it a country stands at the end: "colitis China", not "guinea worm".
        if start >= taken and found and (start < at or not re.search(r"\w", text[end:])) and not _is_quoted(text, at):
            given["country"] = list(dict.fromkeys([*given.get("country", ()), *found]))
            rest, taken = f"{rest}{text[taken:start]}{_GAP}", end
    return rest + text[taken:]


def _countries_at(text: str, at: int, names: Mapping[str, tuple[str, ...]]) -> tuple[list[str], int]:
    """The countries that `text` names from `at` on, and where they end."""
    found, end = list[str](), at
    while True:
        ends = [at + word.end() for word in islice(re.finditer(r"[\w.'’()]+", text[at:]), _MOST_WORDS)]  # noqa: RUF001
        longest = next((stop for stop in reversed(ends) if _key(text[at:stop]) in names), None)
        # In small letters "us" is a word.
        if longest is None or (longest - at <= len("US") and not text[at:longest].isupper()):
            return found, end
        found, end = [*found, *names[_key(text[at:longest])]], longest
        join = _JOINS_COUNTRIES.match(text, end)
        if join is None:
            return found, end
        at = join.end()


def _key(name: str) -> str:
    return name.replace(".", "").replace("’", "'").casefold()  # noqa: RUF001 (the typeset apostrophe)


def _is_quoted(text: str, at: int) -> bool:
    return any(quote.start() < at < quote.end() for quote in _QUOTED.finditer(text))


_QUOTED = re.compile(r'"[^"]*"|“[^”]*”')
_GAP = "\0"
"""Stands where something was taken out, so that what only joined it can go as well."""


def _outside_quotes(text: str, pattern: str, replace: Callable[[re.Match[str]], str]) -> str:
    found = re.compile(pattern, re.IGNORECASE)
    pieces = re.split(f"({_QUOTED.pattern})", text)
    return "".join(piece if place % 2 else found.sub(replace, piece) for place, piece in enumerate(pieces))


def _mended(text: str) -> str:
    """`text` without its gaps and the commas, "and" and "trials" that they leave behind."""
    text = re.sub(rf"{_GAP} {_STUDIES}\b", _GAP, text, flags=re.IGNORECASE)
    text = re.sub(rf"[\s,;]*(?:\b(?:and|or|that are|which are|are)\b)?[\s,;]*{_GAP}", _GAP, text, flags=re.IGNORECASE)
    text = re.sub(rf"{_GAP}[\s,;]*(?=[.?!]|$)|^{_GAP}[\s,;]*", " ", text.strip())
    text = re.sub(r"\s+([.?!,;])", r"\1", " ".join(re.sub(rf"\s*{_GAP}+[\s,;]*", " ", text).split()))
    return re.sub(r"^(?:of|on|for|with) ", "", text.strip(" ,;"))
