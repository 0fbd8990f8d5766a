"""Values as WHO's ICTRP shows them, which are as each registry wrote them, in ClinicalTrials.gov's spelling.

Where a value has no clear counterpart there ("Not Recruiting" may be before, after or between), it stays as it is.
"""

import datetime
import html
import re
from collections.abc import Iterable, Mapping

_BREAK = re.compile(r"<br */?>", re.IGNORECASE)
# Named one by one: "<5 and >3" is no tag. The first stand within a word at times.
_INLINE = re.compile(r"</?(?:b|i|u|em|strong|sub|span|font|a)\b[^<>]*>", re.IGNORECASE)
_BLOCK = re.compile(r"</?(?:p|sup|ul|ol|li|div|h[1-6]|t[rdh]|table|tbody)\b[^<>]*>", re.IGNORECASE)
_NOTHING = {"", "-", "--", "na", "n/a", "nil", "nil known", "no", "none", "not applicable", "not available", "null"}


def cleaned(text: str) -> str:
    """`text` without entities and tags; lines end where it says so by <br>, and nowhere else."""
    text = html.unescape(html.unescape(text))  # what went through XML as &amp;lt;br&amp;gt;
    return _BLOCK.sub(" ", _INLINE.sub("", _BREAK.sub("\n", " ".join(text.split())))).strip()


def parts(text: str) -> list[str]:
    """The items of a list, which ICTRP separates by ; or <br>."""
    found = (" ".join(part.split()) for part in re.split(r"[;\n]", cleaned(text)))
    return [part for part in found if part.casefold() not in _NOTHING]


_STATUSES = {
    "RECRUITING": ("recruiting", "open public recruiting", "open to recruitment", "in enrollment", "in enrolment"),
    "NOT_YET_RECRUITING": ("not yet recruiting", "pending", "preinitiation", "pre-initiation", "planned"),
    "ENROLLING_BY_INVITATION": ("enrolling by invitation",),
    "ACTIVE_NOT_RECRUITING": (
        *("active, not recruiting", "closed: follow-up continuing", "complete: follow-up continuing"),
        *("no longer recruiting", "closed to recruitment of participants", "closed to recruitment"),
        *("recruitment completed", "recruitment complete", "enrollment closed"),
    ),
    "COMPLETED": (
        *("complete", "completed", "complete: follow-up complete", "closed: follow-up complete"),
        *(
            "main results already published",
            "data analysis completed",
            "completed: recruitment & data analysis complete",
        ),
    ),
    "SUSPENDED": ("suspended", "temporarily closed", "temporary halt", "temporarily halted"),
    "TERMINATED": ("terminated", "stopped early", "prematurely ended", "stopped"),
    "WITHDRAWN": ("withdrawn", "withdrawn prior to enrolment"),
    "UNKNOWN": ("unknown", "unknown status"),
}
_STATUS_OF = {said: status for status, all_said in _STATUSES.items() for said in all_said}


def status(text: str) -> str:
    """The status: "Open public recruiting" -> "RECRUITING"."""
    text = cleaned(text)
    return _STATUS_OF.get(text.casefold().replace("follow up", "follow-up"), text)


def study_type(text: str) -> str:
    """The study type: "Interventional clinical trial of medicinal product" -> "INTERVENTIONAL"."""
    text = cleaned(text)
    beginnings = (
        ("interven", "INTERVENTIONAL"),
        ("observ", "OBSERVATIONAL"),
        ("epidem", "OBSERVATIONAL"),
        ("expanded access", "EXPANDED_ACCESS"),
    )
    return next((value for begins, value in beginnings if text.casefold().startswith(begins)), text)


_ONE_PHASE = r"(?:phase)?[- ]*(iv|i{1,3}|[1-4])[abc]?"
_PHASES = re.compile(rf"{_ONE_PHASE}(?: *(?:[-/,+&]|to|and) *{_ONE_PHASE})?(?: *\(.*\))?", re.IGNORECASE)
_PHASE_ANSWER = re.compile(r"\(phase (i{1,3}|iv)\): *yes", re.IGNORECASE)
_EARLY = re.compile(r"(?:early )?phase[- ]*1|(?:phase)?[- ]*0 *(?:\(.*\))?", re.IGNORECASE)
_NUMBERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


