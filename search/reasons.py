"""Why two trials are related: what they share, facet by facet, in the words of both records."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from search.lexical import words_of
from search.passage import Facet
from search.vectors import Vectors

SHARED_COSINE = 0.75
"""Two terms of this cosine or more name the same thing, as far as the encoder can tell."""
SHARED_WORDS = 0.5
"""At least this share of a term, its words weighed by rarity, stands on the other side where the term is shared."""

# What the control arm gets says nothing of what a trial studies. By stem, as `words_of` gives them.
CONTROL_WORDS = frozenset(
    words_of(
        "placebo sham saline normal control group standard usual routine care treatment therapy no active comparator"
    )
)

_BRACKETS = re.compile(r"\([^()]*\)")

Rarity = Callable[[str], float]
"""Inverse document frequency of a word."""


@dataclass(frozen=True, slots=True)
class Terms:
    """One side's terms of a facet, with their vectors (len(texts), dim)."""

    texts: Sequence[str]
    vectors: Vectors


NO_TERMS = Terms((), np.empty((0, 0), dtype=np.float32))


@dataclass(frozen=True, slots=True)
class Shared:
    """One thing that both trials have: how the query says it, how the hit does, and how sure that is (1 is surest)."""

    facet: Facet
    query_term: str
    hit_term: str
    likeness: float


def shared_terms(facet: Facet, query: Terms, hit: Terms, hit_title: str, rarity: Rarity) -> list[Shared]:
    """What the hit shares of the query's terms, surest first.

    A term of the query is shared where one of the hit's is near it in meaning or in words, or where the hit's title
    says it: sparse records name their condition or intervention nowhere else. Control arms do not count.
    """
    found: dict[str, Shared] = {}
    for text, vector in zip(query.texts, query.vectors, strict=True):
        wanted = _weights(text, rarity)
        if not wanted:
            continue
        options = [(_overlap(wanted, _weights(hit_title, rarity)), _words_in(hit_title, wanted))]
        for hit_text, hit_vector in zip(hit.texts, hit.vectors, strict=True):
            has = _weights(hit_text, rarity)
            cosine = float(vector @ hit_vector)
            near = cosine if has and cosine >= SHARED_COSINE else 0.0
            options.append((max(near, _overlap(wanted, has), _overlap(has, wanted)), hit_text))
        # Of equally sure ones the hit's own term says more than a word in its title.
        likeness, hit_term = max(reversed(options), key=lambda option: option[0])
        if likeness >= SHARED_WORDS:
            shared = Shared(facet, text, hit_term, round(min(likeness, 1.0), 4))
            found[hit_term] = max(shared, found.get(hit_term, shared), key=lambda other: other.likeness)
    return sorted(found.values(), key=lambda shared: -shared.likeness)


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
    return " ".join(word for word in re.findall(r"\w+", text) if any(stem in wanted for stem in words_of(word)))
