"""The search page: a question, what was understood of it, and what was found."""

from fastapi import Request

from api.pages.filter_choices import filter_choices
from api.pages.offer import offer_of
from api.pages.paging import answer_page
from api.pages.parameters import SearchPageParameters
from api.pages.rendering import Here, page
from search.answer import build_info
from search.engine import SearchEngine
from search.passage import Facet
from search.question import Question

EXAMPLES = 8


def search_page(request: Request, engine: SearchEngine, asked: SearchPageParameters) -> str:
    """The page; raises what the engine raises of a question that cannot be asked."""
    if not asked.q:
        return page(
            "home.html",
            request,
            build=build_info(engine.manifest),
            examples=engine.suggestions.frequent(Facet.CONDITION, EXAMPLES),
            q="",
        )
    here = Here(request)
    shown = answer_page(engine, Question(text=asked.q), asked.listing(), here)
    return page(
        "results.html",
        request,
        build=shown.answer.build,
        shown=shown,
        answer=shown.answer,
        groups=filter_choices(asked.filters(), shown.answer.counts),
        offer=offer_of(shown.answer.recognised, here, asked.q),
        data_link=here.data("/search", collapse=asked.collapse),
        q=asked.q,
    )