def phases(text: str) -> list[str]:
    """The phases: "II-III" -> PHASE2 and PHASE3; the EU register asks for each ("... (Phase II): yes ...")."""
    text = cleaned(text)
    answers = _PHASE_ANSWER.findall(text)
    if answers:
        return [_phase(number) for number in answers]
    if text.casefold() in {"na", "n/a", "not applicable", "not selected"}:
        return ["NA"]
    if found := _PHASES.fullmatch(text):
        return [_phase(number) for number in found.groups() if number]
    if _EARLY.fullmatch(text):
        return ["EARLY_PHASE1"]
    # The EU register's, where every answer is no.
    return [] if "(phase" in text.casefold() else [text]


def _phase(number: str) -> str:
    return f"PHASE{_NUMBERS.get(number.lower(), number)}"


_ALLOCATIONS = {
    "NON_RANDOMIZED": r"\bnon[- ]?randomi[sz]ed",
    "RANDOMIZED": r"(?<!non)(?<!non[- ])(?<!not )\brandomi[sz]ed",
}
_MODELS = {
    "PARALLEL": r"\bparallel",
    "CROSSOVER": r"\bcross[- ]?over",
    "FACTORIAL": r"\bfactorial",
    "SINGLE_GROUP": r"\bsingle[- ](?:group|arm)",
    "SEQUENTIAL": r"\bsequential",
}
_MASKINGS = {
    "NONE": r"\bopen(?:[- ]label|: *yes)|\b(?:no|non|not)[- ](?:mask|blind)|\b(?:mask|blind)ing: *(?:none|no\b|open)",
    "SINGLE": r"\bsingle[- ](?:blind|mask)|\bmasking: *single",
    "DOUBLE": r"\bdouble[- ](?:blind|mask)|\bmasking: *double",
    "TRIPLE": r"\btriple[- ](?:blind|mask)|\bmasking: *triple",
    "QUADRUPLE": r"\bquadruple[- ](?:blind|mask)|\bmasking: *quadruple",
}
_PURPOSES = {
    "TREATMENT": r"\bpurpose: *treatment",
    "PREVENTION": r"\bpurpose: *prevention",
    "DIAGNOSTIC": r"\bpurpose: *diagnos",
    "SUPPORTIVE_CARE": r"\bpurpose: *supportive",
    "SCREENING": r"\bpurpose: *screening",
    "BASIC_SCIENCE": r"\bpurpose: *basic science",
    "HEALTH_SERVICES_RESEARCH": r"\bpurpose: *health services",
}
# "Double blind: no", as the EU register answers; "Masking: no" says what it is.
_DENIED = re.compile(r"\b(?!masking|blinding)[a-z]+(?:[- ][a-z]+)?(?<!masking)(?<!blinding): *no\b", re.IGNORECASE)


def design(text: str) -> dict[str, str]:
    """The parts of a design that it names once, as `designInfo` has them; what it names twice over is left out."""
    said = _DENIED.sub("", cleaned(text))
    return {
        "allocation": _only(_ALLOCATIONS, said),
        "interventionModel": _only(_MODELS, said),
        "masking": _only(_MASKINGS, said),
        "primaryPurpose": _only(_PURPOSES, said),
    }


def _only(patterns: Mapping[str, str], text: str) -> str:
    found = [value for value, pattern in patterns.items() if re.search(pattern, text, re.IGNORECASE)]
    return found[0] if len(found) == 1 else ""


def sex(text: str) -> str:
    """ALL, FEMALE or MALE; the EU register asks for both ("Female: yes<br>Male: no")."""
    said = re.sub(r"\b(?:fe)?males?: *no\b", "", cleaned(text).casefold())
    female = bool(re.search(r"\bfemales?\b|\bwom[ae]n\b", said))
    male = bool(re.search(r"\bmales?\b|\bm[ae]n\b", said))
    if (female and male) or re.search(r"\b(?:both|all)\b", said):
        return "ALL"
    return "FEMALE" if female else "MALE" if male else ""


