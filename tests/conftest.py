"""What many tests stand on: quiet builds with the hashing encoder, of the seeds or of a test's own records."""

import dataclasses
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from rich.console import Console

from indexer.build import BuildReport, rebuild_index
from indexer.sources.files import SEEDS, open_source
from search.artefact.reading import open_current
from search.bands import CALIBRATED_REVISION
from search.encoders.hashing import HashingEncoder
from search.engine import SearchEngine
from search.progress import Progress, progress_on
from tests.records import write_ndjson

# How long an example takes says how busy the machine is.
settings.register_profile("trialkin", deadline=None)
settings.load_profile("trialkin")

Build = Callable[[list[dict[str, Any]]], BuildReport]
BuildAt = Callable[[Path, list[dict[str, Any]]], BuildReport]


@pytest.fixture
def quiet() -> Progress:
    """Progress that nobody sees."""
    return progress_on(Console(file=io.StringIO()))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An index folder that is not there yet."""
    return tmp_path / "index"


@pytest.fixture(scope="session")
def build_at(tmp_path_factory: pytest.TempPathFactory) -> BuildAt:
    """Builds records into the index at a given folder."""

    def build_records(root: Path, records: list[dict[str, Any]]) -> BuildReport:
        file = write_ndjson(tmp_path_factory.mktemp("source") / "studies.ndjson", records)
        progress = progress_on(Console(file=io.StringIO()))
        return rebuild_index(open_source(str(file)), root=root, encoder=HashingEncoder(), progress=progress)

    return build_records


@pytest.fixture
def build(root: Path, build_at: BuildAt) -> Build:
    """Builds records into the index at `root`."""
    return lambda records: build_at(root, records)


@pytest.fixture(scope="session")
def seeds_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the seeds by the hashing encoder; read-only by agreement."""
    root = tmp_path_factory.mktemp("seeds") / "index"
    progress = progress_on(Console(file=io.StringIO()))
    rebuild_index(open_source(SEEDS), root=root, encoder=HashingEncoder(), progress=progress)
    return root


@pytest.fixture(scope="session")
def seeds_engine(seeds_root: Path) -> SearchEngine:
    """The engine on `seeds_root`."""
    return SearchEngine.open(seeds_root)


@pytest.fixture
def calibrated_engine(seeds_root: Path) -> SearchEngine:
    """The engine on `seeds_root`, as though bands had been measured with its encoder."""
    artefact = open_current(seeds_root)
    identity = artefact.manifest.encoder.model_copy(update={"revision": CALIBRATED_REVISION})
    manifest = artefact.manifest.model_copy(update={"encoder": identity})
    return SearchEngine(dataclasses.replace(artefact, manifest=manifest))
