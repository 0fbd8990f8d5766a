"""How long an answer may be kept, and whether the one that a client has is still the right one."""

import hashlib
import re
from importlib.metadata import version

from fastapi import FastAPI, Request, Response

from api.dependencies import Engine
from api.form import Form, wanted_form

VERSION = version("trialkin")  # read from a file, so once
NEVER_STORED = {"Cache-Control": "no-store"}
_TAG = re.compile(r'(?:W/)?("[^"]*")')


class NotModified(Exception):
    """The client has this answer already."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.headers = headers


class Kept:
    """Says in which form an answer is sent, and how long it may be kept; spares the engine where the client has it.

    An answer depends on the build, on the version, on what is asked and on the form, so its tag is known before it is
    computed.
    """

    def __init__(self, *offered: Form) -> None:
        self._offered = offered or (Form.JSON,)

    async def __call__(self, request: Request, response: Response, engine: Engine) -> Form:
        """The form that is wanted. Raises NotModified, and HTTPException 406."""
        form = wanted_form(request, self._offered)
        keep(request, response, engine.manifest.build_id, form)
        return form


class Unkept:
    """Says in which form an answer is sent that no cache keeps: what was asked is in a body."""

    def __init__(self, *offered: Form) -> None:
        self._offered = offered

    async def __call__(self, request: Request, response: Response) -> Form:
        """The form that is wanted. Raises HTTPException 406."""
        form = wanted_form(request, self._offered)
        response.headers.update({**NEVER_STORED, "Vary": "Accept"})
        return form


def keep(request: Request, response: Response, build_id: str, form: str) -> None:
    """Says of an answer in a given form how long it may be kept. Raises NotModified where the client has it."""
    settings = request.app.state.settings
    tag = _entity_tag(build_id, request, form)
    headers = {
        "ETag": tag,
        "Cache-Control": (
            f"public, max-age={settings.max_age}, stale-while-revalidate={settings.stale_while_revalidate}"
        ),
        "Vary": "Accept",
    }
    # `*` asks whether there is any answer at all, which only answering tells.
    if tag in _TAG.findall(request.headers.get("if-none-match", "")):
        raise NotModified(headers)
    response.headers.update(headers)


async def never_stored(response: Response) -> None:
    """Says of a route's answer that it is true now and no longer."""
    response.headers.update(NEVER_STORED)


def install(app: FastAPI) -> None:
    """Answer 304 where the client has the answer."""

    @app.exception_handler(NotModified)
    def not_modified(request: Request, known: NotModified) -> Response:  # noqa: ARG001 - all is in `known`
        return Response(status_code=304, headers=known.headers)


def _entity_tag(build_id: str, request: Request, form: str) -> str:
    """The tag of what `request` asks of that build; in which order its parameters stand does not matter."""
    # By name alone: values of one name are echoed in the order they were given.
    parameters = sorted(request.query_params.multi_items(), key=lambda parameter: parameter[0])
    asked = repr((VERSION, build_id, request.url.path, parameters, str(form)))
    return f'"{hashlib.blake2b(asked.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()}"'
