"""A registry to harvest from."""

from collections.abc import Iterator

import pytest

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