_AGE = re.compile(r"(\d{1,3})(?:\.0+)? *(y|m(?!in)|w|d|h)?[a-z]*\b.*", re.IGNORECASE)
_UNITS = {"y": "Year", "m": "Month", "w": "Week", "d": "Day", "h": "Hour"}
# 99, 120 and the like are bounds; 999 stands for none.
_NOBODY_IS = 150


def age(text: str) -> str:
    """An age: "18", "18Y" and "18 years" are "18 Years"; nothing for "no limit"."""
    found = _AGE.fullmatch(cleaned(text))
    if found is None or int(found[1]) >= _NOBODY_IS:
        return ""
    number = int(found[1])
    return f"{number} {_UNITS[(found[2] or 'y').lower()]}{'' if number == 1 else 's'}"


_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_YEAR, _MONTH, _DAY = r"(?P<year>\d{4})", r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})"
_NAMED = r"(?P<month>[a-z]{3,9})\.?"
_DATE_STYLES = tuple(
    re.compile(style, re.IGNORECASE | re.ASCII)
    for style in (
        rf"{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
        # ICTRP writes the day first; the month comes first only where it can be nothing else.
        rf"{_DAY}[-/.]{_MONTH}[-/.]{_YEAR}",
        rf"{_MONTH}[-/.]{_DAY}[-/.]{_YEAR}",
        rf"(?:{_DAY}[- ])?{_NAMED}[- ]{_YEAR}",
        rf"{_NAMED} {_DAY}, ?{_YEAR}",
        rf"{_YEAR}[-/.]{_MONTH}",
        rf"{_MONTH}[-/.]{_YEAR}",
        _YEAR,
    )
)
_TIME = re.compile(r"[ T]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[AP]M)?$", re.IGNORECASE)


def date(text: str) -> str:
    """A date, whole or partial, as the API has it; nothing where it is none."""
    text = _TIME.sub("", cleaned(text))
    found = (style.fullmatch(text) for style in _DATE_STYLES)
    return next((date for style in found if style and (date := _as_the_api_has_it(**style.groupdict()))), "")


def _as_the_api_has_it(year: str, month: str | None = None, day: str | None = None) -> str:
    number = 0
    if month is not None:
        name = month.casefold()
        named = (at for at, whole in enumerate(_MONTHS, start=1) if whole.startswith(name))
        number = int(month) if month.isdigit() else next(named, 0)
    try:
        whole = datetime.date(int(year), number if month else 1, int(day or 1))
    except ValueError:
        return ""
    return whole.isoformat()[: 10 if day else 7 if month else 4]


def target_size(text: str) -> int | None:
    """How many are to take part; the Chinese registry says it by arm: "Drug:49;Placebo:49;"."""
    counts = [re.fullmatch(r"(?:.*:)? *(\d{1,9})", part) for part in parts(text)]
    return sum(int(count[1]) for count in counts if count) if counts and all(counts) else None


_LABEL = re.compile(r"(?:term|disease|(?:health )?condition ?\d*): *", re.IGNORECASE)
# "K51.9 - Ulcerative colitis"; a gene, as in "P53-mutated", has no space after its dash.
_CODE = re.compile(r"[A-Z]\d{2}(?:\.?\d{1,2})? ?[-:] +")
# What the EU register and ISRCTN file a condition under.
_FILED_UNDER = re.compile(
    r"(?:meddra version|level|classification code|system organ class|therapeutic area|(?:sub)?topic)\b.*", re.IGNORECASE
)


def conditions(text: str) -> list[str]:
    """The conditions, without what they are filed under."""
    found = (part for part in parts(text) if not _FILED_UNDER.fullmatch(part))
    return _distinct(_CODE.sub("", _LABEL.sub("", part, count=1), count=1) for part in found)


def secondary_ids(*texts: str) -> list[str]:
    """The ids in lists of them; each has a digit, and words about there being none have none."""
    return _distinct(part for text in texts for part in parts(text) if re.search(r"\d", part))


def _distinct(texts: Iterable[str]) -> list[str]:
    first: dict[str, str] = {}
    for text in texts:
        if text:
            first.setdefault(text.casefold(), text)
    return list(first.values())
