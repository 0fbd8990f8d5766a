"""The application."""

from importlib.metadata import version

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import RedirectResponse
from fastapi_offline import FastAPIOffline
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.gzip import GZipMiddleware

from api import freshness, problems
from api.coded_tags import CodedTags
from api.cors import Cors
from api.engine_slot import EngineSlot
from api.head import Head
from api.logs import RequestLog
from api.observation import Observed, Observer, RouteNamed
from api.request_id import RequestId
from api.routes import router
from api.security import SecurityHeaders
from api.settings import Settings
from api.widget_routes import router as widget
from search.engine import SearchEngine

VERSION_PREFIX = "/v1"
"""Of every route's versioned form, whose answers only ever gain fields."""
GZIP_LEVEL = 5
"""Of 9: beyond it an answer gets hardly smaller, and takes longer."""

LISTED = ("HitItem", "TrialDetail")
"""Schemas of which a client may ask for some fields only."""
DESCRIPTION = """Similarity is computed from registered text; it is not medical advice.

Every route is under `/v1` too: there an answer may gain fields, and loses or changes none. Every route that answers GET
answers HEAD and OPTIONS. Answers carry an `ETag` (send it back in `If-None-Match`, and the answer is 304 where nothing
has changed) and an `X-Request-ID`, yours where you send one. Errors are `application/problem+json`.
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
    )
    app.state.engine = EngineSlot(engine, settings)
    app.state.settings = settings
    observers: list[Observer] = [RequestLog(queries=settings.log_queries)] if settings.log_requests else []
    app.include_router(router)
    # The same routes again; the schema tells of both forms by its servers.
    app.include_router(router, prefix=VERSION_PREFIX, include_in_schema=False)
    app.include_router(widget)
    problems.install(app)
    freshness.install(app)
    # From the inside out: each is around those above it. A fault is answered within, or it would lack their headers.
    app.add_middleware(RouteNamed)
    app.add_middleware(ServerErrorMiddleware, handler=problems.unforeseen)
    app.add_middleware(GZipMiddleware, compresslevel=GZIP_LEVEL)
    app.add_middleware(CodedTags)
    app.add_middleware(Cors, origins=settings.cors_origins)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestId)
    app.add_middleware(Head)
    app.add_middleware(Observed, observers=observers, build_id=lambda: app.state.engine.build_id)

    @app.get("/", include_in_schema=False)
    def home() -> RedirectResponse:
        return RedirectResponse("/docs")

    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _openapi(app: FastAPI) -> dict[str, object]:
    """The schema, with Problem in it: no route returns one by type."""
    if not app.openapi_schema:
        app.openapi_schema = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            servers=app.servers,
        )
        schemas = app.openapi_schema["components"]["schemas"]
        schemas["Problem"] = problems.Problem.model_json_schema()
        for row in LISTED:
            del schemas[row]["required"]  # `fields` leaves some out
    return app.openapi_schema
