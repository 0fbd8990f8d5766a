"""A small registry that speaks the ClinicalTrials.gov API v2 over real HTTP, with the real one's traps.

Page tokens belong to a data release; a full last page carries a token, and an empty page follows; what is wrong with a
request is said in plain text with 400, and one bad id fails a whole batch; an alias is answered with 301. A test says
what goes wrong at which request.
"""

import base64
import hashlib
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

Study = dict[str, Any]

# From https://clinicaltrials.gov/data-api/about-api/study-data-structure: section and module, then piece=field.
_STRUCTURE = """
protocolSection.identificationModule NCTId=nctId NCTIdAlias=nctIdAliases OrgStudyId=orgStudyIdInfo.id
protocolSection.identificationModule SecondaryId=secondaryIdInfos.id BriefTitle=briefTitle Acronym=acronym
protocolSection.identificationModule OfficialTitle=officialTitle
protocolSection.statusModule OverallStatus=overallStatus StartDate=startDateStruct.date
protocolSection.statusModule CompletionDate=completionDateStruct.date LastUpdatePostDate=lastUpdatePostDateStruct.date
protocolSection.statusModule StudyFirstPostDate=studyFirstPostDateStruct.date
protocolSection.sponsorCollaboratorsModule LeadSponsorName=leadSponsor.name LeadSponsorClass=leadSponsor.class
protocolSection.descriptionModule BriefSummary=briefSummary DetailedDescription=detailedDescription
protocolSection.conditionsModule Condition=conditions Keyword=keywords
protocolSection.designModule StudyType=studyType Phase=phases EnrollmentCount=enrollmentInfo.count
protocolSection.designModule DesignAllocation=designInfo.allocation DesignPrimaryPurpose=designInfo.primaryPurpose
protocolSection.designModule DesignInterventionModel=designInfo.interventionModel
protocolSection.designModule DesignMasking=designInfo.maskingInfo.masking
protocolSection.armsInterventionsModule InterventionType=interventions.type InterventionName=interventions.name
protocolSection.armsInterventionsModule InterventionOtherName=interventions.otherNames
protocolSection.eligibilityModule Sex=sex MinimumAge=minimumAge MaximumAge=maximumAge
protocolSection.contactsLocationsModule LocationCountry=locations.country CentralContactName=centralContacts.name
derivedSection.conditionBrowseModule ConditionMeshId=meshes.id ConditionMeshTerm=meshes.term
derivedSection.conditionBrowseModule ConditionAncestorId=ancestors.id ConditionAncestorTerm=ancestors.term
derivedSection.interventionBrowseModule InterventionMeshId=meshes.id InterventionMeshTerm=meshes.term
derivedSection.interventionBrowseModule InterventionAncestorId=ancestors.id InterventionAncestorTerm=ancestors.term
"""
PIECES = {
    piece: f"{line.split()[0]}.{path}"
    for line in _STRUCTURE.strip().splitlines()
    for piece, path in (pair.split("=") for pair in line.split()[1:])
} | {"HasResults": "hasResults"}
PARAMETERS = {
    "format", "fields", "pageSize", "pageToken", "countTotal", "filter.ids", "filter.advanced",
    "query.cond", "query.term",
}  # fmt: skip
ID = re.compile(r"[Nn][Cc][Tt]0*[1-9]\d{0,7}")
SINCE = re.compile(r"AREA\[LastUpdatePostDate\]RANGE\[(\d{4}-\d\d-\d\d),MAX\]")


