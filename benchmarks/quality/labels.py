"""The label sets: what is asked, among which trials, and how it is measured."""

import gzip
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from ir_measures import Qrel

from search.evaluation import read_qrels, read_queries

RECORDS = "studies.ndjson.gz"
POOL_IDS = "labels/pool40k.txt"


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Labels of the files `labels`.*, asked in one way.

    `corpus` is one that `corpus_ids` knows. Differences are of the first of `measures`. No `baselines` means all.
    With `ablated` each leg of the engine is left out in turn, too.
    """

    name: str
    labels: str
    title: str
    corpus: str
    by_text: bool
    condensed: bool
    measures: str
    baselines: tuple[str, ...] = ()
    ablated: bool = False

    def qrels(self, data: Path) -> list[Qrel]:
        """The labels."""
        return read_qrels(data / "labels" / f"{self.labels}.qrels")

    def texts(self, data: Path) -> dict[str, str] | None:
        """Query -> text; None where the queries are trials."""
        return read_queries(data / "labels" / f"{self.labels}.queries.tsv") if self.by_text else None


LABEL_SETS = (
    LabelSet(
        name="cochrane_related",
        labels="cochrane_related",
        title="Trials of one Cochrane review, asked by trial",
        corpus="pool",
        by_text=False,
        condensed=False,
        measures="nDCG@10 R@10 R@50 RR@10 Judged@10",
        ablated=True,
    ),
    LabelSet(
        name="cochrane_related_in_all",
        labels="cochrane_related",
        title="The same among all trials with conditions",
        corpus="all",
        by_text=False,
        condensed=False,
        measures="nDCG@10 R@10 R@50 RR@10 Judged@10",
        baselines=(
            "BM25 title, conditions, interventions",
            "BM25 title, conditions, interventions, summary",
            "dense title",
            "dense passage",
            "convex .5 BM25 with summary + .5 passage",
        ),
        ablated=True,
    ),
    LabelSet(
        name="review_titles",
        labels="review_titles",
        title="Trials of one Cochrane review, asked by the review's title",
        corpus="pool",
        by_text=True,
        condensed=False,
        measures="nDCG@10 R@10 R@50 RR@10 Judged@10",
        ablated=True,
    ),
    LabelSet(
        name="trec2022",
        labels="trec2022",
        title="TREC Clinical Trials 2022, topics 1-10, asked by patient note, judged trials only",
        corpus="judged",
        by_text=True,
        condensed=True,
        measures="nDCG@10 P@10 RR@10",
        ablated=True,
    ),
    LabelSet(
        name="sigir2016",
        labels="sigir2016",
        title="Koopman and Zuccon (SIGIR 2016), asked by patient note, judged trials only",
        corpus="judged",
        by_text=True,
        condensed=True,
        measures="nDCG@10 P@10 RR@10",
        ablated=True,
    ),
    LabelSet(
        name="trialsim",
        labels="trialsim",
        title="TrialSim, asked by trial, judged trials only",
        corpus="judged",
        by_text=False,
        condensed=True,
        measures="nDCG@5 P@1 P@5",
    ),
)


def corpus_ids(data: Path, corpus: str) -> set[str] | None:
    """Ids of the trials of a corpus; None where it is all that have conditions.

    "pool" is the 40,000 of POOL_IDS, "judged" the pool with every trial that a condensed label set judges.
    """
    if corpus == "all":
        return None
    pool = set((data / POOL_IDS).read_text(encoding="utf-8").split())
    if corpus == "pool":
        return pool
    condensed = [qrel for labels in LABEL_SETS if labels.condensed for qrel in labels.qrels(data)]
    return pool | {name for qrel in condensed for name in (qrel.query_id, qrel.doc_id)}


def write_records(data: Path, wanted: Collection[str] | None, path: Path) -> None:
    """The study records of `wanted`, or of all trials with conditions, one a line."""
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("wb") as stream:
        for line in _lines(data / RECORDS):
            protocol = orjson.loads(line)["protocolSection"]
            if wanted is None:
                chosen = bool(protocol.get("conditionsModule", {}).get("conditions"))
            else:
                chosen = protocol["identificationModule"]["nctId"] in wanted
            if chosen:
                stream.write(line)
    unfinished.replace(path)


def scorable(qrels: Sequence[Qrel], known: Collection[str], *, by_text: bool) -> list[Qrel]:
    """`qrels` of trials that are `known`, for queries that are and that have a relevant one left."""
    kept = [qrel for qrel in qrels if qrel.doc_id in known and (by_text or qrel.query_id in known)]
    answerable = {qrel.query_id for qrel in kept if qrel.relevance > 0}
    return [qrel for qrel in kept if qrel.query_id in answerable]


def _lines(path: Path) -> Iterator[bytes]:
    with gzip.open(path) as stream:
        yield from stream
