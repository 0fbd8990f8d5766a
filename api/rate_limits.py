"""How often one client may ask."""

import ipaddress
import logging
import math
import time
from http import HTTPStatus

import limits
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem
from search.errors import BadInput

LOG = logging.getLogger(__name__)
UNLIMITED = ("/health/", "/v1/health/", "/metrics", "/assets/", "/widget/")
"""What watches the server has to see it when it is asked too much; the files of a page are no questions."""
IPV6_SITE = 64
"""Bits of an IPv6 address that tell one site from another; the rest is any host's own to choose."""


class RateLimiter:
    """Counts by client, for as long as the rates look back. Raises BadInput where it cannot count there."""

    def __init__(self, rates: str, storage: str) -> None:
        self.rates = limits.parse_many(rates)
        try:
            counts = storage_from_string(f"async+{storage}", wrap_exceptions=True)
        except (ConfigurationError, ImportError) as error:
            raise BadInput(
                f"rate_limit_storage: {storage} cannot be used ({error}); install its client with: "
                "pip install 'limits[async-redis]'"
            ) from error
        self._counts = SlidingWindowCounterRateLimiter(counts)

    async def hit(self, client: str) -> tuple[bool, limits.RateLimitItem, int, float]:
        """Count a question: whether it may be answered, the rate nearest to its bound, and its questions and s left."""
        allowed = [await self._counts.hit(rate, client) for rate in self.rates]
        windows = [await self._counts.get_window_stats(rate, client) for rate in self.rates]
        _, place = min(
            (ok, window.remaining, place) for place, (ok, window) in enumerate(zip(allowed, windows, strict=True))
        )[1:]
        return (
            all(allowed),
            self.rates[place],
            windows[place].remaining,
            max(windows[place].reset_time - time.time(), 0),
        )


class RateLimits:
    """Refuses with 429 what a client asks beyond its rate, and says with every answer how much is left."""

    def __init__(self, app: ASGIApp, *, limiter: RateLimiter) -> None:
        self._app = app
        self._limiter = limiter
        self._policy = ", ".join(f"{_name(rate)};q={rate.amount};w={rate.get_expiry()}" for rate in limiter.rates)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["path"].startswith(UNLIMITED):
            await self._app(scope, receive, send)
            return
        try:
            is_allowed, rate, left, seconds = await self._limiter.hit(client_of(scope))
        except StorageError as error:
            LOG.warning("questions cannot be counted, and are answered uncounted: %s", error)
            await self._app(scope, receive, send)
            return
        headers = {
            "RateLimit-Policy": self._policy,
            "RateLimit": f"{_name(rate)};r={left};t={math.ceil(seconds)}",
        }
        if not is_allowed:
            scope.setdefault("state", {})["shed"] = "rate limit"
            headers["Retry-After"] = str(max(math.ceil(seconds), 1))
            detail = f"more than {rate.amount} requests in {rate.get_expiry()} s; ask again later"
            answer = problem(Request(scope), HTTPStatus.TOO_MANY_REQUESTS, detail, headers)
            await answer(scope, receive, send)
            return

        async def send_with_rate(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        await self._app(scope, receive, send_with_rate)


def client_of(scope: Scope) -> str:
    """Who asks: an IPv4 address, or the network of an IPv6 one."""
    host = (scope.get("client") or ("",))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, IPV6_SITE), strict=False))
    return str(address)


def _name(rate: limits.RateLimitItem) -> str:
    return f'"{rate.amount}-in-{rate.get_expiry()}s"'
