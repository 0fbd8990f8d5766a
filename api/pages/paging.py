"""One page of a list, and the addresses of those before and after."""

import dataclasses
from dataclasses import dataclass

from api.pages.rendering import Here
from search.answer import Answer, answer
from search.engine import SearchEngine
from search.listing import MAX_K, MAX_OFFSET, Listing
from search.question import Question


@dataclass(frozen=True, slots=True)
class Page:
    """What is listed, and where the list goes on; None where it does not."""

    answer: Answer
    before: str | None
    after: str | None


def answer_page(engine: SearchEngine, question: Question, listing: Listing, here: Here) -> Page:
    """The page of `question` that `listing` names. Raises what SearchEngine.ask raises."""
    # One more than is shown tells whether there are more.
    found = answer(engine, question, dataclasses.replace(listing, k=min(listing.k + 1, MAX_K)))
    shown = found.model_copy(update={"hits": found.hits[: listing.k]})
    before, after = listing.offset - listing.k, listing.offset + listing.k
    goes_on = len(found.hits) > listing.k and after <= MAX_OFFSET
    return Page(
        answer=shown,
        before=here.with_(offset=max(before, 0) or None) if listing.offset else None,
        after=here.with_(offset=after) if goes_on else None,
    )
