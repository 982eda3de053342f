"""One message to another program over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back. ``retry_after``: the header as it came; ``words``: the beginning of the body, for people."""

    status: int
    retry_after: str | None
    words: str


class HttpSender(Protocol):
    """Sends without following redirects, to public addresses only, within one deadline."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """Send a body and return the answer, whatever its status.

        Raises:
            InputError: ``address_not_public``: this address may not be connected to.
            OperationalError: ``receiver_unreachable``, ``receiver_too_slow``, ``receiver_not_trusted`` (TLS) or
                ``receiver_broke_off``; the receiver may have taken the message all the same.
        """
