"""What is asked: trials to be like, trials to be unlike, a text, in any mixture."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from search.errors import BadInput
from search.passage import tidy

MAX_NAMED = 20
"""How many trials a question may name to be like, and how many to be unlike."""
MAX_WEIGHT = 100.0
MAX_QUERY_LENGTH = 10_000
"""Characters of a free-text query; encoders read far fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Any mixture with at least one positive or a text: trials to be unlike alone say nothing of what is wanted.

    Raises BadInput where nothing is asked, too much is, or a weight is out of bounds.
    """

    positives: Mapping[str, float] = field(default_factory=dict)
    """Identifier -> weight above 0; a text beside them weighs as half a trial of weight 1."""
    negatives: tuple[str, ...] = ()
    text: str | None = None

    def __post_init__(self) -> None:
        if not self.positives and self.text is None:
            raise BadInput("nothing is asked; name a trial to be like, or write a text")
        for what, named in {"to be like": self.positives, "to be unlike": self.negatives}.items():
            if len(named) > MAX_NAMED:
                raise BadInput(f"{len(named)} trials {what}; a question names at most {MAX_NAMED}")
        for identifier, weight in self.positives.items():
            if not (math.isfinite(weight) and 0 < weight <= MAX_WEIGHT):
                raise BadInput(
                    f"the weight of {identifier} is {weight:g}; it must be above 0 and at most {MAX_WEIGHT:g}"
                )
        if self.text is not None:
            _check_text(tidy(self.text))


def _check_text(text: str) -> None:
    if len(text) > MAX_QUERY_LENGTH:
        raise BadInput(f"a query has at most {MAX_QUERY_LENGTH:,} characters; this one has {len(text):,}")
    if not re.search(r"\w", text):
        raise BadInput(f"nothing to look for in {text!r}; name a condition, an intervention or both")
