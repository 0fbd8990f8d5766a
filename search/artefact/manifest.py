"""What a build says of itself."""

import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from search.errors import CorruptBuild
from search.indexes.base import Calibration

FORMAT_VERSION = 4
READABLE_FORMATS = (1, 2, 3, 4)
"""Format 1 called a trial's id `nct_id` and lacked some columns of the trials; up to 2 every index was flat; 3 had
vectors in half precision beside an index with lists, where there now are bytes."""
MANIFEST_FILE = "manifest.json"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EncoderIdentity(_Part):
    """Which encoder made the vectors; a query must be encoded by the same."""

    spec: str
    revision: str
    dim: int


class SourceIdentity(_Part):
    """Where the records came from, and the newest update date found in them."""

    name: str
    data_date: str | None


class Counts(_Part):
    """How much the build holds, and how many records were left out, by reason."""

    trials: int
    terms: int = Field(description="Distinct condition and intervention strings.")
    skipped: dict[str, int]


class FileDigest(_Part):
    """One file of the build."""

    bytes: int
    sha256: str


class Manifest(_Part):
    """The table of contents of one build, written last."""

    format_version: int
    build_id: str
    created_at: datetime.datetime
    encoder: EncoderIdentity
    passage_version: int
    index: str = Field(description="Name of the vector index, as search.indexes.catalogue knows it.")
    calibration: Calibration | None = Field(None, description="Of the index; None where it is exact.")
    source: SourceIdentity
    counts: Counts
    maker: str = Field("", description="Of which code the build is; only the very same takes over trials from it.")
    taken_over: int = Field(0, description="Trials that were taken over from the build before.")
    files: dict[str, FileDigest]


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the build in `folder`. Raises CorruptBuild where there is none that this version can read."""
    path = folder / MANIFEST_FILE
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise CorruptBuild(f"cannot read {path}: {error.strerror}; {WAY_OUT}") from error
    except ValidationError as error:
        raise CorruptBuild(f"{path} is not a manifest this version understands; {WAY_OUT}") from error
    if manifest.format_version not in READABLE_FORMATS:
        raise CorruptBuild(
            f"{folder} has format {manifest.format_version}, this version reads up to {FORMAT_VERSION}; {WAY_OUT}"
        )
    return manifest


def check_files(folder: Path, manifest: Manifest) -> None:
    """Raise CorruptBuild, naming the file, where one of the build is missing or not of its size."""
    for name, digest in manifest.files.items():
        path = folder / name
        found = path.stat().st_size if path.is_file() else None
        if found != digest.bytes:
            state = "is missing" if found is None else f"has {found} bytes, not {digest.bytes}"
            raise CorruptBuild(f"{path} {state}; {WAY_OUT}")


WAY_OUT = "go back with: trialkin rollback, or build again with: trialkin rebuild-index"
