"""What a text asks to the letter: phrases in quotation marks must be said, and rare codes count."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from search.artefact.reading import Artefact
from search.artefact.trial_table import WORDED
from search.lexical import words_of
from search.phrases import exact_tokens, pieces_of, quoted, rarest, rows_that_say, rows_that_say_unworded
from search.vectors import Mask, Rows, Scores

RARE = 200
"""A token is rare where at most one trial in so many says it; in a small index, where FEW do."""
FEW = 3


MOST_WORDS = 30
"""Whoever writes more writes prose, such as a patient's note: there marks quote what was said, and codes are asides."""
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_WORD_WITHIN = re.compile(r"[a-z]{4}")


@dataclass(frozen=True, slots=True)
class Literal:
    """What the letters of a text leave of the trials, and what they give."""

    text: str
    """The text less its quotation marks, to be asked by words and meaning."""
    phrases: tuple[str, ...] = ()
    allowed: Mask | None = None
    """(n,) True where a trial says every phrase; None where there is none."""
    tokens: Mapping[str, float] = field(default_factory=dict)
    """The rare tokens that some trial says, with their rarity."""
    exact: Scores | None = None
    """(n,) which share of the tokens, by rarity, a trial says; None where there is no token."""


def literal(text: str, artefact: Artefact) -> Literal:
    """What `text` asks to the letter of the trials of `artefact`."""
    if len(text.split()) > MOST_WORDS:
        return Literal(text)
    taken = quoted(text)
    allowed = None
    for phrase in taken.phrases:
        said = _mask(_saying(phrase, artefact), len(artefact.trials))
        allowed = said if allowed is None else allowed & said
    # What stands in brackets, as in "peptidase 4 (DPP-4)", is said in words already.
    # A code without a word, such as K-2, is of single letters and digits, and nobody knows how rare it is.
    codes = [
        token
        for token in exact_tokens(_IN_BRACKETS.sub(" ", taken.text))
        if not _WORD_WITHIN.search(token) and words_of(token)
    ]
    found = {token: rows for token in codes if len(rows := _saying_rarely(token, artefact))}
    tokens = rarest(tuple(found), artefact.lexical.rarity)
    exact = np.zeros(len(artefact.trials), dtype=np.float32) if tokens else None
    if exact is not None:
        for token, rows in found.items():
            exact[rows] += tokens[token] / sum(tokens.values())
    return Literal(taken.text, taken.phrases, allowed, tokens, exact)


def _saying_rarely(token: str, artefact: Artefact) -> Rows:
    """The rows that say `token`, or none where it is not rare."""
    most = max(FEW, len(artefact.trials) // RARE)
    # What is one word has that word's postings: no need to read thousands of trials to know that HIV is not rare.
    if len(words := words_of(token)) == 1 and len(artefact.lexical.rows(words)) > most:
        return np.empty(0, np.int64)
    rows = _saying(token, artefact)
    return rows if len(rows) <= most else rows[:0]


def _saying(phrase: str, artefact: Artefact) -> Rows:
    """The rows that say `phrase`, out of those that have its words, however they are joined there, or it as an id."""
    pieces = pieces_of(phrase)
    spellings = {tuple(words_of(spelling)) for spelling in (phrase, " ".join(pieces), "".join(pieces))}
    if not words_of(phrase):  # of stop words and single letters alone
        return np.flatnonzero(rows_that_say(phrase, artefact.trials))
    having = np.unique(np.concatenate([artefact.lexical.rows(words) for words in spellings if words]))
    having = having[rows_that_say(phrase, artefact.trials, having, columns=WORDED)]
    return np.union1d(having, rows_that_say_unworded(phrase, artefact.trials))


def _mask(rows: Rows, count: int) -> Mask:
    mask = np.zeros(count, dtype=np.bool_)
    mask[rows] = True
    return mask
