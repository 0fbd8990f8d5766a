"""What a record's abbreviations stand for, by the record's own words: "ulcerative colitis (UC)".

The same letters stand for other things elsewhere (UC is umbilical cord too), so no list from outside is read. The long
form is found as Schwartz and Hearst (2003, Pacific Symposium on Biocomputing) do it.
"""

import re
from collections.abc import Iterable, Mapping

_BRACKETED = re.compile(r"\(([^()\n;,]{2,100})(?:[;,][^()\n]*)?\)")
_BEFORE = 150
"""Characters before a bracket in which its long form is looked for."""
_SHORT = re.compile(r"[A-Za-z0-9][\w+/-]{1,9}")
_WORD = re.compile(r"[A-Za-z0-9][\w+-]*")


def abbreviations(texts: Iterable[str]) -> dict[str, str]:
    """Short form -> long form for each pair that stands as "long form (SF)" or "SF (long form)" in `texts`.

    A short form has two to ten characters, begins with a letter or digit and has a capital. Plurals are known by their
    singular too.
    """
    found: dict[str, str] = {}
    # No pair reaches across a line.
    text = "\n".join(texts)
    for match in _BRACKETED.finditer(text):
        before = re.split(r"[()\n]", text[max(0, match.start() - _BEFORE) : match.start()])[-1]
        words, within = _WORD.findall(before), match[1].strip()
        if _is_short(within):
            # At most as many words as Schwartz and Hearst look back.
            long = _long_form(within, before, at_most=min(len(within) + 5, len(within) * 2))
        elif words and _is_short(words[-1]):
            within, long = words[-1], _long_form(words[-1], within, at_most=len(words[-1]) * 2, whole=within)
        else:
            continue
        if long:
            found.setdefault(within, long)
            if within.endswith("s") and within[:-1].isupper():
                found.setdefault(within[:-1], long)
    return found


def spelled_out(text: str, known: Mapping[str, str]) -> str:
    """`text` with each abbreviation of `known` replaced by its long form, and bracketed abbreviations left out.

    "UCMSC group" -> "umbilical cord mesenchymal stem cell group" where that is known, else as it was.
    """
    if not known:
        return text
    text = re.sub(r"\s*\(([^()]*)\)", lambda match: "" if match[1].strip() in known else match[0], text)
    return _SHORT_TOKEN.sub(lambda match: known.get(match[0], match[0]), text)


_SHORT_TOKEN = re.compile(r"(?<![\w-])[A-Za-z0-9][\w+/-]{1,9}(?![\w-])")


def _is_short(text: str) -> bool:
    return _SHORT.fullmatch(text) is not None and any(map(str.isupper, text))


def _long_form(short: str, text: str, *, at_most: int, whole: str = "") -> str:
    """The words at the end of `text` in which the letters of `short` come in order, the first at a word's start."""
    words = list(_WORD.finditer(text))[-at_most:]
    if not words:
        return ""
    letters = [character for character in short.lower() if character.isalnum()]
    if letters[-1] == "s" and short[:-1].isupper():
        letters.pop()  # MSCs
    text = whole or text[words[0].start() :]
    lowered, at = text.lower(), len(text)
    for place, letter in enumerate(reversed(letters), start=1):
        at = lowered.rfind(letter, 0, at)
        while at > 0 and place == len(letters) and lowered[at - 1].isalnum():
            at = lowered.rfind(letter, 0, at)
        if at < 0:
            return ""
    long = text[at:].strip(" ,;-")
    # The long form is longer than what stands for it, and does not hold it.
    return long if len(long) > len(short) and short not in long.split() and (not whole or at == 0) else ""
