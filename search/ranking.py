"""From cosines by facet to one score whose parts add up to it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.artefact.reading import Artefact
from search.passage import Facet
from search.vectors import Rows, Vectors

PASSAGE = "passage"
WEIGHTS: Mapping[str, float] = {PASSAGE: 0.4, Facet.TITLE: 0.2, Facet.CONDITION: 0.2, Facet.INTERVENTION: 0.2}


@dataclass(frozen=True, slots=True)
class QueryVectors:
    """What is asked, as vectors: passage and title (1, dim), the other facets (terms, dim), no terms if missing."""

    passage: Vectors
    title: Vectors
    terms: Mapping[Facet, Vectors]


def cosines_by_part(query: QueryVectors, artefact: Artefact, rows: Rows) -> dict[str, NDArray[np.float32]]:
    """For each part of the score the cosines of `rows`, (len(rows),); NaN where query or trial lacks the facet."""
    cosines = {
        PASSAGE: artefact.passages.vectors(rows) @ query.passage[0],
        Facet.TITLE: artefact.titles[rows] @ query.title[0],
    }
    for facet, vectors in query.terms.items():
        cosines[facet] = _term_cosines(vectors, artefact, facet, rows)
    return cosines


def weigh(cosines: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """Each part's share of the score, (len(rows),). A missing part has none, and the others carry its weight."""
    known = {part: ~np.isnan(values) for part, values in cosines.items()}
    total = sum(WEIGHTS[part] * known[part] for part in cosines)
    return {
        part: (WEIGHTS[part] * np.nan_to_num(values) / total).astype(np.float32) for part, values in cosines.items()
    }


def _term_cosines(query: Vectors, artefact: Artefact, facet: Facet, rows: Rows) -> NDArray[np.float32]:
    """How well the terms of both sides meet: the mean of each query term's best cosine and each trial term's best."""
    scores = np.full(len(rows), np.nan, dtype=np.float32)
    lists = artefact.terms.lists[facet]
    present = np.flatnonzero(lists.lengths(rows))
    if not len(query) or not len(present):
        return scores
    terms, inverse = np.unique(lists.flat(rows[present]), return_inverse=True)
    cosines = (query @ artefact.terms.vectors[terms].T)[:, inverse]
    lengths = lists.lengths(rows[present])
    starts = np.cumsum(lengths) - lengths
    query_side = np.maximum.reduceat(cosines, starts, axis=1).mean(axis=0)
    trial_side = np.add.reduceat(cosines.max(axis=0), starts) / lengths
    scores[present] = (query_side + trial_side) / 2
    return scores
