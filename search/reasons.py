"""Why two trials are related: typed reasons in the words of both records, found by rule and the same every time."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

import numpy as np

from search.control_arms import ARM_WORDS, CONTROL_WORDS, names_an_arm
from search.lexical import words_of
from search.passage import MESH_COLUMNS, Facet
from search.trial import Trial
from search.twins import is_same_trial
from search.vectors import Vectors

SAME = 0.85
"""A likeness of this or more says that two terms name the same thing."""
RELATED_COSINE = 0.75
"""Two terms of this cosine or more are related, as far as the encoder can tell."""
UNRELATED_COSINE = 0.4
"""Conditions below this have nothing to do with each other: ulcerative colitis and Crohn's disease are at .5, and at .1
to .3 from asthma, melasma or a diabetic foot ulcer (all-MiniLM-L6-v2)."""
UNRELATED_TITLE_COSINE = 0.25
"""The same of a condition and a title, which says other things besides: one on Crohn's disease is at .32."""
RELATED_WORDS = 0.5
"""At least this share of a term, its words weighed by rarity, stands on the other side where the two are related."""
RELATED_MESH = 0.6
"""Two trials are related through a heading that is at least this close to their own."""

# What any title may say. By stem, as `words_of` gives them.
TITLE_WORDS = frozenset(
    words_of(
        "study trial clinical randomized controlled phase efficacy effect effects effectiveness safety tolerability "
        "evaluation assessment comparison treatment treating therapy patients participants subjects adults people "
        "using versus compared based derived induced associated related due among new novel active moderate severe "
        "moderately severely mild open label double blind placebo control pilot prospective observational"
    )
)
_TELLS_NOTHING = CONTROL_WORDS | ARM_WORDS
_BRACKETS = re.compile(r"\([^()]*\)")

Rarity = Callable[[str], float]
"""Inverse document frequency of a word, or information content of a heading."""
Weigh = Callable[[str], Mapping[str, float]]
"""The words of a text that tell something, with their rarity."""
TEXTS_KEPT = 4096
"""Texts whose words are kept weighed: the query's are asked for with each hit, many terms with each question."""


class ReasonKind(StrEnum):
    """What two trials have in common; and, as a caution, that they do not have the condition."""

    SAME_TRIAL = "same_trial"
    SAME_CONDITION = "same_condition"
    RELATED_CONDITION = "related_condition"
    SAME_INTERVENTION = "same_intervention"
    RELATED_INTERVENTION = "related_intervention"
    SAME_INTERVENTION_CLASS = "same_intervention_class"
    SAME_WORDS = "same_words"
    DIFFERENT_CONDITION = "different_condition"
    SAME_PROGRAMME = "same_programme"
    SAME_SPONSOR = "same_sponsor"
    SAME_POPULATION = "same_population"
    SAME_DESIGN = "same_design"
    SAME_PHASE = "same_phase"


CONDITION_KINDS = (ReasonKind.SAME_CONDITION, ReasonKind.RELATED_CONDITION)
INTERVENTION_KINDS = (
    ReasonKind.SAME_INTERVENTION,
    ReasonKind.RELATED_INTERVENTION,
    ReasonKind.SAME_INTERVENTION_CLASS,
)
_KINDS: Mapping[Facet, tuple[ReasonKind, ReasonKind]] = {
    Facet.CONDITION: (ReasonKind.SAME_CONDITION, ReasonKind.RELATED_CONDITION),
    Facet.INTERVENTION: (ReasonKind.SAME_INTERVENTION, ReasonKind.RELATED_INTERVENTION),
}


