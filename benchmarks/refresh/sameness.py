"""Whether two builds say the same: what they hold first, answers after."""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from search.artefact.facet_terms import TERM_FACETS
from search.artefact.layout import IDENTIFIERS_FILE, TERMS_FILE, TRIALS_FILE
from search.artefact.reading import open_build
from search.artefact.trial_table import open_trials
from search.engine import SearchEngine
from search.hits import Hit
from search.vectors import Rows

BATCH_ROWS = 10_000
FEWEST_SHARED = 0.98
"""Of the hits, where the nearest passages are searched by lists, which a full rebuild cuts anew."""
TEXTS = ["umbilical cord stem cells for Crohn's disease", "insulin glargine in type 2 diabetes", "migraine in children"]


def differences(one: Path, other: Path, *, asked: int) -> list[str]:
    """What differs between the builds in two folders; nothing where they are the same but for id and time.

    `asked` is how many trials are asked for their related ones in both.
    """
    first, second = open_build(one), open_build(other)
    if first.manifest.counts != second.manifest.counts:
        return ["counts"]
    count, terms = first.manifest.counts.trials, first.manifest.counts.terms
    same = {
        "trials": open_trials(one / TRIALS_FILE).equals(open_trials(other / TRIALS_FILE)),
        **{name: (one / name).read_bytes() == (other / name).read_bytes() for name in (IDENTIFIERS_FILE, TERMS_FILE)},
        "term lists": all(
            np.array_equal(getattr(first.terms.lists[facet], part), getattr(second.terms.lists[facet], part))
            for facet in TERM_FACETS
            for part in ("offsets", "terms")
        ),
        "words": first.lexical.postings.words == second.lexical.postings.words
        and all(
            np.array_equal(getattr(first.lexical.postings, part), getattr(second.lexical.postings, part))
            for part in ("starts", "rows", "counts")
        ),
        "titles": all(np.array_equal(first.titles[rows], second.titles[rows]) for rows in batches(count)),
        "passages": all(
            np.array_equal(first.passages.vectors(rows), second.passages.vectors(rows)) for rows in batches(count)
        ),
        "terms": all(np.array_equal(first.terms.vectors[rows], second.terms.vectors[rows]) for rows in batches(terms)),
    }
    engines = SearchEngine(first), SearchEngine(second)
    sample = first.trials.trial_ids(random.Random(0).sample(range(count), min(asked, count)))
    by_trial = [[engine.similar(trial_id, k=20).hits for engine in engines] for trial_id in sample]
    same["hits by trial"] = _same(by_trial, exact=first.passages.compares_all)
    # FAISS rounds cosines by the size of an index, so that the last of 300 candidates may be another one: no hit, but
    # one trial more or less in the counts for filter interfaces.
    by_text = [[engine.search(text, k=20).hits for engine in engines] for text in TEXTS]
    same["hits by text"] = _same(by_text, exact=first.passages.compares_all)
    return [name for name, is_same in same.items() if not is_same]


def _same(pairs: Sequence[Sequence[Sequence[Hit]]], *, exact: bool) -> bool:
    """Whether the lists in each pair are equal, or, where a build is searched by lists of its own, as good as."""
    if exact:
        return all(one == other for one, other in pairs)
    ids = [[{hit.trial.trial_id for hit in hits} for hits in pair] for pair in pairs]
    return float(np.mean([len(one & other) / max(len(one), 1) for one, other in ids])) >= FEWEST_SHARED


def batches(count: int) -> list[Rows]:
    """All rows, some at a time."""
    return [np.arange(start, min(start + BATCH_ROWS, count)) for start in range(0, count, BATCH_ROWS)]
