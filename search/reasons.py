"""Why two trials are related: typed reasons in the words of both records, found by rule and the same every time."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from search.lexical import words_of
from search.passage import MESH_COLUMNS, Facet
from search.trial import Trial
from search.twins import is_same_trial
from search.vectors import Vectors

SAME = 0.85
"""A likeness of this or more says that two terms name the same thing."""
RELATED_COSINE = 0.75
"""Two terms of this cosine or more are related, as far as the encoder can tell."""
RELATED_WORDS = 0.5
"""At least this share of a term, its words weighed by rarity, stands on the other side where the two are related."""
RELATED_MESH = 0.6
"""Two trials are related through a heading that is at least this close to their own."""

# What the control arm gets says nothing of what a trial studies. By stem, as `words_of` gives them.
CONTROL_WORDS = frozenset(
    words_of(
        "placebo sham saline normal control group standard usual routine care treatment therapy no active comparator"
    )
)
_BRACKETS = re.compile(r"\([^()]*\)")

Rarity = Callable[[str], float]
"""Inverse document frequency of a word, or information content of a heading."""


class ReasonKind(StrEnum):
    """What two trials have in common."""

    SAME_TRIAL = "same_trial"
    SAME_CONDITION = "same_condition"
    RELATED_CONDITION = "related_condition"
    SAME_INTERVENTION = "same_intervention"
    RELATED_INTERVENTION = "related_intervention"
    SAME_WORDS = "same_words"
    SAME_SPONSOR = "same_sponsor"
    SAME_PHASE = "same_phase"


_KINDS: Mapping[Facet, tuple[ReasonKind, ReasonKind]] = {
    Facet.CONDITION: (ReasonKind.SAME_CONDITION, ReasonKind.RELATED_CONDITION),
    Facet.INTERVENTION: (ReasonKind.SAME_INTERVENTION, ReasonKind.RELATED_INTERVENTION),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """One side's terms of a facet, with their vectors (len(texts), dim)."""

    texts: Sequence[str]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing in common: how the query says it, how the hit does, and how sure that is (1 is surest).

    `via` is the MeSH heading through which the two meet, where it is not by their own terms.
    """

    kind: ReasonKind
    query_term: str
    hit_term: str
    likeness: float
    via: str | None = None


def reasons_by_terms(
    facet: Facet, query: Terms, hit: Terms, hit_title: str, rarity: Rarity, *, of_text: bool = False
) -> list[Reason]:
    """What the hit has of the query's terms, surest first.

    A term of the query counts where one of the hit's is near it in meaning or in words, or where the hit's title says
    it: sparse records name their condition or intervention nowhere else. Control arms do not count. Where the hit's
    term says only a part of ours, or more than ours, the two are related, not the same; but a free text (`of_text`)
    may well say more than the term that it names.
    """
    found: dict[str, Reason] = {}
    title_has = _weights(hit_title, rarity)
    hit_has = [_weights(text, rarity) for text in hit.texts]
    cosines = query.vectors @ hit.vectors.T
    for number, text in enumerate(query.texts):
        wanted = _weights(text, rarity)
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
            kind = _KINDS[facet][0 if same >= SAME else 1]
            likeness = same if same >= SAME else min(max(same, part), SAME - 0.01)
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
        _KINDS[facet][0 if same else 1], our_own, their_own, round(min(closeness, 1.0), 4), None if same else via
    )


def reason_by_words(asked: str, title: str, rarity: Rarity) -> list[Reason]:
    """The words of the hit's title that were asked, where there are any: all that is left where no term is met."""
    wanted, has = _weights(asked, rarity), _weights(title, rarity)
    likeness = round(_overlap(has, wanted), 4)
    if not likeness:
        return []
    return [Reason(ReasonKind.SAME_WORDS, _words_in(asked, has), _words_in(title, wanted), likeness)]


def reason_by_id(query: Trial, hit: Trial) -> list[Reason]:
    """That the hit is the trial itself, registered elsewhere too."""
    return [Reason(ReasonKind.SAME_TRIAL, query.trial_id, hit.trial_id, 1.0)] if is_same_trial(query, hit) else []


def reasons_by_record(query: Trial, hit: Trial) -> list[Reason]:
    """The sponsor and the phases in common."""
    found = []
    if query.sponsor and hit.sponsor and query.sponsor.casefold() == hit.sponsor.casefold():
        found.append(Reason(ReasonKind.SAME_SPONSOR, query.sponsor, hit.sponsor, 1.0))
    phases = [phase for phase in query.phases if phase in hit.phases and phase != "NA"]
    if phases:
        said = "/".join(phases)
        found.append(Reason(ReasonKind.SAME_PHASE, said, said, 1.0))
    return found


def _mesh(trial: Trial, facet: Facet) -> dict[str, bool]:
    """The trial's headings of a facet: True for its own, False for those above them."""
    own, above = (getattr(trial, column) for column in MESH_COLUMNS[facet])
    return {mesh.term: False for mesh in above} | {mesh.term: True for mesh in own}


def _weights(text: str, rarity: Rarity) -> Mapping[str, float]:
    """The words of `text` that tell something, with their rarity; of "Ulcerative Colitis (UC)" not the abbreviation."""
    text = _BRACKETS.sub(" ", text) if _BRACKETS.sub(" ", text).strip() else text
    return {word: rarity(word) for word in words_of(text) if word not in CONTROL_WORDS}


def _overlap(wanted: Mapping[str, float], has: Mapping[str, float]) -> float:
    """The share of `wanted`, by weight, that `has` contains."""
    total = sum(wanted.values())
    return sum(weight for word, weight in wanted.items() if word in has) / total if total else 0.0


def _words_in(text: str, wanted: Mapping[str, float]) -> str:
    """The words of `text` that are wanted, in its own spelling and order."""
    words = (word for word in re.findall(r"\w+", text) if any(stem in wanted for stem in words_of(word)))
    return " ".join(dict.fromkeys(words))
