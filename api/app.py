"""The application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

import anyio.to_thread
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.errors import ServerErrorMiddleware
from starlette_compress import CompressMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api import admission, freshness, problems
from api.admin import router as admin
from api.admission import Admission
from api.answer_cache import AnswerCache
from api.coded_tags import CodedTags
from api.cors import Cors
from api.encoded_slashes import EncodedSlashes
from api.engine_slot import EngineSlot
from api.form import VERSION_PREFIX
from api.head import Head
from api.input_limits import InputLimits
from api.logs import RequestLog
from api.metrics import Metrics
from api.observation import Observed, Observer, RouteNamed
from api.openapi import schema_of
from api.pages.assets import router as assets
from api.pages.routes import pages_alone
from api.pages.routes import router as pages
from api.question_routes import router as questions
from api.rate_limits import RateLimiter, RateLimits
from api.request_id import RequestId
from api.routes import probes, router
from api.security import SecurityHeaders
from api.settings import Settings
from api.suggest import router as suggest
from api.tracing import tracing
from api.widget_routes import router as widget
from search.engine import SearchEngine

UNTRACED = {"tracing": False, "metrics": False, "logs": False}
"""Newer FastAPI traces by itself where OpenTelemetry is set up, and puts the query into its spans."""
SPARE_THREADS = 16
"""Beside those that compute: for probes, for what is known already, for opening a build."""
GZIP_LEVEL, ZSTD_LEVEL = 5, 3
"""Of 9 and of 22: beyond them an answer gets hardly smaller, and takes longer."""

DESCRIPTION = """Similarity is computed from registered text; it is not medical advice.

Every route is under `/v1` too: there an answer may gain fields, and loses or changes none. Every route that answers GET
answers HEAD and OPTIONS. Answers carry an `ETag` (send it back in `If-None-Match`, and the answer is 304 where nothing
has changed) and an `X-Request-ID`, yours where you send one.

Errors are `application/problem+json`. Where you ask too often (429), or the server is asked too much (503), come back
after `Retry-After` seconds.
"""
SERVERS = [
    {"url": "/", "description": "The newest version."},
    {"url": VERSION_PREFIX, "description": "Version 1, whatever comes after it."},
]


def create_app(engine: SearchEngine | None, settings: Settings) -> FastAPI:
    """The service on `engine` and no other; without one, on whichever build is live at `settings.index`."""
    # FastAPI's own /docs loads its scripts from a content network; this one carries them.
    app = FastAPIOffline(
        redoc_url=None,
        title="Trialkin",
        version=version("trialkin"),
        summary="Finds the clinical trials most like a given one, and says why.",
        description=DESCRIPTION,
        servers=SERVERS,
        lifespan=_with_threads,
        telemetry=UNTRACED,
        generate_unique_id_function=lambda route: route.name,  # what clients made of the schema call it
    )
    app.state.settings, app.state.metrics, app.state.admission = settings, Metrics(), Admission(settings)
    app.state.engine = EngineSlot(engine, settings, encoded=app.state.metrics.encoded, ranked=app.state.metrics.ranked)
    app.include_router(pages)  # first: it passes over who wants data
    for routes in (questions, router, suggest, probes):
        app.include_router(routes)
        # The same routes again; the schema tells of both forms by its servers.
        app.include_router(routes, prefix=VERSION_PREFIX, include_in_schema=False)
    app.include_router(pages_alone)
    app.include_router(assets)
    app.include_router(widget)
    app.include_router(admin)
    for part in (problems, freshness, admission):
        part.install(app)
    _wrap(app, settings)

    app.openapi = lambda: schema_of(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _with_threads(app: FastAPI) -> AsyncIterator[None]:
    """Room for all that is computed at once, and for the rest, so that neither waits for the other."""
    anyio.to_thread.current_default_thread_limiter().total_tokens = app.state.settings.concurrency + SPARE_THREADS
    yield


def _wrap(app: FastAPI, settings: Settings) -> None:
    """What stands around the routes, from the inside out. A fault is answered within, or it would lack the headers."""
    observers: list[Observer] = [app.state.metrics]
    if settings.log_requests:
        observers.append(RequestLog(queries=settings.log_queries))
    if settings.tracing:
        observers.append(tracing())
    app.add_middleware(RouteNamed)
    app.add_middleware(ServerErrorMiddleware, handler=problems.unforeseen)
    app.add_middleware(CompressMiddleware, brotli=False, gzip_level=GZIP_LEVEL, zstd_level=ZSTD_LEVEL)
    app.add_middleware(AnswerCache, mib=settings.cache_mib, build_id=lambda: app.state.engine.settled_build_id())
    app.add_middleware(CodedTags)
    app.add_middleware(InputLimits, settings=settings)
    if settings.rate_limit:
        app.add_middleware(RateLimits, limiter=RateLimiter(settings.rate_limit, settings.rate_limit_storage))
    app.add_middleware(Cors, origins=settings.cors_origins)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestId)
    app.add_middleware(Head)
    app.add_middleware(EncodedSlashes)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))
    app.add_middleware(Observed, observers=observers, build_id=lambda: app.state.engine.build_id)
