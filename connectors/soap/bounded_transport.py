"""The way a call of SOAP takes: bounded as every call of a connector, nothing fetched, refused by its status."""

from __future__ import annotations

from zeep import Transport

from connectors.erp_http.bounded_session import (
    BoundedAnswer,
    BoundedSession,
    BreakKind,
    CallLimits,
    ConnectionBroken,
    TlsChoice,
    retry_after_s,
)
from connectors.soap.failure import Effect, FailureCode, SoapFailure

_LOOK_AGAIN = "It may have been done: look for it there before it is sent again."


class BoundedTransport(Transport):
    """Posts messages of one thread. ``line``: what was sent and answered last."""

    def __init__(self, limits: CallLimits, tls: TlsChoice, basic: tuple[str, str] | None) -> None:
        """``basic``: user and password of HTTP Basic, None without."""
        self.line = BoundedSession(limits, tls, basic)
        super().__init__(timeout=limits.answer_s, operation_timeout=limits.answer_s)  # type: ignore[no-untyped-call]  # of zeep

    def load(self, url: str) -> bytes:
        """Refuse: nothing is fetched while a call is made.

        Raises:
            SoapFailure: ``description_reaches_out``.
        """
        raise SoapFailure(
            FailureCode.DESCRIPTION_REACHES_OUT, f"Something asks for {url} during a call.", "Nothing is fetched."
        )

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> BoundedAnswer:
        """Send a message and read its answer whole.

        Raises:
            SoapFailure: as the module says; its ``effect`` tells whether anything may have happened.
        """
        try:
            response = self.line.send("POST", address, message, headers)
        except ConnectionBroken as broken:
            raise _failure(broken) from broken
        _check_status(response)
        return response


def _failure(broken: ConnectionBroken) -> SoapFailure:
    match broken.kind:
        case BreakKind.UNREACHABLE:
            return SoapFailure(
                FailureCode.UNREACHABLE,
                "The system cannot be reached; nothing was sent.",
                "Check its address, its certificate and the network. It is tried again.",
            )
        case BreakKind.TOO_LARGE:
            return SoapFailure(FailureCode.ANSWER_TOO_LARGE, f"{broken}.", _LOOK_AGAIN, Effect.UNKNOWN)
        case BreakKind.NO_ANSWER:
            words = f"{broken}: nobody knows whether the call was done."
            return SoapFailure(FailureCode.NO_ANSWER, words, _LOOK_AGAIN, Effect.UNKNOWN)


def _check_status(response: BoundedAnswer) -> None:
    """Refuse what is no answer to a call; a fault comes with 500 or 400 and a body, and is read by the caller."""
    status = response.status_code
    if status in (401, 403, 407):
        raise SoapFailure(
            FailureCode.NOT_AUTHORISED, f"The system refused our access (HTTP {status}).", "Check user and password."
        )
    if status == 429:
        raise SoapFailure(
            FailureCode.TOO_MANY_CALLS,
            "The system asks for fewer calls.",
            "It is tried again more slowly.",
            retry_after_s=retry_after_s(response),
        )
    is_xml = b"Envelope" in response.content[:4096] or b"Envelope" in response.content[-4096:]
    if status < 300 or is_xml:
        return
    if status < 500:
        raise SoapFailure(
            FailureCode.REFUSED, f"The system refused the call (HTTP {status}).", "Check the address of the service."
        )
    raise SoapFailure(
        FailureCode.NO_ANSWER,
        f"The system failed while it worked on the call (HTTP {status}): nobody knows whether it was done.",
        _LOOK_AGAIN,
        Effect.UNKNOWN,
    )
