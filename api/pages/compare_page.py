"""Two trials side by side, as a page."""

from fastapi import Request

from api.pages.rendering import page
from api.pages.wording import field_words, value_words
from search.engine import SearchEngine
from search.pair_answer import pair_answer


def compare_page(request: Request, engine: SearchEngine, first: str, second: str) -> str:
    """The page; raises what pair_answer raises."""
    pair = pair_answer(engine, first, second)
    silent = [
        field_words(field.field).lower()
        for field in pair.fields
        if not value_words(field.field, field.first) and not value_words(field.field, field.second)
    ]
    return page("compare.html", request, build=pair.build, pair=pair, silent=silent)
