"""Which trials belong to one programme: a trial and its extension, a sponsor's trials of one product in one disease.

A false merge hides a trial that someone looks for, a missed one only shows one more, so every rule errs on the side
of missing. What a title calls itself is not enough: extension and parent must share the sponsor and more besides.
"""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

from search.lexical import words_of
from search.trial import Trial
from search.trial_id import registry_of
from search.twins import ids_named_by


class ProgrammeCause(StrEnum):
    """Why two trials are of one programme; of several causes the first one here is given."""

    SAME_TRIAL = "same_trial"
    ROLL_OVER = "roll_over"
    EXTENSION = "extension"
    LONG_TERM_FOLLOW_UP = "long_term_follow_up"
    SAME_ORG_STUDY_STEM = "same_org_study_stem"
    SAME_SPONSOR_AND_INTERVENTION = "same_sponsor_and_intervention"


class Collapse(StrEnum):
    """What is shown as one entry."""

    PROGRAMME = "programme"


ALIKE_TITLES = 0.5
"""An institution's two trials of the same products in the same disease share this much of the words of their titles."""


@dataclass(frozen=True, slots=True)
class Group:
    """One programme in a list: the place of its best trial, and the others' places, each with its cause."""

    leader: int
    members: tuple[tuple[int, ProgrammeCause], ...]


_FOLLOW_ONS: Mapping[ProgrammeCause, re.Pattern[str]] = {
    ProgrammeCause.ROLL_OVER: re.compile(r"\broll[\s-]?over\b|\bcontinued access\b", re.IGNORECASE),
    ProgrammeCause.EXTENSION: re.compile(
        r"\bextension (study|trial|protocol|phase|period|treatment|to|of (the )?(study|trial|protocol|\S*\d))\b"
        r"|\b(open[\s-]label|long[\s-]term|safety|treatment|study|trial)[\s-](\w+ )?extension\b"
        r"|\bcontinuation (study|trial|protocol)\b",
        re.IGNORECASE,
    ),
    ProgrammeCause.LONG_TERM_FOLLOW_UP: re.compile(
        r"\b(long[\s-]?term|extended|\d+[\s-]years?) follow[\s-]?up\b"
        r"|\bfollow[\s-]?up (study|trial) (of|for|in|to|on)\b"
        r"|\b(who|that) (have |had |has )?(previously )?(completed|participated in|took part in|enrolled in) "
        r"|\bpreviously (enrolled|randomi[sz]ed) (in|into)\b",
        re.IGNORECASE,
    ),
}
"""What a trial's title says where it follows on another."""

_PRODUCT_TYPES = {"DRUG", "BIOLOGICAL", "GENETIC", "DEVICE", "COMBINATION_PRODUCT", "DIETARY_SUPPLEMENT", None}
"""Interventions that a programme can be about; "exercise" and "surgery" are each institution's own."""
_NO_PRODUCT = frozenset(
    words_of(
        "placebo sham saline vehicle control standard usual routine care treatment therapy no active comparator best "
        "supportive matching dummy observation questionnaire drug vaccine chemotherapy radiotherapy surgery laboratory "
        "biomarker analysis intervention study other blood sample"
    )
)
_DOSE = re.compile(
    r"\b\d[\d.,]*\s*(?:mg|mcg|µg|ug|g|kg|ml|l|iu|units?|%|gy|mm|cells?)\b(?:\s*/\s*\w+)?"
    r"|\b(?:tablets?|capsules?|injections?|infusions?|solution|cream|ointment|gel|oral|intravenous|iv|subcutaneous|sc"
    r"|intravitreal|topical|low|high|medium|doses?|dosage|group|arm|cohort|daily|once|twice|weekly|bid|qd)\b|\(.*?\)|%",
    re.IGNORECASE,
)
_LEGAL_FORM = re.compile(
    r"\b(?:inc|incorporated|llc|ltd|limited|gmbh|ag|co|corp|corporation|company|plc|pty|sa|sas|spa|srl|nv|bv|kk|ab|as"
    r"|kg|lp|pharmaceuticals?|pharma)\b"
)
_SUBSIDIARY = re.compile(r",?\s+(?:a subsidiary of|now part of|part of|an affiliate of).*", re.IGNORECASE)
_CODE = re.compile(r"[A-Za-z0-9]+(?:[-_/.][A-Za-z0-9]+)*")
_SERIES = (
    re.compile(r"([A-C]\d{3})\d{4}"),
    re.compile(r"([A-Z]\d[A-Z]-[A-Z]{2})-[A-Z]{4}"),
    re.compile(r"(.*[A-Z].*[A-Z].*?)[-_/. ]*\d{2,5}[-_/. ]*(?:[A-Z]\d?|EXT|OLE|LTE|LTFU|FU|RO)?"),
)
"""A product's series with the study's number in it: B197|1057, I4V-MC-|JADV, CAIN457A|2302|E1, KW-0761-|001."""
_PRODUCT = re.compile(r"(?!.*(?:19|20)\d\d$)[A-Z]+[-_ ]?\d{3,}[-_ A-Z]*|[A-Z]\d[A-Z]-[A-Z]{2}")
"""A stem that names a product by itself: CAIN457A, KW-0761, B197; not IRB-2019 nor ABC."""


