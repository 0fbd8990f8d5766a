"""A typed client of the API: every answer as the value that the server made it from.

    with Client("http://127.0.0.1:8000") as trialkin:
        for hit in trialkin.similar("NCT06853522", k=5, status=["RECRUITING"]).hits:
            print(hit.score, hit.id, hit.title)

ClientError
├── NoAnswer       no answer at all, or one that is not of this API
└── Refused        the service answered with a problem, which the error carries
    ├── NotFound   no such trial in its index
    └── Busy       it is overloaded, restarting or limits how often one asks; asked again as it wished, in vain
"""

import datetime
import email.utils
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self, TypedDict, TypeVar, Unpack
from urllib.parse import quote

import httpx
import tenacity
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from api.batch import BatchAnswer
from api.health import Version
from api.problems import Problem
from api.suggest import SuggestAnswer
from search.answer import Answer, TrialDetail
from search.pair_answer import PairAnswer
from search.trials_answer import TrialsAnswer

TIMEOUT_S = 30.0
ATTEMPTS = 3
"""How often one question is asked where the service is busy and says when to come again."""
LONGEST_RETRY_AFTER_S = 60.0
"""Where it wishes for more patience than that, the error comes at once."""
_AGAIN = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)

Model = TypeVar("Model", bound=BaseModel)


class ClientError(Exception):
    """Base of what the client raises."""


class NoAnswer(ClientError):
    """The service cannot be reached, or what is there is not this API."""


