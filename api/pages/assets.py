"""The style sheet, the scripts and the icon of the pages, at addresses that change with their content."""

import hashlib
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

router = APIRouter(prefix="/assets", include_in_schema=False)

FOLDER = Path(__file__).with_name("assets")
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent, and the name that it is sent under."""

    name: str
    content: bytes
    media_type: str


@cache
def assets() -> dict[str, Asset]:
    """Every asset by its own name: pages.css -> pages.1a2b3c4d5e.css."""
    found = {}
    for path in sorted(FOLDER.iterdir()):
        content = path.read_bytes()
        mark = hashlib.sha256(content).hexdigest()[:10]
        found[path.name] = Asset(f"{path.stem}.{mark}{path.suffix}", content, MEDIA_TYPES[path.suffix])
    return found


@router.get("/{name}")
def asset(name: str) -> Response:
    """One of the pages' files."""
    found = {each.name: each for each in assets().values()}.get(name)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "no such file in this version")
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": FOR_EVER})
