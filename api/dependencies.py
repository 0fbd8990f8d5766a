"""What routes are handed: the engine, and what holds it."""

from typing import Annotated

from fastapi import Depends, Request

from api.engine_slot import EngineSlot
from search.engine import SearchEngine


def slot_of(request: Request) -> EngineSlot:
    """What holds the engine."""
    slot: EngineSlot = request.app.state.engine
    return slot


Slot = Annotated[EngineSlot, Depends(slot_of)]


def engine_of(slot: Slot) -> SearchEngine:
    """The engine that answers, one for the whole of an answer. Raises NoIndex or CorruptBuild."""
    return slot()


Engine = Annotated[SearchEngine, Depends(engine_of)]
