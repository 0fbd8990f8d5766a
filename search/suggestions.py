"""What a person may be about to type: conditions, interventions and trial ids of one build, by their beginnings."""

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np

from search.artefact.facet_terms import TERM_FACETS
from search.artefact.identifiers import normal
from search.artefact.reading import Artefact
from search.control_arms import CONTROL_WORDS
from search.lexical import words_of
from search.passage import Facet

LEAST_TYPED = 2
"""Characters below which anything could be meant."""
MOST_TERMS = 50_000
"""Of a facet, the most frequent: bounds memory (80 MB with 182,867 trials) and the first question's time (2 s)."""
_CONTROL_BEGINNINGS = frozenset(word[:3] for word in CONTROL_WORDS)


class SuggestionKind(StrEnum):
    """What is suggested."""

    CONDITION = "condition"
    INTERVENTION = "intervention"
    TRIAL = "trial"


_WORD = re.compile(r"\w+")
_ALPHANUMERIC = re.compile(r"[^\W_]+")
_BRACKETS = re.compile(r"\([^()]*\)")
_KIND_OF = {Facet.CONDITION: SuggestionKind.CONDITION, Facet.INTERVENTION: SuggestionKind.INTERVENTION}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A term, or a trial's id with its title, and in how many trials it stands."""

    kind: SuggestionKind
    text: str
    trials: int
    title: str | None = None


class Suggestions:
    """Looks beginnings up in the terms of `artefact`; what that needs is made at the first question, or before."""

    def __init__(self, artefact: Artefact) -> None:
        self._artefact = artefact

    def prepare(self) -> None:
        """Make now what the first question would wait for."""
        _ = self._beginnings

    def of(self, typed: str, *, limit: int = 8) -> tuple[Suggestion, ...]:
        """At most `limit` suggestions: ids where an id is begun, else terms of which a word begins so.

        Those that begin so themselves come first, then those in more trials.
        """
        typed = " ".join(typed.split())
        if len(typed) < LEAST_TYPED:
            return ()
        return (*self._trials(typed, limit), *self._terms_of(typed.casefold(), limit))[:limit]

    def frequent(self, facet: Facet, count: int) -> tuple[Suggestion, ...]:
        """The `count` terms of `facet` that stand in most trials; of those with the same words only one."""
        distinct: dict[frozenset[str], Suggestion] = {}
        for term in self._terms:
            if term.kind is _KIND_OF[facet] and len(distinct) < count:
                distinct.setdefault(frozenset(words_of(_BRACKETS.sub(" ", term.text))), term)
        return tuple(distinct.values())

    def example(self) -> str | None:
        """The id of a trial to show things with: the first of the most frequent condition that has interventions."""
        conditions, interventions = (self._artefact.terms.lists[facet] for facet in TERM_FACETS)
        if not len(conditions.terms):
            return None
        most = int(np.bincount(conditions.terms).argmax())
        rows = np.searchsorted(conditions.offsets, np.flatnonzero(conditions.terms == most), side="right") - 1
        filled = rows[np.diff(interventions.offsets)[rows] > 0]
        return self._artefact.trials.trial_ids([int((filled if len(filled) else rows)[0])])[0]

    def _trials(self, typed: str, limit: int) -> list[Suggestion]:
        wanted = normal(typed)
        if not any(character.isdigit() for character in wanted):
            return []
        rows = self._artefact.identifiers.starting_with(wanted, limit)
        trials = [self._artefact.trials.trial(row) for row in rows]
        return [Suggestion(SuggestionKind.TRIAL, trial.trial_id, 1, trial.brief_title) for trial in trials]

    def _terms_of(self, typed: str, limit: int) -> list[Suggestion]:
        beginnings, numbers = self._beginnings
        start = bisect.bisect_left(beginnings, typed)
        end = bisect.bisect_left(beginnings, typed + "\U0010ffff")
        found = np.unique(numbers[start:end])  # a term's number is its place by frequency
        whole = [number for number in found.tolist() if self._terms[number].text.casefold().startswith(typed)]
        others = np.setdiff1d(found, whole).tolist()
        return [self._terms[number] for number in [*whole, *others][:limit]]

    @cached_property
    def _beginnings(self) -> tuple[list[str], np.ndarray]:
        """Every term from each of its words on, sorted, and which term that is."""
        entries = sorted(
            (folded[start:], number)
            for number, term in enumerate(self._terms)
            for folded in [term.text.casefold()]
            for start in _word_starts(folded)
        )
        return [text for text, _ in entries], np.array([number for _, number in entries], dtype=np.int32)

    @cached_property
    def _terms(self) -> Sequence[Suggestion]:
        """The terms of all facets, the most frequent first; one term however it is cased, as most write it."""
        terms: list[Suggestion] = []
        for facet in TERM_FACETS:
            counts = np.bincount(self._artefact.terms.lists[facet].terms)
            used = np.flatnonzero(counts)
            used = used[np.argsort(-counts[used], kind="stable")][: 2 * MOST_TERMS]
            merged: dict[str, tuple[str, int]] = {}
            for text, count in zip(self._artefact.terms.texts(used), counts[used].tolist(), strict=True):
                spelled, before = merged.get(text.casefold(), (text, 0))
                merged[text.casefold()] = spelled, before + count
            kept = [Suggestion(_KIND_OF[facet], text, count) for text, count in merged.values() if _tells(text)]
            terms += sorted(kept, key=lambda term: -term.trials)[:MOST_TERMS]
        return sorted(terms, key=lambda term: (-term.trials, term.text))


def _tells(text: str) -> bool:
    """Whether a term says more than what a control arm gets."""
    # Stemming costs most here, and a word that begins like no control word is none.
    begins_otherwise = any(
        len(word) > 3 and word[:3] not in _CONTROL_BEGINNINGS for word in _WORD.findall(text.lower())
    )
    return begins_otherwise or not CONTROL_WORDS.issuperset(words_of(text))


def _word_starts(text: str) -> list[int]:
    return [run.start() for run in _ALPHANUMERIC.finditer(text)]
