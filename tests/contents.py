"""What a build holds, however its files are cut: two builds of the same records hold the same."""

import hashlib
from pathlib import Path

import numpy as np

from search.artefact.facet_terms import TERM_FACETS
from search.artefact.layout import IDENTIFIERS_FILE, SUGGESTIONS_FOLDER, TERMS_FILE, TRIALS_FILE
from search.artefact.reading import open_build
from search.artefact.trial_table import open_trials
from search.lexical import LexicalIndex


def contents(folder: Path) -> dict[str, object]:
    """Each part of the build in `folder`, as itself or as a checksum of it."""
    build = open_build(folder)
    rows, words = np.arange(len(build.trials)), build.lexical.postings
    lists = [build.terms.lists[facet] for facet in TERM_FACETS]
    arrays = {
        "titles": build.titles[rows],
        "passages": build.passages.vectors(rows),
        "terms": build.terms.vectors[np.arange(build.manifest.counts.terms)],
        "term lists": np.concatenate([part for of in lists for part in (of.offsets, of.terms)]),
        "words": np.concatenate([words.starts, words.rows, words.counts]),
        "word scores": _scores(build.lexical),
    }
    return {
        "counts": build.manifest.counts,
        "trials": open_trials(folder / TRIALS_FILE).to_pylist(),
        "vocabulary": list(words.words),
        **{name: (folder / name).read_bytes() for name in (IDENTIFIERS_FILE, TERMS_FILE)},
        "suggested": [path.read_bytes() for path in sorted((folder / SUGGESTIONS_FOLDER).iterdir())],
        **{name: hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest() for name, array in arrays.items()},
    }


def _scores(index: LexicalIndex) -> np.ndarray:
    """Of every word in every document, words in order."""
    everything = np.arange(len(index))
    scores = (index.scores([word]).of(everything) for word in index.postings.words)
    return np.concatenate([np.empty(0, np.float32), *scores])
