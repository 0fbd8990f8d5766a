"""A registry to harvest from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from search.progress import Progress
from tests.indexer.harvest_world import World
from tests.indexer.registry_double import RegistryDouble, Server, running


@pytest.fixture(scope="session")
def registry_server() -> Iterator[Server]:
    """The one server that serves each test's registry."""
    with running() as server:
        yield server


@pytest.fixture
def double(registry_server: Server) -> RegistryDouble:
    """A registry with no studies yet."""
    return registry_server.serve()


@pytest.fixture
def world(double: RegistryDouble, tmp_path: Path, quiet: Progress) -> World:
    """A registry with no studies yet, and a store that holds none."""
    return World(double, tmp_path / "store", quiet)
