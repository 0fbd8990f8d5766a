"""The reasons of a hit as lines to read: a line a kind, in the engine's order."""

from collections.abc import Iterable
from dataclasses import dataclass

from search.answer import ReasonItem
from search.reasons import ReasonKind

SHOWN = 3
"""Terms of a kind; some trials share dozens."""
UNSAID = frozenset({ReasonKind.SAME_PHASE, ReasonKind.SAME_DESIGN})
"""The phase stands above already, and half of all trials are of the same design."""


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """A kind of reason with the hit's own terms; `via` is the heading through which the first of them is met."""

    kind: ReasonKind
    words: str
    terms: tuple[str, ...]
    more: int
    via: str | None

    @property
    def is_caution(self) -> bool:
        """Whether it speaks against the hit."""
        return self.kind is ReasonKind.DIFFERENT_CONDITION


def reason_lines(reasons: Iterable[ReasonItem]) -> list[ReasonLine]:
    """What `reasons` say."""
    by_kind: dict[ReasonKind, list[ReasonItem]] = {}
    for reason in reasons:
        if reason.kind not in UNSAID:
            by_kind.setdefault(reason.kind, []).append(reason)
    return [_line(kind, found) for kind, found in by_kind.items()]


def _line(kind: ReasonKind, found: list[ReasonItem]) -> ReasonLine:
    terms = list(dict.fromkeys(reason.hit_term for reason in found if reason.hit_term))
    return ReasonLine(
        kind=kind,
        words=kind.replace("_", " ").capitalize(),
        terms=tuple(terms[:SHOWN]),
        more=max(0, len(terms) - SHOWN),
        via=found[0].via,
    )
