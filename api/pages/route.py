"""Routes that exist for browsers alone."""

from fastapi import Request, Response
from starlette.routing import Match
from starlette.types import Scope

from api import freshness
from api.computed import ComputedRoute
from api.dependencies import Engine
from api.form import wants_page
from api.pages.rendering import fingerprint


class PageRoute(ComputedRoute):
    """Is passed over where the client wants data: then the route of the API at the same path answers."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As Starlette calls it."""
        if scope["type"] == "http" and not wants_page(scope):
            return Match.NONE, {}
        return super().matches(scope)


def kept(request: Request, response: Response, engine: Engine) -> None:
    """As for the API's answers; a page has a tag of its own, and names its own host in places."""
    freshness.keep(request, response, engine.manifest.build_id, f"page {fingerprint()} {request.base_url}")
