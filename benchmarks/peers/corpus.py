"""The trials that every system is given: ids, texts, start days and vectors, made once for all."""

import gzip
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from benchmarks.quality.labels import RECORDS, corpus_ids
from indexer.build import CACHE_FOLDER
from indexer.embed import embed_missing
from indexer.embedding_cache import EmbeddingCache
from indexer.parse import UnusableRecord, parse_study
from search.dates import date_bounds
from search.encoders.base import Encoder
from search.passage import condition_terms, intervention_terms, passage, passage_texts, title_text
from search.progress import Progress
from search.trial import Trial

ALL, POOL = "all", "pool"
SAMPLE = 800


@dataclass(frozen=True, slots=True)
class Row:
    """A trial as the peers know it."""

    trial_id: str
    text: str
    """Title, conditions and interventions, the passage that Trialkin embeds too."""
    started: int
    """First day that it can have started, as the number yyyymmdd."""
    asked: str
    """What a person may type who looks for such a trial; empty where the record says too little."""


class Corpus:
    """What `prepare` wrote to a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.records = folder / "records.ndjson"
        self.embeddings = folder.parent / CACHE_FOLDER

    @cached_property
    def rows(self) -> list[Row]:
        """Every trial, in the order of the records."""
        return [Row(**orjson.loads(line)) for line in (self.folder / "rows.ndjson").read_bytes().splitlines()]

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """(n, dim) unit vectors of the texts."""
        found: NDArray[np.float32] = np.load(self.folder / "vectors.npy")
        return found

    @cached_property
    def started(self) -> NDArray[np.int64]:
        """(n,) the days of the rows."""
        return np.array([row.started for row in self.rows])

    @cached_property
    def strings(self) -> dict[str, Any]:
        """Of the distinct strings that Trialkin embeds for these trials the `count`, and a `sample` at random."""
        found: dict[str, Any] = orjson.loads((self.folder / "strings.json").read_bytes())
        return found


def prepare(name: str, data: Path, work: Path, *, encoder: Encoder, progress: Progress) -> Corpus:
    """The corpus called `name`: "pool", "all", or so many trials of the pool, at random.

    Most records at hand lack a start date, and a filter of one kind should leave any share of the trials: who lacks a
    date is given one of the others', at random.
    """
    corpus = Corpus(work / name)
    if (corpus.folder / "vectors.npy").exists():
        return corpus
    corpus.folder.mkdir(parents=True, exist_ok=True)
    wanted = None if name == ALL else corpus_ids(data, POOL)
    if wanted is not None and name != POOL:
        wanted = set(np.random.default_rng(0).permutation(sorted(wanted))[: int(name)].tolist())
    known = [trial.start_date for _, trial in _studies(data, wanted) if trial.start_date]
    random = np.random.default_rng(0)
    rows: list[Row] = []
    strings: dict[str, None] = {}
    with corpus.records.open("wb") as stream:
        for study, trial in _studies(data, wanted):
            if trial.start_date is None:
                date = known[random.integers(len(known))]
                study["protocolSection"].setdefault("statusModule", {})["startDateStruct"] = {"date": date}
            else:
                date = trial.start_date
            stream.write(orjson.dumps(study) + b"\n")
            rows.append(_row(trial, int(date_bounds(date)[0].strftime("%Y%m%d"))))
            embedded = [title_text(trial), *passage_texts(trial), *condition_terms(trial), *intervention_terms(trial)]
            strings.update(dict.fromkeys(embedded))
    (corpus.folder / "rows.ndjson").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    texts = list(strings)
    sample = [texts[place] for place in random.permutation(len(texts))[:SAMPLE]]
    (corpus.folder / "strings.json").write_bytes(orjson.dumps({"count": len(texts), "sample": sample}))
    with EmbeddingCache(corpus.embeddings, encoder.revision) as cache:
        embed_missing(texts, encoder, cache, progress)
        vectors = cache.vectors([row.text for row in rows])
    unfinished = corpus.folder / "unfinished.npy"
    np.save(unfinished, vectors)
    unfinished.replace(corpus.folder / "vectors.npy")
    return corpus


def emptied(folder: Path) -> Path:
    """`folder`, made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _studies(data: Path, wanted: set[str] | None) -> Iterator[tuple[dict[str, Any], Trial]]:
    with gzip.open(data / RECORDS) as stream:
        for line in stream:
            study = orjson.loads(line)
            try:
                trial = parse_study(study)
            except UnusableRecord:
                continue
            if wanted is None or trial.trial_id in wanted:
                yield study, trial


def _row(trial: Trial, started: int) -> Row:
    conditions, interventions = condition_terms(trial), intervention_terms(trial)
    asked = f"{interventions[0]} for {conditions[0]}" if conditions and interventions else ""
    return Row(trial.trial_id, passage(trial), started, asked)
