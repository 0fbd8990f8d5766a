"""Where the processor time of a question goes: each stage's own, without the stages inside it."""

import contextlib
import functools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import search.answer
import search.engine
import search.ranking
from search.artefact.trial_table import TrialTable
from search.engine import SearchEngine
from search.explaining import Explainer

REST = "the rest"


@dataclass(slots=True)
class Stopwatch:
    """CPU-seconds of this process by stage, since `taken` was called last."""

    _spent: Counter[str] = field(default_factory=Counter)
    _inside: list[float] = field(default_factory=list)
    """Of each stage that is under way, what the stages inside it took."""

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, its time counted as that of `stage`."""

        @functools.wraps(function)
        def run(*args: Any, **named: Any) -> Any:
            self._inside.append(0.0)
            begun = time.process_time()
            try:
                return function(*args, **named)
            finally:
                took = time.process_time() - begun
                self._spent[stage] += took - self._inside.pop()
                if self._inside:
                    self._inside[-1] += took

        return run

    def taken(self) -> Counter[str]:
        """What each stage took, and begin anew."""
        spent, self._spent = self._spent, Counter()
        return spent


@contextlib.contextmanager
def watched(engine: SearchEngine) -> Iterator[Stopwatch]:
    """A stopwatch on the stages of each question that is asked of `engine` meanwhile."""
    watch = Stopwatch()
    stages: list[tuple[str, Any, str]] = [
        (REST, search.answer, "answer"),
        ("filters", SearchEngine, "_allowed"),
        ("evidence: vectors and words of what is asked", search.engine, "gather_evidence"),
        ("scores", search.engine, "rank"),
        ("candidates by words", search.ranking, "find_candidates"),
        ("candidates by vectors", type(engine.artefact.passages), "top_k"),
        ("reading trials", TrialTable, "trial"),
        ("reading trials", TrialTable, "trials"),
        ("reasons", Explainer, "reasons"),
        ("counts", search.answer, "facet_counts"),
        ("JSON", search.answer.Answer, "model_dump_json"),
    ]
    with contextlib.ExitStack() as undo:
        for stage, owner, name in stages:
            plain = getattr(owner, name)
            undo.callback(setattr, owner, name, plain)
            setattr(owner, name, watch.timed(stage, plain))
        yield watch
