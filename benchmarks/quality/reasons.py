"""`python -m benchmarks.quality.reasons`: whether scores stand on the terms that reasons name, on the bundled trials.

The hit's term is taken out of its record, the index built anew, and the question asked again: the score should be
lower. How long the reasons of a hit take is told too.
"""

import copy
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import orjson
import typer
from rich.console import Console

from benchmarks.quality.indexes import built_index
from indexer.build import CACHE_FOLDER, rebuild_index
from indexer.sources.files import SEEDS, open_source
from search.cli.app import run as run_command
from search.encoders.base import Encoder
from search.encoders.catalogue import DEFAULT_ENCODER, open_encoder
from search.encoders.onnx_export import ENCODERS_FOLDER
from search.engine import SearchEngine
from search.evidence import gather_evidence
from search.explaining import Explainer
from search.lexical import words_of
from search.progress import progress_on
from search.question import Question
from search.reasons import Reason, ReasonKind

OF_TERMS = {
    ReasonKind.SAME_CONDITION,
    ReasonKind.RELATED_CONDITION,
    ReasonKind.SAME_INTERVENTION,
    ReasonKind.RELATED_INTERVENTION,
    ReasonKind.SAME_WORDS,
}
"""Reasons that name what a score stands on; not those through MeSH, which is no part of it."""
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A reason of one hit, and the hit's score with and without the reason's term in its record."""

    asked: str
    found: str
    reason: Reason
    before: float
    after: float | None
    """None where the trial is no candidate any more."""

    @property
    def is_lower(self) -> bool:
        """Whether the score stood on the term."""
        return self.after is None or self.after < self.before


def bundled_records() -> list[Record]:
    """The study records that come with Trialkin."""
    lines = (resources.files(SEEDS) / "studies.ndjson").read_bytes().splitlines()
    return [orjson.loads(line) for line in lines]


def reasons_of_terms(engine: SearchEngine, *, every: int) -> list[tuple[str, str, Reason]]:
    """One in `every` reasons, with the trial asked and the hit: of the first three hits of every eighth trial."""
    ids = engine.artefact.trials.trial_ids(range(0, len(engine.artefact.trials), 8))
    found = [
        (identifier, hit.trial.trial_id, reason)
        for identifier in ids
        for hit in engine.similar(identifier, k=3).hits
        for reason in hit.reasons
        if reason.kind in OF_TERMS and reason.via is None
    ]
    return found[::every]


def without_term(record: Record, term: str) -> Record:
    """`record` with no `term`: not among its conditions and interventions, nor its words in the titles."""
    record = copy.deepcopy(record)
    protocol, stems = record["protocolSection"], set(words_of(term))
    identification = protocol["identificationModule"]
    for title in {"briefTitle", "officialTitle"} & identification.keys():
        kept = [word for word in re.split(r"[\s/-]+", identification[title]) if not set(words_of(word)) & stems]
        identification[title] = " ".join(kept) or "A study"
    conditions = protocol.get("conditionsModule", {})
    conditions["conditions"] = [c for c in conditions.get("conditions", []) if c.casefold() != term.casefold()]
    arms = protocol.get("armsInterventionsModule", {})
    arms["interventions"] = [i for i in arms.get("interventions", []) if i["name"].casefold() != term.casefold()]
    return record


def without_terms(
    engine: SearchEngine, cases: Sequence[tuple[str, str, Reason]], *, encoder: Encoder, like: Path
) -> Iterator[Case]:
    """Each of `cases` asked again, of an index of the bundled trials but for the one record.

    What the index at `like` has made once, embeddings and exported encoders, is used and added to.
    """
    by_id = {record["protocolSection"]["identificationModule"]["nctId"]: record for record in bundled_records()}
    quiet = progress_on(Console(quiet=True))
    for asked, found, reason in cases:
        with TemporaryDirectory() as folder:
            root, source = Path(folder), Path(folder) / "studies.ndjson"
            for name in (CACHE_FOLDER, ENCODERS_FOLDER):
                if (like / name).is_dir():
                    (root / name).symlink_to((like / name).resolve(), target_is_directory=True)
            changed = {**by_id, found: without_term(by_id[found], reason.hit_term)}
            source.write_bytes(b"\n".join(map(orjson.dumps, changed.values())))
            rebuild_index(open_source(str(source)), root=root, encoder=encoder, progress=quiet)
            hits = [one.similar(asked, k=1, among=[found]).hits for one in (engine, SearchEngine.open(root))]
        yield Case(asked, found, reason, hits[0][0].score, hits[1][0].score if hits[1] else None)


def seconds_a_hit(engine: SearchEngine, *, every: int) -> list[float]:
    """Of processor, for the reasons of each of the first ten hits of every trial in `every`; those seen are known."""
    artefact, seconds = engine.artefact, []
    explainer = Explainer(artefact)
    for identifier in artefact.trials.trial_ids(range(0, len(artefact.trials), every)):
        evidence = gather_evidence(Question(positives={identifier: 1.0}), artefact, {}, lambda: None)
        for hit in engine.similar(identifier, k=10).hits:
            row = artefact.identifiers.row(hit.trial.trial_id)
            started = time.process_time()
            explainer.reasons(evidence, row, hit.trial)
            seconds.append(time.process_time() - started)
    return seconds


def reasons(
    work: Annotated[Path, typer.Option(help="Folder of the indexes of `make quality`.")] = Path("var/quality"),
    encoder: Annotated[str, typer.Option(help="As in trialkin rebuild-index.")] = DEFAULT_ENCODER,
    every: Annotated[int, typer.Option(min=1, help="Take one reason in so many.")] = 3,
) -> None:
    """Whether scores stand on the terms that reasons name."""
    work.mkdir(parents=True, exist_ok=True)
    root = built_index(SEEDS, SEEDS, work, encoder, rebuild=False)
    engine = SearchEngine.open(root)
    cases = reasons_of_terms(engine, every=every)
    told = list(without_terms(engine, cases, encoder=open_encoder(encoder), like=root))
    times = 1000 * np.quantile(seconds_a_hit(engine, every=8), [0.5, 0.95])
    typer.echo(
        f"{datetime.now(UTC):%Y-%m-%d}, encoder {encoder}: without its term the score is lower for "
        f"{sum(case.is_lower for case in told)} of {len(told)} reasons; the reasons of a hit take {times[0]:.2f} ms in "
        f"the median, {times[1]:.2f} ms at the 95th percentile, of processor time"
    )
    for case in told:
        if not case.is_lower:
            typer.echo(f"  {case.asked} {case.found} {case.reason}: {case.before:.4f}, without {case.after:.4f}")


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(reasons)
    run_command(app)