_BY_MESH: Mapping[Facet, tuple[ReasonKind, ReasonKind]] = {
    Facet.CONDITION: (ReasonKind.SAME_CONDITION, ReasonKind.RELATED_CONDITION),
    Facet.INTERVENTION: (ReasonKind.SAME_INTERVENTION, ReasonKind.SAME_INTERVENTION_CLASS),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """One side's terms of a facet, with their vectors (len(texts), dim)."""

    texts: Sequence[str]
    vectors: Vectors
    readings: Sequence[str] = ()
    """What each says with its abbreviations spelled out, nothing for a control arm; none where the texts say it."""

    def read(self) -> Sequence[str]:
        """What is compared by words."""
        return self.readings or self.texts


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing in common: how the query says it, how the hit does, and how sure that is (1 is surest).

    `via` is the MeSH heading through which the two meet, where it is not by their own terms. Where the hit names no
    condition, that it is a different one has no term of the hit.
    """

    kind: ReasonKind
    query_term: str
    hit_term: str
    likeness: float
    via: str | None = None


def weighing(rarity: Rarity) -> Weigh:
    """Weighs words by `rarity`, without those that say control or arm; of "Ulcerative Colitis (UC)" not the "UC"."""

    @lru_cache(maxsize=TEXTS_KEPT)
    def weigh(text: str) -> Mapping[str, float]:
        text = _BRACKETS.sub(" ", text) if _BRACKETS.sub(" ", text).strip() else text
        return {word: rarity(word) for word in words_of(text) if word not in _TELLS_NOTHING}

    return weigh


def turned(reason: Reason) -> Reason:
    """The same reason seen from the other side."""
    return replace(reason, query_term=reason.hit_term, hit_term=reason.query_term)


def reasons_by_terms(
    facet: Facet, query: Terms, hit: Terms, hit_title: str, weigh: Weigh, *, of_text: bool = False
) -> list[Reason]:
    """What the hit has of the query's terms, surest first.

    A term of the query counts where one of the hit's is near it in meaning or in words, or where the hit's title says
    it: sparse records name their condition or intervention nowhere else. Control arms do not count, and what is called
    an arm ("UCMSC group") is related at most. Where the hit's term says only a part of ours, or more than ours, the two
    are related, not the same; but a free text (`of_text`) may well say more than the term that it names.
    """
    found: dict[str, Reason] = {}
    title_has = weigh(hit_title)
    hit_has = [weigh(text) for text in hit.read()]
    cosines = query.vectors @ hit.vectors.T
    for number, (text, reading) in enumerate(zip(query.texts, query.read(), strict=True)):
        wanted = weigh(reading)
        if not wanted:
            continue
        # The last option is the title: of equally sure ones the hit's own term, tried first, says more.
        options = []
        for hit_text, has, cosine in zip(hit.texts, hit_has, cosines[number].tolist(), strict=True):
            ours_in_theirs, theirs_in_ours = _overlap(wanted, has), _overlap(has, wanted)
            by_words = theirs_in_ours if of_text else ours_in_theirs * theirs_in_ours
            by_meaning = cosine if has and cosine >= RELATED_COSINE else 0.0
            options.append((max(by_words, by_meaning), max(ours_in_theirs, theirs_in_ours), hit_text))
        options.append((_overlap(wanted, title_has), 0.0, ""))
        same, part, hit_term = max(options, key=lambda option: (max(option[:2]), option[0]))
        if same >= RELATED_WORDS or part >= RELATED_WORDS:
            hit_term = hit_term or _words_in(hit_title, wanted)
            is_same = same >= SAME and not (names_an_arm(text) or names_an_arm(hit_term))
            kind = _KINDS[facet][0 if is_same else 1]
            likeness = same if is_same else min(max(same, part), SAME - 0.01)
            reason = Reason(kind, text, hit_term, round(min(likeness, 1.0), 4))
            found[hit_term] = max(reason, found.get(hit_term, reason), key=lambda other: other.likeness)
    return sorted(found.values(), key=lambda reason: -reason.likeness)


def reason_by_mesh(facet: Facet, query: Trial, hit: Trial, information: Rarity) -> Reason | None:
    """The MeSH heading that brings the two trials closest, if it is close enough: UC meets Crohn's through IBD.

    Closeness is Lin's (1998): twice the information content of the heading in common by that of the two own headings.
    """
    ours, theirs = _mesh(query, facet), _mesh(hit, facet)
    common = ours.keys() & theirs.keys()
    best: tuple[float, str, str, str] | None = None
    for via in common:
        our_own = max((term for term in ours if ours[term]), key=information, default=via)
        their_own = max((term for term in theirs if theirs[term]), key=information, default=via)
        total = information(our_own) + information(their_own)
        closeness = 2 * information(via) / total if total else 0.0
        best = max(best or (0.0, "", "", ""), (closeness, via, our_own, their_own))
    if best is None or best[0] < RELATED_MESH:
        return None
    closeness, via, our_own, their_own = best
    same = our_own == their_own
    return Reason(
        _BY_MESH[facet][0 if same else 1], our_own, their_own, round(min(closeness, 1.0), 4), None if same else via
    )


def reason_by_words(asked: str, said: str, weigh: Weigh) -> list[Reason]:
    """The words of the hit's title and terms that were asked, if any: all that is left where no term is met."""
    wanted, has = (
        {word: weight for word, weight in weigh(text).items() if word not in TITLE_WORDS} for text in (asked, said)
    )
    likeness = round(_overlap(has, wanted), 4)
    if not likeness:
        return []
    return [Reason(ReasonKind.SAME_WORDS, _words_in(asked, has), _words_in(said, wanted), likeness)]


def reason_by_id(query: Trial, hit: Trial) -> list[Reason]:
    """That the hit is the trial itself, registered elsewhere too."""
    return [Reason(ReasonKind.SAME_TRIAL, query.trial_id, hit.trial_id, 1.0)] if is_same_trial(query, hit) else []


def reason_by_difference(query: Terms, hit: Terms, hit_title: Vectors) -> list[Reason]:
    """That no condition of the hit is near one of the query's; `hit_title`, (dim,), stands in for a hit without any.

    Nothing is said of a query without conditions, nor of conditions that are neither near nor far. The surer, the
    farther apart the nearest two are.
    """
    if not query.texts:
        return []
    theirs = hit.vectors if hit.texts else hit_title[np.newaxis]
    cosines = query.vectors @ theirs.T
    nearest = float(cosines.max())
    if nearest >= (UNRELATED_COSINE if hit.texts else UNRELATED_TITLE_COSINE):
        return []
    ours, place = np.unravel_index(int(cosines.argmax()), cosines.shape)
    term = hit.texts[int(place)] if hit.texts else ""
    likeness = round(1 - max(0.0, nearest), 4)
    return [Reason(ReasonKind.DIFFERENT_CONDITION, query.texts[int(ours)], term, likeness)]


def _mesh(trial: Trial, facet: Facet) -> dict[str, bool]:
    """The trial's headings of a facet: True for its own, False for those above them."""
    own, above = (getattr(trial, column) for column in MESH_COLUMNS[facet])
    return {mesh.term: False for mesh in above} | {mesh.term: True for mesh in own}


def _overlap(wanted: Mapping[str, float], has: Mapping[str, float]) -> float:
    """The share of `wanted`, by weight, that `has` contains."""
    if wanted.keys().isdisjoint(has):
        return 0.0
    total = sum(wanted.values())
    return sum(weight for word, weight in wanted.items() if word in has) / total if total else 0.0


_stems = lru_cache(maxsize=4 * TEXTS_KEPT)(words_of)


def _words_in(text: str, wanted: Mapping[str, float]) -> str:
    """The words of `text` that are wanted, in its own spelling and order, each once."""
    first: dict[str, str] = {}
    for word in re.findall(r"\w+", text):
        for stem in _stems(word):
            if stem in wanted:
                first.setdefault(stem, word)
    return " ".join(dict.fromkeys(first.values()))
