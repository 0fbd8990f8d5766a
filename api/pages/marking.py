"""Marks in a text the words that a reason rests on."""

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from search.answer import ReasonItem
from search.control_arms import CONTROL_WORDS
from search.lexical import words_of
from search.reasons import ReasonKind

MARKED_KINDS = {
    ReasonKind.SAME_CONDITION,
    ReasonKind.RELATED_CONDITION,
    ReasonKind.SAME_INTERVENTION,
    ReasonKind.RELATED_INTERVENTION,
    ReasonKind.SAME_WORDS,
}
_PIECES = re.compile(r"(\w+)")


def stems_of(reasons: Iterable[ReasonItem]) -> frozenset[str]:
    """The stems to mark: those of the hit's own terms, less what any control arm says."""
    terms = "\n".join(reason.hit_term for reason in reasons if reason.kind in MARKED_KINDS)
    return frozenset(words_of(terms)) - CONTROL_WORDS


def marked(text: str, stems: frozenset[str]) -> Markup:
    """`text`, escaped, with a <mark> around each run of words whose stems are among `stems`."""
    pieces = _PIECES.split(text)  # what is between words, a word, what is between, …
    is_marked = [at % 2 == 1 and not stems.isdisjoint(words_of(piece)) for at, piece in enumerate(pieces)]
    # A blank or a hyphen between two marked words belongs to the run.
    for at in range(2, len(pieces) - 1, 2):
        is_marked[at] = is_marked[at - 1] and is_marked[at + 1] and re.fullmatch(r"[ \-]", pieces[at]) is not None
    out = []
    for at, piece in enumerate(pieces):
        before = at > 0 and is_marked[at - 1]
        out.append(
            Markup("<mark>")
            if is_marked[at] and not before
            else Markup("</mark>")
            if before and not is_marked[at]
            else ""
        )
        out.append(escape(piece))
    return Markup("").join(out) + (Markup("</mark>") if is_marked[-1] else "")