@dataclass
class Asked:
    """One request."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]

    @property
    def token(self) -> str | None:
        return self.parameters.get("pageToken")


class BadRequest(Exception):
    """Answered with 400 and this text."""


@dataclass
class RegistryDouble:
    """Holds `studies` as of `timestamp`."""

    studies: dict[str, Study] = field(default_factory=dict)
    timestamp: str = "2026-11-20T09:00:05"
    largest_page: int = 1_000
    sends_all_fields: bool = False
    """Whatever is asked for, contacts included."""
    serves_stale_tokens: bool = False
    """Go on at the same place of the new release, instead of refusing."""
    instead: dict[int, ASGIApp] = field(default_factory=dict)
    """Number of a request, from 1 -> what is answered instead."""
    before: dict[int, Callable[[], object]] = field(default_factory=dict)
    """Number of a request -> what happens before it is answered."""
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def __post_init__(self) -> None:
        routes = [
            Route("/version", self._version),
            Route("/studies", self._list),
            Route("/studies/{nct_id}", self._one),
        ]
        self._routes = Starlette(
            routes=[Mount("/api/v2", routes=routes)], exception_handlers={BadRequest: _bad_request}
        )

    def release(self, timestamp: str, *studies: Study) -> None:
        """Publish `studies` in place of all there was."""
        self.timestamp = timestamp
        self.studies = {nct_id(study): study for study in studies}

    def pages(self) -> list[Asked]:
        """The requests for studies."""
        return [asked for asked in self.asked if not asked.path.endswith("/version")]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        self.asked.append(Asked(scope["path"], dict(request.query_params), dict(request.headers)))
        number = len(self.asked)
        if number in self.before:
            self.before[number]()
        await self.instead.get(number, self._routes)(scope, receive, send)

    async def _version(self, _: Request) -> Response:
        return JSONResponse({"apiVersion": "2.0.5", "dataTimestamp": self.timestamp})

    async def _one(self, request: Request) -> Response:
        asked = request.path_params["nct_id"]
        if not ID.fullmatch(asked):
            raise BadRequest(f"`nctId` parameter {asked} is not an NCT ID")
        real = self._canonical(asked)
        if real is None:
            return PlainTextResponse(f"NCT number {asked} not found", 404)
        if real != asked:
            return RedirectResponse(f"/api/v2/studies/{real}?{request.url.query}", 301)
        return JSONResponse(self._projected(self.studies[real], request.query_params.get("fields")))

    async def _list(self, request: Request) -> Response:
        given = dict(request.query_params)
        if unknown := set(given) - PARAMETERS:
            raise BadRequest(f"Unknown parameter: {', '.join(sorted(unknown))}")
        matching = self._matching(given)
        size = min(int(given.get("pageSize", 0)) or 10, self.largest_page)
        lasting = {name: given[name] for name in given if name not in ("countTotal", "pageSize", "pageToken")}
        start = self._place(given.get("pageToken"), lasting)
        page = matching[start : start + size]
        answer: dict[str, Any] = {"studies": [self._projected(study, given.get("fields")) for study in page]}
        if given.get("countTotal") == "true" and start == 0:
            answer["totalCount"] = len(matching)
        if len(page) == size:  # even if it was the last
            answer["nextPageToken"] = self._token(start + size, lasting)
        return JSONResponse(answer)

    def _matching(self, given: dict[str, str]) -> list[Study]:
        found = [self.studies[nct_id] for nct_id in sorted(self.studies)]
        for query in (given.get("query.cond"), given.get("query.term")):
            if query is not None and query.count("(") != query.count(")"):
                raise BadRequest(f"Syntax error in query: {query}")
        if condition := given.get("query.cond"):
            found = [
                study for study in found if condition.lower() in json.dumps(_at(study, PIECES["Condition"])).lower()
            ]
        if term := given.get("query.term"):
            found = [study for study in found if term.lower() in json.dumps(study).lower()]
        if "filter.ids" in given:
            ids = given["filter.ids"].split(",")
            if bad := [text for text in ids if not ID.fullmatch(text)]:
                raise BadRequest(f"`filter.ids` parameter contains invalid NCT ID: {bad[0]}")
            wanted = {self._canonical(text) for text in ids}
            found = [study for study in found if nct_id(study) in wanted]
        if "filter.advanced" in given:
            since = SINCE.fullmatch(given["filter.advanced"])
            if since is None:
                raise BadRequest("Syntax error in `filter.advanced`")
            found = [study for study in found if (_at(study, PIECES["LastUpdatePostDate"]) or "") >= since[1]]
        return found

    def _canonical(self, asked: str) -> str | None:
        if asked in self.studies:
            return asked
        aliases = {
            alias: nct_id for nct_id, study in self.studies.items() for alias in _at(study, PIECES["NCTIdAlias"]) or []
        }
        return aliases.get(asked)

    def _projected(self, study: Study, fields: str | None) -> Study:
        if fields is None or self.sends_all_fields:
            return study
        projected: Study = {}
        for piece in fields.split("|"):
            if piece not in PIECES:
                raise BadRequest(f"`fields` parameter contains unknown field: {piece}")
            _merge(projected, _only(study, PIECES[piece].split(".")))
        return projected

    def _token(self, place: int, lasting: dict[str, str]) -> str:
        digest = hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()
        return base64.urlsafe_b64encode(json.dumps([self.timestamp, place, digest]).encode()).decode()

    def _place(self, token: str | None, lasting: dict[str, str]) -> int:
        if token is None:
            return 0
        try:
            timestamp, place, _ = json.loads(base64.urlsafe_b64decode(token))
        except ValueError as error:
            raise BadRequest("Invalid `pageToken`") from error
        if self.serves_stale_tokens and timestamp != self.timestamp:
            return int(place)
        if token != self._token(place, lasting):
            raise BadRequest("Invalid `pageToken`")
        return int(place)


def nct_id(study: Study) -> str:
    """The id of a study."""
    return str(study["protocolSection"]["identificationModule"]["nctId"])


def broken(status: int, text: str = "", **headers: str) -> ASGIApp:
    """A plain answer; header names with _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return PlainTextResponse(text, status, headers=named)


