"""Asks a registry that speaks the ClinicalTrials.gov API v2, politely and with patience.

https://clinicaltrials.gov/data-api/api has the API. No rate limit is published; robots.txt asks for a second between
calls. Answers that may be better next time (429, 5xx, broken connections, broken JSON) are asked for again, by
tenacity, because its waiting can be handed in, so that tests need not wait.
"""

import datetime
import email.utils
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
import orjson
import tenacity

from search.errors import BadInput, UnusableSource

DEFAULT_URL = "https://clinicaltrials.gov/api/v2"
DEFAULT_RATE = 1.0
MAX_PAGE_SIZE = 1_000

ATTEMPTS = 8
"""How often one thing is asked for before giving up; with the back-off up to two minutes."""
LONGEST_BACK_OFF_S = 60.0
LONGEST_RETRY_AFTER_S = 600.0
_TIMEOUT = httpx.Timeout(60.0, connect=15.0)
# The time-out above is for each portion; this is for all of an answer, in seconds, and its bytes unpacked.
_LONGEST_ANSWER_S = 300.0
_LARGEST_ANSWER = 512 * 2**20
_BROKEN_CHARACTERS = 200


class Refused(Exception):
    """The registry answered 400: the request is at fault. The text is what it says."""


class _Passing(Exception):
    """An answer that may be better next time; `retry_after` is how many seconds the registry wants to be left alone."""

    def __init__(self, problem: str, retry_after: float | None = None) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Page:
    """Studies, and the token of the next page; the last page has none, and may be empty."""

    studies: list[Any]
    next_token: str | None
    total: int | None = None
    """How many studies all pages have together; only with the first page."""


