"""Rates per address, per caller and, tighter, for signing in. Counted in memory: each node counts for itself (W10)."""

from math import ceil

from flask import Flask, g, request
from flask_limiter import Limiter
from limits import RateLimitItem, parse

from gateway.web.auth import caller
from gateway.web.container import WebLimits, current
from gateway.web.errors import TooManyRequests

EXEMPT = frozenset({"static", "health.alive", "health.ready"})
_SIGN_IN = frozenset(
    {
        "sign_in.enter",
        "sign_in.unlock",
        "sign_in.set_password",
        "people.set_pin",
        "customer_display.pair",
        "oauth.token",
    }
)

_RECEIPT_LINKS = frozenset({"receipt_links.page", "receipt_links.picture", "receipt_links.document"})
_LINKS_PER_MINUTE = 60
"""Looks at receipts from one address without signing in: more than a family at the counter, too few for guessing."""


RATES = "tillbridge_rates"
"""Of an application, for routes that find out by themselves who is calling."""


class RateLimits:
    """The rates of one application."""

    def __init__(self, app: Flask, limits: WebLimits) -> None:
        app.extensions[RATES] = self
        # The extension brings the counters; which request costs what is decided here, at one place.
        self._limiter = Limiter(address, app=app, storage_uri="memory://", strategy="fixed-window")
        self._per_address = parse(f"{limits.requests_per_minute_and_address}/minute")
        self._per_caller = parse(f"{limits.requests_per_minute_and_caller}/minute")
        self._sign_ins = parse(f"{limits.logins_per_minute_and_address}/minute")
        self._links = parse(f"{_LINKS_PER_MINUTE}/minute")

    def spend_address(self) -> None:
        """Count a request for its address, before anything is known of it.

        Raises:
            TooManyRequests: with the seconds until the window ends.
        """
        if request.endpoint in EXEMPT:
            return
        self._spend(self._per_address, "address", address())
        if request.endpoint in _SIGN_IN and request.method not in ("GET", "HEAD"):
            self._spend(self._sign_ins, "sign-in", address())
        if request.endpoint in _RECEIPT_LINKS:
            self._spend(self._links, "receipt link", address())

    def spend_caller(self) -> None:
        """Count a request for the person or key behind it.

        Raises:
            TooManyRequests: with the seconds until the window ends.
        """
        if g.get("caller") is not None:
            self._spend(self._per_caller, "caller", str(caller().id))

    def _spend(self, item: RateLimitItem, kind: str, value: str) -> None:
        if self._limiter.limiter.hit(item, kind, value):
            return
        reset_s = self._limiter.limiter.get_window_stats(item, kind, value).reset_time
        raise TooManyRequests(min(60, max(1, ceil(reset_s - current().clock.now().timestamp()))))


def address() -> str:
    """Return where the request came from; behind a proxy the server fills it in from the proxy's word."""
    return request.remote_addr or "unknown"