def answer(content: object) -> ASGIApp:
    """Any JSON."""
    return JSONResponse(content)


async def cut(_: Scope, __: Receive, send: Send) -> None:
    """A connection that ends in the middle of the body."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
    await send({"type": "http.response.body", "body": b'{"studies": [', "more_body": True})


async def stall(_: Scope, receive: Receive, send: Send) -> None:
    """A body that does not go on until the asking side gives up."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
    await send({"type": "http.response.body", "body": b'{"studies": [', "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        pass


async def drip(_: Scope, __: Receive, send: Send) -> None:
    """A body of many small portions."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _number in range(1_000):
        await send({"type": "http.response.body", "body": b" " * 8_192, "more_body": True})
    await send({"type": "http.response.body", "body": b"{}"})


async def _bad_request(_: Request, error: Exception) -> Response:
    return PlainTextResponse(str(error), 400)


def _at(value: Any, path: str) -> Any:
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _only(value: Any, path: list[str]) -> Any:
    """`value` with nothing in it but what is at `path`; None where that is not there."""
    if not path:
        return value
    if isinstance(value, list):
        return [_only(item, path) or {} for item in value]
    below = _only(value[path[0]], path[1:]) if isinstance(value, dict) and path[0] in value else None
    return None if below is None else {path[0]: below}


def _merge(into: Any, more: Any) -> Any:
    """Both objects in one; lists item by item."""
    if isinstance(into, dict) and isinstance(more, dict):
        for key, value in more.items():
            into[key] = _merge(into[key], value) if key in into else value
        return into
    if isinstance(into, list) and isinstance(more, list):
        return [_merge(left, right) for left, right in zip(into, more, strict=True)]
    return into if more is None else more


class Server:
    """Serves one registry after the other at one free port."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.registry = RegistryDouble()

    def serve(self) -> RegistryDouble:
        """A fresh registry, served from now on."""
        self.registry = RegistryDouble(url=self._url)
        return self.registry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.registry(scope, receive, send)


@contextmanager
def running() -> Iterator[Server]:
    """A server in a thread."""
    with socket.socket(
        socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
    ) as listening:  # so that TCP_NODELAY is set
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        server = Server(f"http://127.0.0.1:{listening.getsockname()[1]}/api/v2")
        uvicorn_server = uvicorn.Server(uvicorn.Config(server, log_level="critical", lifespan="off", date_header=False))
        thread = threading.Thread(target=uvicorn_server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield server
        finally:
            uvicorn_server.should_exit = True
            thread.join()
