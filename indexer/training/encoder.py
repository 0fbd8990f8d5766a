"""`train_encoder`: records in, a folder out that is an encoder."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from indexer.sources.base import Source
from indexer.training.card import model_card
from indexer.training.corpus import read_corpus
from indexer.training.kinds import kind_called
from indexer.training.run import last_checkpoint, trained
from search.artefact.lock import locked
from search.errors import UnusableTarget
from search.permissions import readable_as
from search.progress import Progress

CARD_FILE = "README.md"
TRAINING_FILE = "training.json"
"""What a trained encoder's folder says of its making; by it such a folder is known."""
_CHECKPOINTS, _FINISHED = "checkpoints", "encoder"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingReport:
    """What was trained."""

    folder: str
    kind: str
    dim: int
    trials: int
    held_out: int
    steps: int
    curve: list[tuple[int, float]]
    """Step, and nDCG@10 of finding held-out trials by their titles."""
    seconds: float
    """Of this run: of one that went on, without what came before."""
    bytes: int


def train_encoder(
    source: Source,
    *,
    kind: str,
    folder: Path,
    seed: int,
    epochs: int | None,
    dim: int | None,
    root: Path,
    progress: Progress,
    on_note: Callable[[str], None] = lambda _: None,
) -> TrainingReport:
    """Train an encoder on the records of `source` and put it into `folder`, whole or not at all.

    A run that was stopped goes on where it was when the same is asked for on the same records. Vectors of a teacher are
    taken from, and kept in, the embeddings of the index at `root`. `on_note` is told how the validations come out, and
    after which step a run goes on. Raises BadInput for an unknown kind, MissingExtra, UnusableTarget where `folder`
    holds anything but an encoder trained here, IndexLocked where another process trains it, and what reading records
    raises.
    """
    started = time.monotonic()
    way = kind_called(kind)
    _check_target(folder)
    with _workshop_of(folder) as workshop:
        corpus = read_corpus(source, seed=seed, progress=progress)
        asked = {"kind": kind, "seed": seed, "epochs": epochs, "dim": dim, "records": corpus.digest}
        recipe = way.recipe(corpus, seed=seed, epochs=epochs, dim=dim, root=root, progress=progress)
        if _begun(workshop) != asked:  # only now, for what is refused above is no reason to lose another run's
            shutil.rmtree(workshop / _CHECKPOINTS, ignore_errors=True)
            (workshop / TRAINING_FILE).write_text(json.dumps(asked))
        learned = trained(
            recipe,
            held_out=corpus.held_out,
            folder=workshop / _CHECKPOINTS,
            seed=seed,
            progress=progress,
            on_note=on_note,
        )
        finished = workshop / _FINISHED
        shutil.rmtree(finished, ignore_errors=True)
        finished.mkdir()
        way.save(recipe.model, finished)
        card = model_card(
            corpus,
            recipe,
            learned,
            name=folder.name,
            kind=kind,
            seed=seed,
            opened=way.OPENED,
            licence=way.LICENCE,
            made=datetime.now(UTC),
        )
        (finished / CARD_FILE).write_text(card, encoding="utf-8")
        (finished / TRAINING_FILE).write_text(json.dumps({**asked, "curve": learned.curve}, indent=2) + "\n")
        readable_as(finished)
        _put(finished, folder)
        shutil.rmtree(workshop / _CHECKPOINTS)
    return TrainingReport(
        folder=str(folder),
        kind=kind,
        dim=int(recipe.model.get_embedding_dimension() or 0),
        trials=len(corpus.trained),
        held_out=len(corpus.held_out),
        steps=learned.steps,
        curve=learned.curve,
        seconds=time.monotonic() - started,
        bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
    )


def _check_target(folder: Path) -> None:
    if folder.exists() and not (folder / TRAINING_FILE).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise UnusableTarget(f"{folder} holds something else than a trained encoder; name a new or an empty folder")


@contextmanager
def _workshop_of(folder: Path) -> Iterator[Path]:
    """Where what becomes `folder` is made, under a lock; it stays only where a checkpoint is left to go on from."""
    workshop = folder.with_name(f".{folder.name}.training")
    with locked(workshop):
        try:
            yield workshop
        finally:
            if last_checkpoint(workshop / _CHECKPOINTS) is None:
                shutil.rmtree(workshop)


def _begun(workshop: Path) -> object:
    try:
        return json.loads((workshop / TRAINING_FILE).read_text())
    except (OSError, ValueError):
        return None


def _put(finished: Path, folder: Path) -> None:
    """Have `finished` be `folder`; an encoder that was there stays until the new one can take its place."""
    before = finished.with_name("before")
    shutil.rmtree(before, ignore_errors=True)
    if folder.exists():
        folder.replace(before)
    finished.replace(folder)
