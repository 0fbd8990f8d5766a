"""The terms of a build that are suggested, and the sorted beginnings by which they are found."""

import bisect
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa

from search.artefact.facet_terms import TERM_FACETS, TermLists
from search.artefact.trial_reader import Cell, cell_of
from search.control_arms import CONTROL_WORDS
from search.lexical import words_of
from search.passage import Facet

MOST_TERMS = 50_000
"""Of a facet, the most frequent: bounds the files (17 MB with 182,867 trials) and the time to make them (1.2 s)."""
TERMS_FILE = "terms.arrow"
TERMS_SCHEMA = pa.schema([("text", pa.string()), ("trials", pa.int32()), ("facet", pa.int8())])
BEGINNINGS_FILE = "beginnings.arrow"
BEGINNINGS_SCHEMA = pa.schema([("text", pa.string()), ("rank", pa.int32()), ("is_whole", pa.bool_())])
_CONTROL_BEGINNINGS = frozenset(word[:3] for word in CONTROL_WORDS)
_WORD = re.compile(r"\w+")
_ALPHANUMERIC = re.compile(r"[^\W_]+")


@dataclass(frozen=True, eq=False)
class SuggestedTerms:
    """The terms by rank, those in most trials first, and where each begins. Safe to share between threads."""

    terms: pa.RecordBatch
    """(n,) Text, in how many trials it stands, and its facet's place in TERM_FACETS; a term's row is its rank."""
    beginnings: pa.RecordBatch
    """Every term, casefolded, from each of its words on, sorted; its rank, and whether that is the whole term."""

    @classmethod
    def of(cls, text_of: Cell, lists: Mapping[Facet, TermLists]) -> Self:
        """From the terms of all trials and `text_of` each."""
        terms = [
            (text, trials, place)
            for place, facet in enumerate(TERM_FACETS)
            for text, trials in _most_frequent(text_of, lists[facet])
        ]
        terms.sort(key=lambda term: (-term[1], term[0]))
        beginnings = (
            (folded[run.start() :], rank, run.start() == 0)
            for rank, (text, *_) in enumerate(terms)
            for folded in [text.casefold()]
            for run in _ALPHANUMERIC.finditer(folded)
        )
        # Arrow sorts by the bytes of UTF-8, which is how Python compares: by code point.
        by_text = [(name, "ascending") for name in BEGINNINGS_SCHEMA.names[:2]]
        return cls(_batch(terms, TERMS_SCHEMA), _batch(beginnings, BEGINNINGS_SCHEMA).sort_by(by_text))

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Those in `folder`, memory-mapped. Raises ValueError where the files hold something else, and OSError."""
        files = ((TERMS_FILE, TERMS_SCHEMA), (BEGINNINGS_FILE, BEGINNINGS_SCHEMA))
        # The cast copies nothing: it refuses other columns.
        return cls(*(_only_batch(folder / name).cast(schema) for name, schema in files))

    def save(self, folder: Path) -> None:
        """Write them into `folder`, which is not there yet."""
        folder.mkdir()
        for name, batch in ((TERMS_FILE, self.terms), (BEGINNINGS_FILE, self.beginnings)):
            with pa.OSFile(str(folder / name), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
                writer.write_batch(batch)

    def __iter__(self) -> Iterator[tuple[Facet, str, int]]:
        """What `term` gives, by rank."""
        return map(self.term, range(len(self.terms)))

    def term(self, rank: int) -> tuple[Facet, str, int]:
        """Facet, text, and in how many trials it stands, of the term of this rank."""
        text, trials, place = (cell(rank) for cell in self._cells)
        return TERM_FACETS[place], text, trials

    def beginning_with(self, folded: str) -> list[int]:
        """The ranks of the terms of which a word begins with `folded`, the terms that begin so themselves first."""
        places = range(len(self.beginnings))
        start = bisect.bisect_left(places, folded, key=self._beginning)
        end = bisect.bisect_left(places, folded + "\U0010ffff", lo=start, key=self._beginning)
        found = self.beginnings.slice(start, end - start)
        ranks = found["rank"].to_numpy()
        whole = np.unique(ranks[found["is_whole"].to_numpy(zero_copy_only=False)])
        return [*whole.tolist(), *np.setdiff1d(ranks, whole).tolist()]

    @cached_property
    def _cells(self) -> tuple[Cell, ...]:
        return tuple(map(cell_of, self.terms.columns))

    @cached_property
    def _beginning(self) -> Cell:
        return cell_of(self.beginnings["text"])


def _most_frequent(text_of: Cell, lists: TermLists) -> list[tuple[str, int]]:
    """Terms of a facet and in how many trials each stands; one term however it is cased, as most write it."""
    counts = np.bincount(lists.terms)
    used = np.flatnonzero(counts)
    used = used[np.argsort(-counts[used], kind="stable")][: 2 * MOST_TERMS]
    merged: dict[str, tuple[str, int]] = {}
    for text, count in zip(map(text_of, used.tolist()), counts[used].tolist(), strict=True):
        spelled, before = merged.get(text.casefold(), (text, 0))
        merged[text.casefold()] = spelled, before + count
    telling = [(text, count) for text, count in merged.values() if _tells(text)]
    return sorted(telling, key=lambda term: -term[1])[:MOST_TERMS]


def _tells(text: str) -> bool:
    """Whether a term says more than what a control arm gets."""
    # Stemming costs most here, and a word that begins like no control word is none.
    begins_otherwise = any(
        len(word) > 3 and word[:3] not in _CONTROL_BEGINNINGS for word in _WORD.findall(text.lower())
    )
    return begins_otherwise or not CONTROL_WORDS.issuperset(words_of(text))


def _only_batch(path: Path) -> pa.RecordBatch:
    # Not by way of a table: `combine_chunks` copies even one chunk.
    return pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)


def _batch(rows: Iterable[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.record_batch(columns, schema)