class RegistryClient:
    """One registry, at most `rate` requests a second. Use as a context manager.

    Every method raises UnusableSource where the registry cannot be reached, or answers with what it should not, even
    after `ATTEMPTS` tries.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        user_agent: str,
        rate: float = DEFAULT_RATE,
        timeout: httpx.Timeout = _TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raises BadInput where `url` is no address or `user_agent` cannot be sent."""
        self.url = _checked_url(url)
        self.requests = 0
        """Sent so far, repeated ones included."""
        if not user_agent.isascii() or not user_agent.isprintable() or not user_agent.strip():
            raise BadInput(
                f"the user agent {user_agent!r} cannot be sent; write plain ASCII, such as name/1.0 (e-mail)"
            )
        self._interval = 1.0 / rate
        self._next_at = clock()
        self._clock = clock
        self._sleep = sleep
        self._http = httpx.Client(
            headers={"User-Agent": user_agent, "Accept": "application/json"},
            timeout=timeout,
            follow_redirects=True,  # an alias of a study is answered with 301
            event_hooks={"request": [self._keep_pace]},  # called for redirects and repeated requests too
        )
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Passing),
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=_wait,
            sleep=sleep,
            reraise=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def data_timestamp(self) -> str:
        """When the registry's data was released: UTC, 2026-11-20T09:00:05. Everything else changes only with it."""
        answer = self._get("/version", {})
        stamp = answer.get("dataTimestamp") if isinstance(answer, dict) else None
        try:
            return datetime.datetime.fromisoformat(stamp or "").replace(tzinfo=None).isoformat()
        except (TypeError, ValueError) as error:
            raise UnusableSource(
                f"{self.url}/version says no dataTimestamp but {str(answer)[:_BROKEN_CHARACTERS]!r}; "
                "does the address lead to an API v2?"
            ) from error

    def page(self, parameters: Mapping[str, str], *, size: int, token: str | None = None) -> Page:
        """Up to `size` studies of those that `parameters` select. Raises Refused too."""
        own = {"format": "json", "pageSize": str(size)} | ({"pageToken": token} if token else {"countTotal": "true"})
        answer = self._get("/studies", {**parameters, **own})
        studies = answer.get("studies") if isinstance(answer, dict) else None
        if not isinstance(studies, list):
            raise UnusableSource(f"{self.url}/studies answered without studies; does the address lead to an API v2?")
        next_token, total = answer.get("nextPageToken"), answer.get("totalCount")
        return Page(
            studies=studies,
            next_token=next_token if isinstance(next_token, str) and next_token else None,
            total=total if isinstance(total, int) else None,
        )

    def study(self, nct_id: str, fields: str) -> Any:
        """The study that goes by `nct_id` now, under whichever id; None where there is none. Raises Refused too."""
        return self._get(f"/studies/{nct_id}", {"format": "json", "fields": fields})

    def _get(self, path: str, parameters: dict[str, str]) -> Any:
        url = f"{self.url}{path}"
        try:
            return self._retrying(self._answer, url, parameters)
        except _Passing as error:
            raise UnusableSource(
                f"{url} {error}, {ATTEMPTS} times in a row; run the same command later to go on where it stopped"
            ) from error

    def _answer(self, url: str, parameters: dict[str, str]) -> Any:
        """The JSON at `url`, or None where there is nothing."""
        try:
            with self._http.stream("GET", url, params=parameters) as response:
                body = self._body(response)
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _Passing(f"does not answer ({type(error).__name__}: {error})") from error
        except httpx.TooManyRedirects as error:
            raise UnusableSource(f"{url} leads in a circle; check the address") from error
        status = response.status_code
        text = body[:_BROKEN_CHARACTERS].decode(errors="replace").strip()
        if status == httpx.codes.TOO_MANY_REQUESTS or status >= 500:
            raise _Passing(f"answers {status} ({text})", self._retry_after(url, response))
        if status == httpx.codes.BAD_REQUEST:
            raise Refused(text)
        if status == httpx.codes.NOT_FOUND and "/studies/" in url:
            return None
        if status == httpx.codes.FORBIDDEN:
            raise UnusableSource(
                f"{url} answers 403 ({text}): it turns this program or this network away. Say who asks with "
                "--user-agent, or name a way that is let in with --registry-url"
            )
        if status != httpx.codes.OK:
            raise UnusableSource(f"{url} answers {status} ({text}); check the address")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise _Passing(f"answers with broken JSON ({error})") from error

    def _body(self, response: httpx.Response) -> bytes:
        body = bytearray()
        until = self._clock() + _LONGEST_ANSWER_S
        for portion in response.iter_bytes():
            body += portion
            if self._clock() > until:
                raise _Passing(f"takes longer than {_LONGEST_ANSWER_S:.0f} s for an answer")
            if len(body) > _LARGEST_ANSWER:
                raise UnusableSource(f"{response.url} answers with more than {_LARGEST_ANSWER:,} bytes")
        return bytes(body)

    def _retry_after(self, url: str, response: httpx.Response) -> float | None:
        """Seconds; where a date is named, counted from the registry's own clock (RFC 9110, 10.2.3)."""
        value = response.headers.get("Retry-After", "").strip()
        if value.isdigit():
            seconds = float(value)
        else:
            try:
                then = email.utils.parsedate_to_datetime(value)
                now = email.utils.parsedate_to_datetime(response.headers["Date"])
                seconds = max(0.0, (then - now).total_seconds())
            except (KeyError, TypeError, ValueError):
                return None
        if seconds > LONGEST_RETRY_AFTER_S:
            raise UnusableSource(f"{url} asks to be left alone for {seconds:,.0f} s; run the same command after that")
        return seconds

    def _keep_pace(self, _request: httpx.Request) -> None:
        wait = self._next_at - self._clock()
        if wait > 0:
            self._sleep(wait)
        self._next_at = max(self._next_at, self._clock()) + self._interval
        self.requests += 1


def _wait(state: tenacity.RetryCallState) -> float:
    """Seconds until the next try: what the registry asks for, or twice as long each time, and some more by chance."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _Passing) and error.retry_after is not None:
        return error.retry_after + random.uniform(0, 1)
    longest = min(LONGEST_BACK_OFF_S, 2.0 ** (state.attempt_number - 1))
    return random.uniform(longest / 2, longest)


def _checked_url(text: str) -> str:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise BadInput(f"{text!r} is no address ({error}); one looks like {DEFAULT_URL}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise BadInput(f"{text!r} is no address; one looks like {DEFAULT_URL}")
    return text.rstrip("/")
