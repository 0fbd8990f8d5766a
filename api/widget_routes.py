"""The embed widget: one module at an address that moves with the releases, and at one that never changes."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, Response

router = APIRouter(prefix="/widget", include_in_schema=False)

FOLDER = Path(__file__).with_name("widget")
MOVING = "related-trials.js"
VERSIONED = f"related-trials-{version('trialkin')}.js"
SHORT = "public, max-age=300, stale-while-revalidate=86400"
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class WidgetFile:
    """A file as it is sent."""

    content: bytes
    media_type: str

    @property
    def integrity(self) -> str:
        """The hash that a script's integrity attribute holds (Subresource Integrity)."""
        return f"sha384-{base64.b64encode(hashlib.sha384(self.content).digest()).decode()}"


@cache
def widget_files() -> dict[str, WidgetFile]:
    """All that the widget consists of, by the path under /widget/ at which it moves."""
    media_types = {".js": "text/javascript; charset=utf-8", ".json": "application/json; charset=utf-8"}
    return {
        path.relative_to(FOLDER).as_posix(): WidgetFile(path.read_bytes(), media_types[path.suffix])
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in media_types
    }


LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "ja": "日本語",
    "zh": "中文",
}
"""What the widget speaks, each by its own name."""


@router.get("/integrity.json")
def integrity(request: Request) -> JSONResponse:
    """Where the module of this version is, and the hash that pins it."""
    here = request.url.path.rpartition("/")[0]
    return JSONResponse(
        {
            "version": version("trialkin"),
            "path": f"{here}/{VERSIONED}",
            "integrity": widget_files()[MOVING].integrity,
        },
        headers={"Cache-Control": SHORT},
    )


@router.get("/{path:path}")
def widget_file(path: str, request: Request) -> Response:
    """One of the widget's files."""
    file = widget_files().get(MOVING if path == VERSIONED else path)
    if file is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"no such file; this version's are {MOVING} and {VERSIONED}")
    etag = f'"{hashlib.sha256(file.content).hexdigest()[:32]}"'
    headers = {
        "Cache-Control": FOR_EVER if path == VERSIONED else SHORT,
        "ETag": etag,
        # A page that isolates itself loads only what allows it.
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)
