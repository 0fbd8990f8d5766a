"""Whether two builds say the same: what they hold first, answers after."""

import random
from pathlib import Path

import numpy as np

from search.artefact.facet_terms import TERM_FACETS
from search.artefact.layout import IDENTIFIERS_FILE, TERMS_FILE, TRIALS_FILE
from search.artefact.reading import open_build
from search.artefact.trial_table import open_trials
from search.engine import SearchEngine
from search.vectors import Rows

BATCH_ROWS = 10_000
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
    same["hits by trial"] = all(
        engines[0].similar(trial_id, k=20).hits == engines[1].similar(trial_id, k=20).hits for trial_id in sample
    )
    # FAISS rounds cosines by the size of an index, so that the last of 300 candidates may be another one: no hit, but
    # one trial more or less in the counts for filter interfaces.
    same["hits by text"] = all(
        engines[0].search(text, k=20).hits == engines[1].search(text, k=20).hits for text in TEXTS
    )
    return [name for name, is_same in same.items() if not is_same]


def batches(count: int) -> list[Rows]:
    """All rows, some at a time."""
    return [np.arange(start, min(start + BATCH_ROWS, count)) for start in range(0, count, BATCH_ROWS)]
