"""Ids that someone typed into a text: they name trials, and are no words to look for."""

import re
from collections.abc import Callable

from search.artefact.identifiers import Identifiers
from search.lexical import words_of
from search.passage import tidy
from search.question import Question
from search.trial_id import trial_ids_in, without_trial_ids

_RARE = 5.0
"""Inverse document frequency of a word that is too rare to be looked for as a word: less than one trial in 150."""
# Around an id these say that something is asked, not what. By stem, as `words_of` gives them.
_ASKING = frozenset(words_of("find show list more other trial trials study studies related similar like alike same"))


def by_typed_ids(question: Question, identifiers: Identifiers, rarity: Callable[[str], float]) -> tuple[str, Question]:
    """The first id typed into the text, or "", and the question with those ids as trials to be like.

    The id of a registry is one wherever it stands; another only where it is all of the text, names one trial here,
    and is written in a way that no more common word is. What is left of the text goes on being asked, if it asks
    anything.
    """
    text = tidy(question.text or "")
    typed, rest = list(trial_ids_in(text)), tidy(without_trial_ids(text))
    if not typed and _is_id(text, identifiers, rarity):
        typed, rest = [text], ""
    if not typed:
        return "", question
    positives = {**dict.fromkeys(typed, 1.0), **question.positives}
    asks = bool(set(words_of(rest)) - _ASKING)
    return typed[0], Question(positives=positives, negatives=question.negatives, text=rest if asks else None)


def _is_id(text: str, identifiers: Identifiers, rarity: Callable[[str], float]) -> bool:
    if not re.search(r"\d", text) or len(identifiers.rows(text)) != 1:
        return False
    return max(map(rarity, words_of(text)), default=_RARE) >= _RARE
