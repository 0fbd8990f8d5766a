"""An API that answers what a test wants, and its answers."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route


def fake_api(answer, status=200):
    """An API that gives one answer, and the addresses it was asked for."""
    asked = []

    def similar(request):
        asked.append(request.url)
        return JSONResponse(answer, status_code=status)

    middleware = [Middleware(CORSMiddleware, allow_origins=["*"])]
    return Starlette(routes=[Route("/similar/{trial_id:path}", similar)], middleware=middleware), asked


def hit(rank, title, url="https://registry.example/1", **more):
    return {
        "rank": rank, "score": 0.5, "id": f"NCT{rank:08}", "nct_id": f"NCT{rank:08}", "title": title,
        "status": "RECRUITING", "phases": [], "url": url, "band": None, "parts": {"words": 0.5}, "reasons": [], **more,
    }  # fmt: skip


def answer_of(hits):
    return {"query": {"title": "asked"}, "build": {"trials": 1, "data_date": "2026-02-06"}, "hits": hits, "note": None}
