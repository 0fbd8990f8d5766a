"""How well two trials meet in one facet, term by term."""

import numpy as np
from numpy.typing import NDArray

from search.artefact.facet_terms import FacetTerms
from search.passage import Facet
from search.vectors import Rows, Vectors


def facet_cosines(
    asked: Vectors, asked_title: Vectors, terms: FacetTerms, facet: Facet, rows: Rows, titles: Vectors
) -> NDArray[np.float32]:
    """(len(rows),) the mean of each asked term's best cosine and of each of the trial's terms' best.

    Whichever side lacks the facet is taken by its title, where sparse records name what they study: `asked_title`
    (dim,) stands for no `asked` terms (terms, dim), and `titles` (len(rows), dim) for rows without terms.
    """
    asked = asked if len(asked) else asked_title[np.newaxis]
    scores = (titles @ asked.T).mean(axis=1)
    lists = terms.lists[facet]
    lengths = lists.lengths(rows)
    present = np.flatnonzero(lengths)
    if len(present):
        distinct, places = np.unique(lists.flat(rows[present]), return_inverse=True)
        cosines = (asked @ terms.vectors[distinct].T)[:, places]
        lengths = lengths[present]
        starts = np.cumsum(lengths) - lengths
        by_asked = np.maximum.reduceat(cosines, starts, axis=1).mean(axis=0)
        by_trial = np.add.reduceat(cosines.max(axis=0), starts) / lengths
        scores[present] = (by_asked + by_trial) / 2
    cosine: NDArray[np.float32] = scores.astype(np.float32)
    return cosine
