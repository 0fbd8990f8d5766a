"""Asks a build for random trials of its own: their words alone, then whole lists, against the sum of every column.

python -m benchmarks.words --index INDEX

Times are CPU milliseconds of this process, all of one run, the plain sum and ours in turn. A list is right where it is
that of the same engine with every column summed. With `--copies` each trial is there so often, and only words are
asked: what more trials cost.
"""

import argparse
import dataclasses
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from search.artefact.reading import Artefact, open_current
from search.encoders.built import built_encoder
from search.evidence import gather_evidence
from search.lexical import LexicalIndex, words_of_trial
from search.listing import CANDIDATES
from search.postings import Postings
from search.question import Question
from search.ranking import rank
from search.vectors import Mask, Rows, Scores
from search.word_scores import WordScores

FILTERS = (1.0, 0.5, 0.05, 0.005)
"""Shares of the trials that a filter leaves, drawn at random."""
FIRST = 10
"""Places of a list that are compared."""
Found = TypeVar("Found")


def main() -> None:
    """Open, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--sample", type=int, default=200, help="trials that are asked with")
    parser.add_argument("--copies", type=int, default=1, help="how often each trial is there")
    options = parser.parse_args()
    artefact = open_current(options.index)
    count = len(artefact.trials)
    rows = random.Random(0).sample(range(count), min(options.sample, count))
    asked = [words_of_trial(artefact.trials.trial(row)) for row in rows]
    lengths = [len(set(words)) for words in asked]
    words = Words(artefact.lexical if options.copies == 1 else LexicalIndex.of(copied(artefact, options.copies)))
    ids = artefact.trials.trial_ids(rows)
    lines = [
        f"{count * options.copies:,} trials, {len(rows)} asked with, of {np.median(lengths):.0f} distinct words in the "
        f"median and {max(lengths)} at most",
        "",
        "| filter leaves | plain sum, p50 | p99 | ours, p50 | p99 | of its best 300 | index recall@10 of lists |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for share in FILTERS:
        allowed = None if share == 1 else np.random.default_rng(0).random(count * options.copies) < share
        recall = f"{np.mean(list(recalls(artefact, words, ids, allowed))):.4f}" if options.copies == 1 else ""
        lines.append(f"| {share:.1%} | {words.compared(asked, allowed)} | {recall} |")
    sys.stdout.write("\n".join(lines) + "\n")


class Words:
    """The words of a question, asked in two ways."""

    def __init__(self, index: LexicalIndex) -> None:
        self.index = index
        self._postings = index.postings
        self._scores = self._postings.scores()
        self._columns = {word: column for column, word in enumerate(self._postings.words)}

    def plain_sum(self, words: Sequence[str]) -> Scores:
        """(n,) BM25 of every trial: each word's column, summed."""
        scores = np.zeros(self._postings.number, np.float32)
        for word, times in Counter(words).items():
            column = self._columns[word]
            span = slice(self._postings.starts[column], self._postings.starts[column + 1])
            scores[self._postings.rows[span]] += times * self._scores[span]
        return scores

    def plain_best(self, words: Sequence[str], allowed: Mask | None) -> Rows:
        """The best of the plain sum."""
        scores = self.plain_sum(words)
        if allowed is not None:
            scores = np.where(allowed, scores, 0)
        best: Rows = np.argpartition(scores, len(scores) - CANDIDATES)[len(scores) - CANDIDATES :]
        return best[scores[best] > 0]

    def our_best(self, words: Sequence[str], allowed: Mask | None) -> Rows:
        """The best as the engine finds them, scored."""
        scores = self.index.scores(words)
        rows = scores.best(CANDIDATES, allowed=allowed)
        scores.of(rows)
        return rows

    def compared(self, asked: Sequence[list[str]], allowed: Mask | None) -> str:
        """Times of both, and which share of the best the engine finds, as cells of a table."""
        plain_ms, our_ms, found = [], [], []
        for words in asked:
            best, spent = timed(partial(self.plain_best, words, allowed))
            plain_ms.append(spent)
            rows, spent = timed(partial(self.our_best, words, allowed))
            our_ms.append(spent)
            found.append(len(np.intersect1d(rows, best)) / max(1, len(best)))
        times = [f"{milliseconds:.2f} ms" for of in (plain_ms, our_ms) for milliseconds in np.percentile(of, [50, 99])]
        return f"{' | '.join(times)} | {np.mean(found):.3f}"


def recalls(artefact: Artefact, words: Words, ids: Sequence[str], allowed: Mask | None) -> Iterator[float]:
    """For each trial the share of the first places that is as it is with every column summed."""
    for trial_id in ids:
        question = Question(positives={trial_id: 1.0})
        ours = gather_evidence(question, artefact, {}, lambda: built_encoder(artefact))
        mine = ours.like.words
        summed = words.plain_sum(words_of_trial(artefact.trials.trial(ours.rows[0])))
        whole = WordScores(summed, np.zeros_like(mine.left), mine.common, mine.scale)
        exact = dataclasses.replace(ours, like=dataclasses.replace(ours.like, words=whole))
        lists = []
        for evidence in (ours, exact):
            ranked = rank(evidence, artefact, allowed=allowed)
            lists.append(ranked.candidates.rows[ranked.best_first[:FIRST]])
        yield len(np.intersect1d(*lists)) / max(1, len(lists[1]))


def copied(artefact: Artefact, copies: int) -> Postings:
    """The postings of every trial `copies` times."""
    postings = artefact.lexical.postings
    repeats = np.repeat(np.diff(postings.starts), copies)
    places = np.arange(len(postings.rows) * copies) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    places += np.repeat(np.repeat(postings.starts[:-1], copies), repeats)
    copy = np.repeat(np.tile(np.arange(copies, dtype=np.int32), len(postings.words)), repeats)
    return Postings(
        words=postings.words,
        starts=postings.starts * copies,
        rows=postings.rows[places] + copy * np.int32(postings.number),
        counts=postings.counts[places],
        number=postings.number * copies,
    )


def timed(call: Callable[[], Found]) -> tuple[Found, float]:
    """What `call` gives, and the CPU milliseconds that it took."""
    begun = time.process_time()
    found = call()
    return found, (time.process_time() - begun) * 1e3


if __name__ == "__main__":
    main()