class Refused(ClientError):
    """The service answered with a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.title}: {problem.detail}")
        self.problem = problem


class NotFound(Refused):
    """No such trial."""


class Busy(Refused):
    """Ask again later; `retry_after` is how many seconds later, where the service says so."""

    def __init__(self, problem: Problem, retry_after: float | None) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


class ListOptions(TypedDict, total=False):
    """How many trials, which of them, and in which order; each as the parameter of the API that it is named like."""

    k: int
    preset: str
    weights: Mapping[str, float]
    status: Sequence[str]
    phase: Sequence[str]
    study_type: Sequence[str]
    intervention_type: Sequence[str]
    country: Sequence[str]
    condition: str
    sponsor: str
    sponsor_class: Sequence[str]
    start_from: str | datetime.date
    start_to: str | datetime.date
    updated_from: str | datetime.date
    updated_to: str | datetime.date
    has_results: bool
    offset: int
    exclude: Sequence[str]
    as_of: str | datetime.date
    min_score: float
    min_band: str
    diversity: float
    collapse: str
    prefer: str


class Client:
    """Asks the service at `address`. Use it as a context manager; it may be shared between threads.

    Every method raises NoAnswer and Refused.
    """

    def __init__(
        self,
        address: str,
        *,
        timeout: float | httpx.Timeout = TIMEOUT_S,
        attempts: int = ATTEMPTS,
        headers: Mapping[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = httpx.Client(
            base_url=f"{address.rstrip('/')}/v1",
            timeout=timeout,
            headers={"Accept": "application/json", **(headers or {})},
        )
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_may_ask_again),
            stop=tenacity.stop_after_attempt(attempts),
            wait=_wished,
            sleep=sleep,
            reraise=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def similar(self, trial_id: str, **options: Unpack[ListOptions]) -> Answer:
        """The trials most like a given one, best first."""
        return self._get(Answer, f"/similar/{_segment(trial_id)}", options)

    def search(self, text: str, **options: Unpack[ListOptions]) -> Answer:
        """The trials that a text asks for, best first."""
        return self._get(Answer, "/search", {"q": text, **options})

    def ask(
        self,
        *,
        positives: Mapping[str, float] | Sequence[str] = (),
        negatives: Sequence[str] = (),
        text: str | None = None,
        **options: Unpack[ListOptions],
    ) -> Answer:
        """The trials like several (with their weights, where given), unlike others, and what a text asks for."""
        weighed = positives if isinstance(positives, Mapping) else dict.fromkeys(positives, 1.0)
        asked = [{"id": name, "weight": weight} for name, weight in weighed.items()]
        return self._post(Answer, "/similar", {"positives": asked, "negatives": negatives, "text": text, **options})

    def batch(self, trial_ids: Sequence[str], **options: Unpack[ListOptions]) -> BatchAnswer:
        """The trials most like each of several; one that is not there has a problem in place of an answer."""
        return self._post(BatchAnswer, "/similar/batch", {"ids": trial_ids, **options})

    def suggest(self, text: str, *, k: int = 8) -> SuggestAnswer:
        """Conditions, interventions and trials that `text`, as typed so far, may be the beginning of."""
        return self._get(SuggestAnswer, "/suggest", {"q": text, "k": k})

    def trial(self, trial_id: str) -> TrialDetail:
        """One trial."""
        return self._get(TrialDetail, f"/trials/{_segment(trial_id)}")

    def trials(self, trial_ids: Sequence[str]) -> TrialsAnswer:
        """Several trials by their ids, and which are not there."""
        return self._get(TrialsAnswer, "/trials", {"ids": list(trial_ids)})

    def compare(self, trial_id: str, other_id: str) -> PairAnswer:
        """Two trials side by side."""
        return self._get(PairAnswer, f"/compare/{_segment(trial_id)}/{_segment(other_id)}")

    def version(self) -> Version:
        """Which version answers, from which build."""
        return self._get(Version, "/version")

    def _get(self, model: type[Model], path: str, parameters: Mapping[str, Any] | None = None) -> Model:
        wanted = {name: _parameter(value) for name, value in (parameters or {}).items() if value is not None}
        return self._answered(model, self._http.build_request("GET", path, params=wanted))

    def _post(self, model: type[Model], path: str, body: Mapping[str, Any]) -> Model:
        content = to_json({name: value for name, value in body.items() if value is not None})
        headers = {"Content-Type": "application/json"}
        return self._answered(model, self._http.build_request("POST", path, content=content, headers=headers))

    def _answered(self, model: type[Model], request: httpx.Request) -> Model:
        answer: Model = self._retrying(self._asked, model, request)
        return answer

    def _asked(self, model: type[Model], request: httpx.Request) -> Model:
        try:
            response = self._http.send(request)
        except httpx.HTTPError as error:
            raise NoAnswer(f"{request.url.copy_with(query=None)} does not answer: {error}") from error
        try:
            if response.is_success:
                return model.model_validate_json(response.content)
            problem = Problem.model_validate_json(response.content)
        except ValidationError as error:
            raise NoAnswer(
                f"{request.url.copy_with(query=None)} answers {response.status_code}, and not as this version of the "
                "API does; check the address, and whether both sides are of one version"
            ) from error
        if problem.status == HTTPStatus.NOT_FOUND:
            raise NotFound(problem)
        if problem.status in _AGAIN:
            raise Busy(problem, _retry_after(response))
        raise Refused(problem)


def _may_ask_again(error: BaseException) -> bool:
    return isinstance(error, Busy) and error.retry_after is not None and error.retry_after <= LONGEST_RETRY_AFTER_S


def _wished(state: tenacity.RetryCallState) -> float:
    """Seconds that the service wishes to be left alone."""
    error = state.outcome.exception() if state.outcome else None
    return (isinstance(error, Busy) and error.retry_after) or 0.0


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds; a date is counted from the service's own clock (RFC 9110, 10.2.3)."""
    value = response.headers.get("Retry-After", "")
    if value.isdecimal():
        return float(value)
    try:
        then, now = (email.utils.parsedate_to_datetime(text) for text in (value, response.headers["Date"]))
        return max(0.0, (then - now).total_seconds())
    except (KeyError, TypeError, ValueError):
        return None


def _segment(identifier: str) -> str:
    """An identifier as a part of a path; an empty one would ask another route."""
    return quote(identifier, safe="") or "%20"


def _parameter(value: Any) -> Any:
    """A value as it stands in an address; of several each is repeated."""
    match value:
        case Mapping():
            return ",".join(f"{name}:{number:g}" for name, number in value.items())
        case datetime.date():
            return value.isoformat()
    return value
