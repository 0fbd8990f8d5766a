"""The indexes that relevance is measured on, built from the records where they are not there yet."""

import sqlite3
from pathlib import Path

from rich.console import Console

from benchmarks.quality.labels import corpus_ids, write_records
from indexer.build import CACHE_FOLDER, rebuild_index
from indexer.sources.files import open_source
from search.artefact.lifecycle import prune
from search.encoders.catalogue import open_encoder
from search.progress import progress_on

CONSOLE = Console(stderr=True, highlight=False)


def corpus_index(data: Path, corpus: str, work: Path, encoder: str, *, rebuild: bool) -> Path:
    """The index below `work` of a corpus that labels.corpus_ids knows; anew with `rebuild`."""
    work.mkdir(parents=True, exist_ok=True)
    records = work / f"{corpus}.ndjson"
    if not records.exists():
        CONSOLE.print(f"{corpus}: picking its trials out of the records")
        write_records(data, corpus_ids(data, corpus), records)
    return built_index(corpus, str(records), work, encoder, rebuild=rebuild)


def built_index(name: str, source: str, work: Path, encoder: str, *, rebuild: bool) -> Path:
    """The index `name` of the records in `source`; all below `work` share one folder of embeddings."""
    root = work / name
    shared = (work / CACHE_FOLDER).resolve()
    shared.mkdir(parents=True, exist_ok=True)
    root.mkdir(exist_ok=True)
    if not (root / CACHE_FOLDER).exists():
        (root / CACHE_FOLDER).symlink_to(shared, target_is_directory=True)
    if rebuild or not (root / "CURRENT").exists():
        CONSOLE.print(f"{name}: building the index")
        rebuild_index(open_source(source), root=root, encoder=open_encoder(encoder), progress=progress_on(CONSOLE))
        prune(root, keep=1)
    return root


def copy_embeddings(source: Path, work: Path) -> None:
    """Put the embeddings of the folder `source` where the indexes below `work` look; even while they are written to."""
    target = work / CACHE_FOLDER
    target.mkdir(parents=True, exist_ok=True)
    for path in source.glob("*.sqlite"):
        if not (target / path.name).exists():
            CONSOLE.print(f"copying {path}")
            unfinished = target / f"{path.name}.unfinished"
            with sqlite3.connect(path) as there, sqlite3.connect(unfinished) as here:
                there.backup(here)
            unfinished.replace(target / path.name)
