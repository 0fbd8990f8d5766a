"""The API on the seeds."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from search.engine import SearchEngine


@pytest.fixture(scope="session")
def app(seeds_engine: SearchEngine, seeds_root: Path) -> FastAPI:
    """The API on the seeds."""
    return create_app(seeds_engine, Settings(index=seeds_root))


@pytest.fixture(scope="session")
def client(app: FastAPI) -> TestClient:
    """Asks the API on the seeds; a fault of the server is answered, as over the wire."""
    return TestClient(app, raise_server_exceptions=False)
