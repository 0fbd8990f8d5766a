"""What there is to embed: the texts of the trials that are new or have changed, and the terms of all."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Generic, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from indexer.previous import Previous
from search.artefact.facet_terms import TERM_FACETS, TermLists
from search.artefact.layout import TERMS_FILE
from search.artefact.trial_table import read_trials
from search.passage import Facet, condition_terms, intervention_terms, passage_texts, title_text
from search.vectors import Rows

_COLUMNS = ["conditions", "interventions", "brief_summary"]
Text = TypeVar("Text", str, tuple[str, ...])


@dataclass(frozen=True, slots=True)
class Strings(Generic[Text]):
    """n texts or groups of them: of each the row in the build before, or -1, and those that are new."""

    taken_over: Rows
    """(n,)"""
    fresh: list[Text]
    """In the order of the -1."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a build."""

    titles: Strings[str]
    """One a trial."""
    passages: Strings[tuple[str, ...]]
    """One group a trial."""
    terms: Strings[str]
    """The distinct conditions and interventions, in the order of first sight."""
    term_texts: pa.Array
    term_lists: Mapping[Facet, TermLists]

    def distinct(self) -> list[str]:
        """Every string to embed, once."""
        return list(dict.fromkeys([*self.titles.fresh, *chain(*self.passages.fresh), *self.terms.fresh]))


def texts_of(trials: pa.Table, taken_over: Rows, previous: Previous | None) -> Texts:
    """The texts of `trials`, where the trial of row r is the one in row `taken_over[r]` of `previous`, or new (-1)."""
    changed = rows_of(trials, taken_over < 0, _COLUMNS)
    titles: list[str] = []
    passages: list[tuple[str, ...]] = []
    numbers: dict[str, int] = {}
    known: list[str] = []
    if previous:
        known = pa.ipc.open_file(pa.memory_map(str(previous.folder / TERMS_FILE))).read_all()["term"].to_pylist()
        numbers = {term: number for number, term in enumerate(known)}
    lists: dict[Facet, list[list[int]]] = {facet: [] for facet in TERM_FACETS}
    for trial in read_trials(changed, _COLUMNS):
        titles.append(title_text(trial))
        passages.append(passage_texts(trial))
        for facet, terms in (
            (Facet.CONDITION, condition_terms(trial)),
            (Facet.INTERVENTION, intervention_terms(trial)),
        ):
            lists[facet].append([numbers.setdefault(term, len(numbers)) for term in terms])
    merged = {facet: _merged(lists[facet], facet, taken_over, previous) for facet in TERM_FACETS}
    order = _first_seen([merged[facet] for facet in TERM_FACETS])
    places = np.empty(len(numbers), dtype=np.int32)
    places[order] = np.arange(len(order), dtype=np.int32)
    terms = list(numbers)
    title_rows, passage_rows = taken_over, taken_over
    if previous:
        title_rows, passage_rows = _same_texts(changed, titles, passages, taken_over, previous)
    is_fresh = taken_over < 0
    return Texts(
        titles=Strings(title_rows, _only(titles, title_rows[is_fresh] < 0)),
        passages=Strings(passage_rows, _only(passages, passage_rows[is_fresh] < 0)),
        terms=Strings(
            np.where(order < len(known), order, -1), [terms[number] for number in order if number >= len(known)]
        ),
        term_texts=pa.array([terms[number] for number in order], pa.string()),
        term_lists={facet: TermLists(of.offsets, places[of.terms]) for facet, of in merged.items()},
    )


def rows_of(trials: pa.Table, wanted: NDArray[np.bool_], columns: list[str]) -> pa.Table:
    """The wanted rows: of each the id, the title and `columns`."""
    table = trials.select(["trial_id", "brief_title", *columns])
    return table if wanted.all() else table.filter(pa.array(wanted))


def _merged(fresh: list[list[int]], facet: Facet, taken_over: Rows, previous: Previous | None) -> TermLists:
    """The terms of every row."""
    is_fresh = taken_over < 0
    lengths = np.empty(len(taken_over), dtype=np.int64)
    lengths[is_fresh] = [len(terms) for terms in fresh]
    before = previous.artefact.terms.lists[facet] if previous else None
    if before:
        lengths[~is_fresh] = before.lengths(taken_over[~is_fresh])
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    terms = np.empty(offsets[-1], dtype=np.int32)
    of_fresh = np.repeat(is_fresh, lengths)
    terms[of_fresh] = [term for listed in fresh for term in listed]
    if before:
        terms[~of_fresh] = before.flat(taken_over[~is_fresh])
    return TermLists(offsets, terms)


def _first_seen(lists: list[TermLists]) -> NDArray[np.int32]:
    """The distinct terms in the order of first sight: row by row, in each row facet by facet."""
    rows = [np.repeat(np.arange(len(of.offsets) - 1), np.diff(of.offsets)) for of in lists]
    seen = np.concatenate([of.terms for of in lists])[np.argsort(np.concatenate(rows), kind="stable")]
    distinct, first = np.unique(seen, return_index=True)
    order: NDArray[np.int32] = distinct[np.argsort(first)]
    return order


def _same_texts(
    changed: pa.Table, titles: list[str], passages: list[tuple[str, ...]], taken_over: Rows, previous: Previous
) -> tuple[Rows, Rows]:
    """`taken_over` for titles and for passages: most changes of a record leave both as they were."""
    rows_by_id = {trial_id: row for row, trial_id in enumerate(previous.trial_ids())}
    ids: list[str] = changed["trial_id"].to_pylist()
    earlier = np.array([rows_by_id.get(trial_id, -1) for trial_id in ids], dtype=np.int64)
    had = np.zeros(len(previous.trials), dtype=np.bool_)
    had[earlier[earlier >= 0]] = True
    before = {trial.trial_id: trial for trial in read_trials(rows_of(previous.trials, had, _COLUMNS), _COLUMNS)}
    of_titles, of_passages = taken_over.copy(), taken_over.copy()
    for place, row in enumerate(np.flatnonzero(taken_over < 0)):
        trial = before.get(ids[place])
        if trial and title_text(trial) == titles[place]:
            of_titles[row] = earlier[place]
        if trial and passage_texts(trial) == passages[place]:
            of_passages[row] = earlier[place]
    return of_titles, of_passages


def _only(texts: list[Text], wanted: NDArray[np.bool_]) -> list[Text]:
    return [text for text, is_wanted in zip(texts, wanted, strict=True) if is_wanted]
