"""Which interventions only say what a control arm gets, or what an arm is called: they make no two trials similar.

Two means: a short list of words, for what has no other name than "placebo" or "usual care"; and the corpus. A product
is tried in its own kinds of disease, what any control arm gets is given in all of them. So an intervention that many
trials have, and whose trials' conditions are as mixed as everyone's, tells nothing.
"""

import re
from collections import Counter
from functools import lru_cache

import numpy as np

from search.artefact.facet_terms import FacetTerms
from search.lexical import words_of
from search.passage import Facet
from search.vectors import Rows

# By stem, as `words_of` gives them. What is left of a term without these is what it tells.
CONTROL_WORDS = frozenset(
    words_of(
        "placebo placebos sham saline vehicle normal control controls comparator standard conventional usual routine "
        "care treatment therapy no without intervention waitlist waiting list dummy sugar pill matching observation"
    )
)
ARM_WORDS = frozenset(words_of("group groups arm arms cohort experimental intervention active test study trial"))

MANY_TRIALS = 40
"""Of fewer trials nobody can say how mixed their conditions are."""
MIXED = 0.1
"""Where no word stands in the conditions of an intervention's trials oftener than elsewhere by more than this share of
them, they are as mixed as everyone's (docs/relevance.md)."""
CONDITIONS_KEPT = 8192
_SAMPLED = 200
_SAMPLED_OF_ALL = 2000

_PLACEBO = re.compile(r"\b(?:placebos?|sham|dummy|sugar pills?)\b", re.IGNORECASE)
_MORE_BESIDES = re.compile(r"[+/&,;]|\b(?:or|and|with|plus|vs|versus)\b", re.IGNORECASE)
_ARM = re.compile(r"\b(?:group|arm|cohort)s?\b", re.IGNORECASE)


def is_placebo(text: str) -> bool:
    """Whether `text` names a placebo whatever else it says of it ("Placebo transplantation"), and nothing besides."""
    return _PLACEBO.search(text) is not None and _MORE_BESIDES.search(text) is None


def names_an_arm(text: str) -> bool:
    """Whether `text` is what an arm is called ("UCMSC group") and so only weak evidence of what it gets."""
    return _ARM.search(text) is not None


class ControlArms:
    """The interventions of one build that tell nothing. Safe to share between threads."""

    def __init__(self, terms: FacetTerms) -> None:
        self._terms = terms
        self._interventions = terms.lists[Facet.INTERVENTION]
        self._conditions = terms.lists[Facet.CONDITION]
        self._trials = np.bincount(self._interventions.terms)
        self._known: dict[int, bool] = {}
        self._everyone: Counter[str] | None = None
        # Conditions come again with one intervention after the other.
        self._words = lru_cache(maxsize=CONDITIONS_KEPT)(lambda term: frozenset(words_of(terms.texts([term])[0])))

    def __contains__(self, term: int) -> bool:
        """Whether the intervention with this number is as mixed as a control arm; its words are not looked at."""
        if self._trials[term] < MANY_TRIALS:
            return False
        if term not in self._known:
            self._known[term] = self._is_mixed(term)
        return self._known[term]

    def prepare(self) -> None:
        """Look now at every intervention that many trials have."""
        for term in np.flatnonzero(self._trials >= MANY_TRIALS).tolist():
            _ = term in self

    def _is_mixed(self, term: int) -> bool:
        places = np.flatnonzero(self._interventions.terms == term).astype(
            np.int32
        )  # or all offsets would be made wider
        rows = np.unique(np.searchsorted(self._interventions.offsets, places, side="right") - 1)
        rows = rows[self._conditions.lengths(rows) > 0]
        if len(rows) < MANY_TRIALS:
            return False
        if self._everyone is None:
            lists = self._interventions, self._conditions
            both = np.logical_and.reduce([np.diff(facet.offsets) > 0 for facet in lists])
            self._everyone = self._shares(np.flatnonzero(both), _SAMPLED_OF_ALL)
        shares, everyone = self._shares(rows, _SAMPLED), self._everyone
        return max(share - everyone[word] for word, share in shares.items()) <= MIXED

    def _shares(self, rows: Rows, most: int) -> "Counter[str]":
        """Word -> share of `rows`, or of `most` of them evenly chosen, in whose conditions it stands."""
        chosen = rows[np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(np.int64)]
        counts: Counter[str] = Counter()
        offsets, terms = self._conditions.offsets, self._conditions.terms
        for start, end in zip(offsets[chosen].tolist(), offsets[chosen + 1].tolist(), strict=True):
            counts.update(frozenset[str]().union(*map(self._words, terms[start:end].tolist())))
        return Counter({word: count / len(chosen) for word, count in counts.items()})