class _Signs:
    """What of a trial tells its programme; what only few pairs are asked for is read when it is."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._titles = f"{trial.brief_title}\n{trial.official_title or ''}"
        self.trial_id = trial.trial_id
        self.registry = registry_of(trial.trial_id)
        self.sponsor = _sponsor(trial.sponsor or "")
        self.sponsor_class = trial.sponsor_class
        self.follow_on = next((cause for cause, pattern in _FOLLOW_ONS.items() if pattern.search(self._titles)), None)

    @cached_property
    def also(self) -> Set[str]:
        """The ids that the record gives of registries, one of which may have the trial too."""
        return ids_named_by(self._trial)

    @cached_property
    def title(self) -> Set[str]:
        return set(words_of(self._trial.brief_title))

    @cached_property
    def products(self) -> Set[str]:
        return _products(self._trial)

    @cached_property
    def conditions(self) -> Set[frozenset[str]]:
        return set(filter(None, (frozenset(words_of(_plain(text))) for text in self._trial.conditions)))

    @cached_property
    def own_ids(self) -> Set[str]:
        codes = [text for text in (self._trial.org_study_id, *self._trial.secondary_ids) if text]
        return {self.trial_id, *(plain for text in codes if _is_code(plain := _code(text)))}

    @cached_property
    def acronym(self) -> str:
        """Without its number: "ECLIPSE" of ECLIPSE-2."""
        return _acronym(self._trial.acronym or "")

    @cached_property
    def stem(self) -> str:
        return _stem(self._trial.org_study_id or "")

    @cached_property
    def named(self) -> Set[str]:
        """Codes, ids and words in capitals that its titles and summary name."""
        written = _CODE.findall(f"{self._titles}\n{self._trial.brief_summary or ''}")
        return {_code(word) for word in written if _is_code(word) or (word.isupper() and len(word) > 3)}


def programme_cause(first: Trial, second: Trial) -> ProgrammeCause | None:
    """Why the two are of one programme, the same whichever comes first; None where nothing is sure enough."""
    return _cause(_kept_signs(first), _Signs(second))


# One trial is held against each of its hits.
_kept_signs = lru_cache(maxsize=16)(_Signs)


def collapse(trials: Sequence[Trial]) -> list[Group]:
    """`trials`, in rank order, as programmes in the order of their best trial.

    A trial joins the first programme whose *best* trial it is of one programme with, so that every member has a cause
    of its own and no chain of likenesses joins two ends that have none.
    """
    signs = [_Signs(trial) for trial in trials]
    members: dict[int, list[tuple[int, ProgrammeCause]]] = {}
    for place, own in enumerate(signs):
        for leader, joined in members.items():
            if cause := _cause(signs[leader], own):
                joined.append((place, cause))
                break
        else:
            members[place] = []
    return [Group(leader, tuple(joined)) for leader, joined in members.items()]


def _cause(first: _Signs, second: _Signs) -> ProgrammeCause | None:
    if first.registry != second.registry and (second.trial_id in first.also or first.trial_id in second.also):
        return ProgrammeCause.SAME_TRIAL
    same_sponsor = bool(first.sponsor) and first.sponsor == second.sponsor
    if not same_sponsor and not first.follow_on and not second.follow_on:
        return None
    if not same_sponsor and first.sponsor and second.sponsor:
        # An id of the registry is nobody else's: the sponsor may have been bought since.
        follows = _names_id(first, second) or _names_id(second, first)
        return first.follow_on or second.follow_on if follows else None
    products, conditions = _share(first.products, second.products), _share_condition(first, second)
    if first.follow_on or second.follow_on:
        named = _names_study(first, second) or _names_study(second, first)
        same_acronym = same_sponsor and bool(first.acronym) and first.acronym == second.acronym
        if named or same_acronym or (same_sponsor and products and conditions is not False):
            return min(filter(None, (first.follow_on, second.follow_on)), key=list(ProgrammeCause).index)
    if not same_sponsor or products is False or conditions is False:
        return None
    # An institution numbers all its studies in one series, and compares the same old drugs time and again.
    of_industry = "INDUSTRY" in (first.sponsor_class, second.sponsor_class)
    if first.stem and first.stem == second.stem:
        names_product = of_industry and _PRODUCT.fullmatch(first.stem)
        if (products and (conditions or of_industry)) or (names_product and conditions):
            return ProgrammeCause.SAME_ORG_STUDY_STEM
    if products and conditions and first.products == second.products:
        shared, either = len(first.title & second.title), len(first.title | second.title)
        if of_industry or shared >= ALIKE_TITLES * either:
            return ProgrammeCause.SAME_SPONSOR_AND_INTERVENTION
    return None


def _share(first: Set[str], second: Set[str]) -> bool | None:
    """Whether they have one in common; None where a record is silent."""
    return None if not first or not second else bool(first & second)


def _share_condition(first: _Signs, second: _Signs) -> bool | None:
    if not first.conditions or not second.conditions:
        return None
    # "Breast cancer" is within "metastatic breast cancer"; a single word such as "cancer" must be all of it.
    return any(
        ours == theirs or (min(len(ours), len(theirs)) > 1 and (ours <= theirs or theirs <= ours))
        for ours in first.conditions
        for theirs in second.conditions
    )


def _names_id(follow_on: _Signs, parent: _Signs) -> bool:
    return follow_on.follow_on is not None and parent.trial_id in follow_on.named


def _names_study(follow_on: _Signs, parent: _Signs) -> bool:
    """Whether the trial that follows on names the other: by an id, or by an acronym that is not just a word."""
    if follow_on.follow_on is None:
        return False
    return bool(parent.own_ids & follow_on.named) or (len(parent.acronym) > 3 and parent.acronym in follow_on.named)


@lru_cache(maxsize=4096)
def _sponsor(name: str) -> str:
    plain = re.sub(r"[^\w\s&]", "", _SUBSIDIARY.sub("", name)).casefold()
    return " ".join((_LEGAL_FORM.sub(" ", plain).strip() or plain).split())


def _products(trial: Trial) -> Set[str]:
    """The products tried, each by its name without dose and form; those that only a control arm gets are none."""
    names = (_plain(given.name) for given in trial.interventions if given.type in _PRODUCT_TYPES)
    return {" ".join(stems) for name in names if (stems := words_of(name)) and not set(stems) <= _NO_PRODUCT}


def _plain(text: str) -> str:
    return _DOSE.sub(" ", text)


def _code(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def _is_code(text: str) -> bool:
    """Long enough, and of letters and digits, to be one study's only."""
    return len(text) >= 5 and any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def _acronym(text: str) -> str:
    letters = re.match(r"[A-Z]{3,}", text.upper().strip())
    return letters[0] if letters else ""


def _stem(org_study_id: str) -> str:
    """The id without the study's number in its series; empty where what is left could be any study of the sponsor's."""
    plain = org_study_id.upper().strip()
    found = next((match for pattern in _SERIES if (match := pattern.fullmatch(plain))), None)
    return found[1].rstrip("-_/. ") if found else ""
