"""The strings that a build of trials embeds, and samples of them."""

import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from indexer.parse import UnusableRecord, parse_study
from indexer.sources.base import Source
from search.passage import condition_terms, intervention_terms, passage_texts, title_text
from search.trial import Trial


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a source holds."""

    trials: int
    seconds: float
    """Of one processor, to read and parse them."""
    strings: list[str]
    """Every string of every trial, as often as it comes: title, passage, summary, conditions, interventions."""


def corpus_of(source: Source) -> Corpus:
    """Reads all of `source`."""
    begun = time.process_time()
    trials = list(_trials(source))
    seconds = time.process_time() - begun
    return Corpus(len(trials), seconds, [text for trial in trials for text in strings_of(trial)])


def strings_of(trial: Trial) -> Iterator[str]:
    """All that of a trial is embedded; its terms are shared by many."""
    return chain([title_text(trial)], passage_texts(trial), condition_terms(trial), intervention_terms(trial))


def sample(strings: Iterable[str], *, every: int, seed: int) -> list[str]:
    """One of `every` strings, spread evenly over their lengths, in random order: work goes by length."""
    chance = random.Random(seed)
    by_length = sorted(strings, key=lambda text: (len(text), text))
    chosen = by_length[chance.randrange(min(every, len(by_length))) :: every]
    chance.shuffle(chosen)
    return chosen


def _trials(source: Source) -> Iterator[Trial]:
    for record in source.records():
        try:
            yield parse_study(record.study)
        except UnusableRecord:
            continue
