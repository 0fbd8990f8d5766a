"""What a person may be about to type: conditions, interventions and trial ids of one build, by their beginnings."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np

from search.artefact.facet_terms import TERM_FACETS
from search.artefact.identifiers import normal
from search.artefact.reading import Artefact
from search.artefact.suggested_terms import SuggestedTerms
from search.lexical import words_of
from search.passage import Facet

LEAST_TYPED = 2
"""Characters below which anything could be meant."""


class SuggestionKind(StrEnum):
    """What is suggested."""

    CONDITION = "condition"
    INTERVENTION = "intervention"
    TRIAL = "trial"


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
    """Looks beginnings up in the terms of `artefact`; of a build that lacks what that needs, it is made first."""

    def __init__(self, artefact: Artefact) -> None:
        self._artefact = artefact

    def prepare(self) -> None:
        """Make now what the first question would wait for where the build lacks it."""
        _ = self._terms

    def of(self, typed: str, *, limit: int = 8) -> tuple[Suggestion, ...]:
        """At most `limit` suggestions: ids where an id is begun, else terms of which a word begins so.

        Those that begin so themselves come first, then those in more trials.
        """
        typed = " ".join(typed.split())
        if len(typed) < LEAST_TYPED:
            return ()
        begun = self._terms.beginning_with(typed.casefold())[:limit]
        return (*self._trials(typed, limit), *(_suggestion(*self._terms.term(rank)) for rank in begun))[:limit]

    def frequent(self, facet: Facet, count: int) -> tuple[Suggestion, ...]:
        """The `count` terms of `facet` that stand in most trials; of those with the same words only one."""
        distinct: dict[frozenset[str], Suggestion] = {}
        for of, text, trials in self._terms:
            if len(distinct) == count:
                break
            if of is facet:
                words = frozenset(words_of(_BRACKETS.sub(" ", text)))
                distinct.setdefault(words, _suggestion(of, text, trials))
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

    @cached_property
    def _terms(self) -> SuggestedTerms:
        suggested, terms = self._artefact.suggested, self._artefact.terms
        return suggested if suggested is not None else SuggestedTerms.of(terms.text, terms.lists)


def _suggestion(facet: Facet, text: str, trials: int) -> Suggestion:
    return Suggestion(_KIND_OF[facet], text, trials)
