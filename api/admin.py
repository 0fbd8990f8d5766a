"""What the operator alone may ask, by a key."""

import hmac
from http import HTTPStatus

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from api.dependencies import Slot
from api.freshness import NEVER_STORED, never_stored
from api.health import Ready, Stale
from api.metrics import MEDIA_TYPE

router = APIRouter(include_in_schema=False)

SCHEME = "Bearer"


def _keyed(request: Request) -> None:
    """Whoever asks has the key. Raises HTTPException: 404 where there is none, 401 for another."""
    key = request.app.state.settings.admin_key
    if key is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    # Bytes: compare_digest takes no text outside ASCII.
    is_key = hmac.compare_digest(shown.strip().encode(), key.get_secret_value().encode())
    if scheme.lower() != SCHEME.lower() or not is_key:
        raise HTTPException(
            HTTPStatus.UNAUTHORIZED, "send the key: Authorization: Bearer …", {"WWW-Authenticate": SCHEME}
        )


def _may_read_metrics(request: Request) -> None:
    who = request.app.state.settings.metrics
    if who == "off":
        raise HTTPException(HTTPStatus.NOT_FOUND)
    if who == "key":
        _keyed(request)


@router.post("/admin/reload", dependencies=[Depends(_keyed), Depends(never_stored)])
def reload(slot: Slot) -> Ready:
    """Look at the live build now, also where it was refused before. Raises NoIndex, CorruptBuild."""
    slot.reload()
    engine = slot()
    return Ready(build_id=engine.manifest.build_id, stale=Stale.model_validate(slot.refused) if slot.refused else None)


@router.get("/metrics", dependencies=[Depends(_may_read_metrics)])
def metrics(request: Request, slot: Slot) -> Response:
    """Counts and times for Prometheus."""
    state = request.app.state
    return Response(state.metrics.exposition(slot, state.admission), media_type=MEDIA_TYPE, headers=NEVER_STORED)
