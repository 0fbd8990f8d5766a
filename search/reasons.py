"""Why two trials are related: what they share, facet by facet, in the words of both records."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from search.passage import Facet, tidy
from search.vectors import Vectors

SHARED_COSINE = 0.75
"""Two terms of this cosine or more name the same thing, as far as the encoder can tell."""


@dataclass(frozen=True, slots=True)
class Shared:
    """One thing that both trials have: how the query says it, how the hit does, and how alike that is."""

    facet: Facet
    query_term: str
    hit_term: str
    cosine: float


def shared_terms(
    facet: Facet, query_terms: Sequence[str], query_vectors: Vectors, hit_terms: Sequence[str], hit_vectors: Vectors
) -> list[Shared]:
    """For each of the query's terms its nearest among the hit's, where that is near enough; nearest first."""
    if not query_terms or not hit_terms:
        return []
    cosines = query_vectors @ hit_vectors.T
    found = []
    for number, term in enumerate(query_terms):
        best = int(cosines[number].argmax())
        if cosines[number, best] >= SHARED_COSINE:
            found.append(Shared(facet, term, hit_terms[best], round(float(cosines[number, best]), 4)))
    return sorted(found, key=lambda shared: -shared.cosine)


def named_in_title(facet: Facet, query_terms: Sequence[str], title: str) -> list[Shared]:
    """The query's terms that a title says word for word: all that can be known where the hit lacks the facet."""
    words = _words(title)
    found = []
    for term in query_terms:
        wanted = _words(re.sub(r"\([^()]*\)", " ", term))
        if wanted and any(words[at : at + len(wanted)] == wanted for at in range(len(words))):
            found.append(Shared(facet, term, tidy(" ".join(wanted)), 1.0))
    return found


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
