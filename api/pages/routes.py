"""The pages and what each shows."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from api.computed import ComputedRoute
from api.dependencies import Engine
from api.pages.compare_page import compare_page
from api.pages.parameters import PageParameters, SearchPageParameters, TrialPageParameters, WidgetPageParameters
from api.pages.route import PageRoute, kept
from api.pages.search_page import search_page
from api.pages.trial_page import trial_page
from api.pages.widget_page import registry_page, widget_page
from api.parameters import NctId

READ = [Depends(kept)]
# At these paths a program gets data.
router = APIRouter(route_class=PageRoute, default_response_class=HTMLResponse, include_in_schema=False)
# At these there is nothing but a page.
pages_alone = APIRouter(route_class=ComputedRoute, default_response_class=HTMLResponse, include_in_schema=False)


@pages_alone.get("/", dependencies=READ)
@router.get("/search", dependencies=READ)
def home(request: Request, parameters: Annotated[SearchPageParameters, Query()], engine: Engine) -> str:
    """Search, and what it found."""
    return search_page(request, engine, parameters)


@router.get("/trials/{trial_id}", dependencies=READ)
@router.get("/similar/{trial_id}", dependencies=READ)
def trial(
    request: Request, trial_id: NctId, parameters: Annotated[TrialPageParameters, Query()], engine: Engine
) -> str:
    """One trial and those related to it."""
    return trial_page(request, engine, trial_id, parameters)


@router.get("/compare/{trial_id}/{other_id}", dependencies=READ)
def compare(
    request: Request,
    trial_id: NctId,
    other_id: NctId,
    _: Annotated[PageParameters, Query()],
    engine: Engine,
) -> str:
    """Two trials side by side."""
    return compare_page(request, engine, trial_id, other_id)


@pages_alone.get("/widget", dependencies=READ)
def widget(request: Request, parameters: Annotated[WidgetPageParameters, Query()], engine: Engine) -> str:
    """The widget to try, and the lines that embed it."""
    return widget_page(request, engine, parameters)


@pages_alone.get("/widget/page", dependencies=READ)
def plain_page(request: Request, parameters: Annotated[WidgetPageParameters, Query()], engine: Engine) -> str:
    """A registry's page with the widget in it."""
    return registry_page(request, engine, parameters)
