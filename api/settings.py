"""What an operator can set."""

from dataclasses import dataclass
from pathlib import Path

from search.artefact.layout import DEFAULT_ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The server's settings."""

    index: Path = DEFAULT_ROOT
    """Folder of the index, whose live build is served and followed."""

    max_age: int = 60
    """Seconds for which an answer may be kept without asking again: a new build shows after this long at most."""

    stale_while_revalidate: int = 3600
    """Seconds beyond `max_age` for which a cache may answer from what it has while it asks again."""

    cors_origins: tuple[str, ...] = ("*",)
    """Origins such as https://example.org whose pages may read the answers; * is all, none is nobody."""
