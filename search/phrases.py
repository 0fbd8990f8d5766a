"""What is asked literally: phrases in quotation marks, and tokens that mean one thing (TH-SC01, TNFRSF1A, ECLIPSE).

Neither stems nor meaning help with those: a trial says them or does not.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from search.artefact.trial_table import SAID, TrialTable
from search.lexical import words_of
from search.trial import Trial
from search.vectors import Mask, Rows

_QUOTED = re.compile(r'"([^"]+)"|“([^“”„]+)”|„([^“”„]+)[“”]|«([^«»]+)»')
_HYPHENS = "\\-\u2010\u2011\u2013"
"""As they stand between the pieces of a code: plain, typeset, unbreakable, long."""
_TOKEN = re.compile(rf"\w+(?:[{_HYPHENS}./]\w+)*")
_GAP = r"[\W_]"
_RE2_GAP = r"[^\pL\pN]"
"""The same for RE2, whose classes know ASCII only otherwise."""
_PIECE = re.compile(r"[^\W\d_]+|\d+")
# A Roman or Arabic number in words such as "type-2", "COVID-19" is part of the word; alone it is no code.
_NO_CODE = re.compile(
    rf"(?:phase|type|stage|grade|class|week|day|month|year|part|arm|group|cohort)s?[{_HYPHENS}./]?\d+\w?", re.IGNORECASE
)
_MEASURE = re.compile(
    r"\d[\d.,/-]*(?:mg|mcg|µg|ug|g|kg|ml|l|cm|mm|nm|iu|u|h|hr|hrs|min|wk|w|d|mo|y|yr|st|nd|rd|th|x|%)?", re.IGNORECASE
)
_ACRONYM = re.compile(r"[A-Z]{3,}s?")
_CAPITALS_BETWEEN = re.compile(r"[a-z]+[A-Z]|[A-Z]{2,}[a-z]+[A-Z]")


@dataclass(frozen=True, slots=True)
class Quoted:
    """A text taken apart: its phrases in quotation marks, in order, and the text without those marks."""

    phrases: tuple[str, ...]
    text: str


def quoted(text: str) -> Quoted:
    """The phrases in straight, curly, low or angle quotation marks; those without a letter or digit are none.

    The phrases stay in the text, so that it can still be asked by meaning. A mark without its fellow is left as it is.
    """
    phrases = [" ".join("".join(match.groups(default="")).split()) for match in _QUOTED.finditer(text)]
    return Quoted(
        phrases=tuple(dict.fromkeys(phrase for phrase in phrases if _PIECE.search(phrase))),
        text=_QUOTED.sub(lambda match: "".join(match.groups(default="")), text),
    )


def exact_tokens(text: str) -> tuple[str, ...]:
    """The tokens of `text` that name one thing by their very letters, in order, each once.

    Letters with digits (drug codes, genes, study ids), three capitals and more (acronyms), capitals within a word
    (mRNA, hTERT). A dose, a phase or a type with its number is none; in a text all in capitals only digits tell.
    """
    shouted = text.upper() == text
    return tuple(dict.fromkeys(token for token in _TOKEN.findall(text) if _is_exact(token, shouted=shouted)))


def rarest(tokens: tuple[str, ...], rarity: Callable[[str], float]) -> dict[str, float]:
    """Each token with the rarity of its rarest word, by LexicalIndex.rarity: how much it tells that a trial says it."""
    return {token: max((rarity(word) for word in words_of(token)), default=0.0) for token in tokens}


def says(text: str, phrase: str) -> bool:
    """Whether `text` says `phrase` as whole words.

    Case is ignored, and how what is written together is joined: for "TH-SC01" also "TH SC 01" and "thsc01" will do.
    A word is not found within a longer one, so that "IL-1" is not in "IL-17".
    """
    pattern = _pattern(phrase)
    return pattern is not None and pattern.search(text) is not None


def text_of(trial: Trial) -> str:
    """All that a phrase is looked for in: ids, names, conditions, keywords, interventions, MeSH and summary."""
    return "\n".join(
        filter(
            None,
            [
                *(trial.trial_id, trial.org_study_id, *trial.secondary_ids, *trial.aliases),
                *(trial.brief_title, trial.official_title, trial.acronym),
                *(*trial.conditions, *trial.keywords),
                *(name for given in trial.interventions for name in (given.name, *given.other_names)),
                *(mesh.term for mesh in (*trial.condition_mesh, *trial.intervention_mesh)),
                trial.brief_summary,
            ],
        )
    )


def rows_that_say(phrase: str, trials: TrialTable, rows: Rows | None = None, *, columns: Sequence[str] = SAID) -> Mask:
    """(len(rows),) True where that row's trial says `phrase` in one of `columns`, those of `text_of` by default.

    Of every row by default.
    """
    pattern = _re2(phrase)
    return (
        np.zeros(len(trials if rows is None else rows), dtype=np.bool_)
        if pattern is None
        else trials.says(pattern, rows, columns=columns)
    )


def rows_that_say_unworded(phrase: str, trials: TrialTable) -> Rows:
    """The rows of all whose trial says `phrase` in an id or a name that no words are kept of."""
    pattern = _re2(phrase)
    return np.empty(0, np.int64) if pattern is None else trials.rows_unworded(pattern, max(pieces_of(phrase), key=len))


def pieces_of(phrase: str) -> list[str]:
    """The runs of letters and of digits: of "TH-SC01" TH, SC and 01."""
    return _PIECE.findall(phrase)


def _pattern(phrase: str) -> re.Pattern[str] | None:
    joined = _joined(phrase, _GAP)
    return None if joined is None else re.compile(rf"(?<![^\W_]){joined}(?![^\W_])", re.IGNORECASE)


def _re2(phrase: str) -> str | None:
    joined = _joined(phrase, _RE2_GAP)
    # Arrow's RE2 cannot look around; it may take what stands around along, since only yes or no is asked.
    return None if joined is None else rf"(?:^|{_RE2_GAP}){joined}(?:{_RE2_GAP}|$)"


def _joined(phrase: str, gap: str) -> str | None:
    """The pattern of the pieces of `phrase`, `gap` being what stands between two; None where it has none."""
    pieces = list(_PIECE.finditer(phrase))
    if not pieces:
        return None
    joined = re.escape(pieces[0][0])
    for before, piece in pairwise(pieces):
        between = phrase[before.end() : piece.start()]
        # Two words stay two, and 10-20 is not 1020; but whatever else is written together may be joined otherwise.
        apart = any(map(str.isspace, between)) or (before[0].isdigit() and piece[0].isdigit())
        joined += gap + ("+" if apart else "*") + re.escape(piece[0])
    return joined


def _is_exact(token: str, *, shouted: bool) -> bool:
    if _MEASURE.fullmatch(token) or _NO_CODE.fullmatch(token):
        return False
    letters, digits = re.search(r"[^\W\d_]", token), re.search(r"\d", token)
    if letters and digits:
        return True
    if shouted:
        return False
    return any(
        _ACRONYM.fullmatch(part) or _CAPITALS_BETWEEN.search(part) for part in re.split(rf"[{_HYPHENS}./]", token)
    )
