"""What an operator can set."""

from dataclasses import dataclass
from pathlib import Path

from search.artefact.layout import DEFAULT_ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The server's settings."""

    index: Path = DEFAULT_ROOT
    """Folder of the index, whose live build is served and followed."""
