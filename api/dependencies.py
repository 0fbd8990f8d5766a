"""What routes are handed: the engine, and what holds it."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from api.engine_slot import EngineSlot
from search.engine import SearchEngine


async def slot_of(request: Request) -> EngineSlot:
    """What holds the engine."""
    slot: EngineSlot = request.app.state.engine
    return slot


Slot = Annotated[EngineSlot, Depends(slot_of)]


async def engine_of(slot: Slot) -> SearchEngine:
    """The engine that answers, one for the whole of an answer. Raises NoIndex or CorruptBuild."""
    # In a thread only where a build may have to be opened: at overload a thread's turn is long in coming.
    settled = slot.settled()
    return settled if settled is not None else await run_in_threadpool(slot)


Engine = Annotated[SearchEngine, Depends(engine_of)]
