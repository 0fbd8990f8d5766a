"""The build before, from which a new one takes over the trials that have not changed."""

import hashlib
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from indexer.sources.base import DIGEST_BYTES
from search.artefact.layout import TRIALS_FILE
from search.artefact.lifecycle import current_build
from search.artefact.manifest import FORMAT_VERSION
from search.artefact.reading import Artefact, open_build
from search.artefact.trial_table import open_trials
from search.encoders.base import Encoder
from search.errors import CorruptBuild, NoIndex


@dataclass(frozen=True, slots=True)
class Previous:
    """The live build, opened."""

    folder: Path
    artefact: Artefact
    trials: pa.Table
    digests: NDArray[np.uint8]
    """(n, DIGEST_BYTES) Of the record of each trial."""

    def rows_by_digest(self) -> dict[bytes, int]:
        """The row of each record that has a digest."""
        keys: list[bytes] = np.ascontiguousarray(self.digests).view(f"V{DIGEST_BYTES}").ravel().tolist()
        rows = dict(zip(keys, range(len(keys)), strict=True))
        rows.pop(bytes(DIGEST_BYTES), None)
        return rows

    def trial_ids(self) -> list[str]:
        """The id of each row."""
        ids: list[str] = self.trials["trial_id"].to_pylist()
        return ids

    def updates(self) -> list[str | None]:
        """The update date of each row."""
        dates: list[str | None] = self.trials["last_update_date"].to_pylist()
        return dates


def open_previous(root: Path, encoder: Encoder) -> Previous | None:
    """The live build at `root`, where a build by this very code with `encoder` can take over from it."""
    try:
        folder = current_build(root)
        artefact = open_build(folder)
    except (NoIndex, CorruptBuild):
        return None
    manifest = artefact.manifest
    made_by = (manifest.format_version, manifest.maker, manifest.encoder.revision)
    if artefact.digests is None or made_by != (FORMAT_VERSION, maker(), encoder.revision):
        return None
    return Previous(folder, artefact, open_trials(folder / TRIALS_FILE), artefact.digests)


@cache
def maker() -> str:
    """A fingerprint of the code that makes a build of records.

    Of all of it, so that no change of how a record is read or a word is stemmed can be forgotten.
    """
    seen = hashlib.sha256(f"{sys.version_info[:2]} {version('PyStemmer')}".encode())
    for room in ("search", "indexer"):
        folder = Path(str(files(room)))
        for path in sorted(folder.rglob("*.py")):
            seen.update(f"{room}/{path.relative_to(folder)}".encode())
            seen.update(path.read_bytes())
    return seen.hexdigest()[:16]
