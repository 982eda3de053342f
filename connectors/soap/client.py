"""Calls of a SOAP service: endpoint from the configuration, one parsed description, a session for each thread.

A call ends in an answer or in a ``SoapFailure`` that says what is known of its effect. A message that cannot be made
is never sent; an answer that was sent and cannot be understood leaves the effect unknown, or, where the connector asks
for it, is given as plain XML.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lxml import etree
from zeep import Client, Settings
from zeep.exceptions import Error as ZeepError
from zeep.exceptions import Fault

from connectors.erp_http.bounded_session import CallLimits, TlsChoice
from connectors.soap.bounded_transport import BoundedTransport
from connectors.soap.description import SoapDescription
from connectors.soap.failure import Effect, FailureCode, SoapFailure
from connectors.soap.redaction import redacted
from connectors.soap.safe_xml import parse_safely
from connectors.soap.security_header import SecurityHeader
from connectors.soap.watched_values import values_watched

_ENVELOPES = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")
_OUR_FAULT = frozenset({"Client", "Sender", "MustUnderstand", "VersionMismatch", "DataEncodingUnknown"})
_BROKEN = (ZeepError, etree.LxmlError, LookupError, ValueError, TypeError, AttributeError)
"""What the library makes of values or answers that do not fit; not all of it are its own errors."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call as it may be kept: messages without secrets. ``outcome``: ``answered`` or the code of the failure."""

    operation: str
    endpoint: str
    seconds: float
    outcome: str
    request: str
    answer: str


@dataclass(frozen=True, slots=True)
class SoapAnswer:
    """What came back.

    Attributes:
        value: the answer by the description; None for a call that has none.
        body: the first element of the answer's body, where the description did not fit (``understood`` is False).
    """

    value: Any
    understood: bool = True
    body: Any = None


@dataclass(frozen=True, slots=True)
class SoapAccess:
    """Where a service is and how it is entered. ``endpoint``: from the configuration, never from the description.

    ``plain_fallback``: give answers that do not fit the description as plain XML.
    """

    endpoint: str
    limits: CallLimits = field(default_factory=CallLimits)
    tls: TlsChoice = field(default_factory=TlsChoice)
    basic: tuple[str, str] | None = None
    security: SecurityHeader | None = None
    plain_fallback: bool = False


class SoapClient:
    """One service. Safe for several threads: each has a connection of its own, all share the description."""

    def __init__(
        self,
        description: SoapDescription,
        port: str,
        access: SoapAccess,
        keep: Callable[[Exchange], None] | None = None,
    ) -> None:
        """Bind a port of a description to an endpoint.

        Args:
            description: what was read.
            port: of the description.
            access: where and how.
            keep: told each exchange, without secrets.

        Raises:
            SoapFailure: ``unknown_operation`` for a port that is not there.
        """
        self._description = description
        self._access = access
        self._keep = keep
        self._binding = description.binding_of(port)
        self._operations = {one.name: one for one in description.operations if one.port == port}
        self._settings = Settings(forbid_dtd=True, forbid_entities=True, force_https=False)
        self._local = threading.local()
        self._transports: list[BoundedTransport] = []
        self._opening = threading.Lock()

    def call(self, operation: str, /, **values: Any) -> SoapAnswer:  # noqa: ANN401 - as the description has them
        """Call an operation.

        Args:
            operation: its name.
            values: parts of the message; amounts as ``Decimal``.

        Raises:
            SoapFailure: with what is known of the effect.
        """
        if operation not in self._operations:
            known = ", ".join(sorted(self._operations))
            raise SoapFailure(
                FailureCode.UNKNOWN_OPERATION, f"The service has no operation {operation}.", f"It has: {known}."
            )
        transport: BoundedTransport = self._client().transport
        transport.line.forget()
        began_s, outcome = time.monotonic(), "answered"
        try:
            return self._called(operation, values)
        except SoapFailure as failure:
            outcome = failure.code.value
            raise
        finally:
            if self._keep is not None:
                took_s = time.monotonic() - began_s
                sent, answer = redacted(transport.line.request), redacted(transport.line.answer)
                self._keep(Exchange(operation, self._access.endpoint, took_s, outcome, sent, answer))

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._opening:
            transports, self._transports = self._transports, []
        for transport in transports:
            transport.line.close()

    def _called(self, operation: str, values: dict[str, Any]) -> SoapAnswer:
        client = self._client()
        transport: BoundedTransport = client.transport
        options = {"address": self._access.endpoint}
        try:
            with values_watched() as broken:
                value = self._binding.send(client, options, operation, (), values)
            if broken or not self._fits(operation, transport.line.answer):
                return self._plain(transport.line.answer, ValueError())
            return SoapAnswer(value)
        except Fault as fault:
            raise _fault_failure(fault) from fault
        except SoapFailure:
            raise
        except _BROKEN as error:
            if not transport.line.sent:
                raise SoapFailure(
                    FailureCode.REQUEST_NOT_VALID,
                    f"The values do not fit the operation {operation}: {error}",
                    "Check the mapping of this connector. Nothing was sent.",
                ) from error
            return self._plain(transport.line.answer, error)

    def _fits(self, operation: str, answer: bytes) -> bool:
        """Whether the answer is the element that the description promises: the library takes another for nothing."""
        promised = getattr(getattr(self._binding.get(operation).output, "body", None), "qname", None)
        if self._operations[operation].one_way or promised is None:
            return True
        body = _body_of(answer)
        return body is not None and any(one.tag == promised.text for one in body)

    def _plain(self, answer: bytes, error: Exception) -> SoapAnswer:
        """Give an answer that the description does not fit as plain XML, where that is wanted."""
        not_understood = SoapFailure(
            FailureCode.ANSWER_NOT_UNDERSTOOD,
            f"The answer does not fit the description ({type(error).__name__}).",
            "Look there whether it was done, before it is sent again.",
            Effect.UNKNOWN,
        )
        if not self._access.plain_fallback:
            raise not_understood from error
        body = _body_of(answer)
        if body is None or not len(body):
            raise not_understood from error
        return SoapAnswer(None, understood=False, body=body[0])

    def _client(self) -> Any:  # noqa: ANN401 - the library is hardly typed
        found = getattr(self._local, "client", None)
        if found is None:
            access = self._access
            transport = BoundedTransport(access.limits, access.tls, access.basic)
            document: Any = self._description.document
            made: Callable[..., Any] = Client
            found = made(document, wsse=access.security, transport=transport, settings=self._settings)
            self._local.client = found
            with self._opening:
                self._transports.append(transport)
        return found


def _body_of(answer: bytes) -> Any:  # noqa: ANN401 - elements are untyped
    """Return the body of an envelope, None where there is none."""
    try:
        root = parse_safely(answer)
    except ValueError:
        return None
    found = [root.find(f"{{{space}}}Body") for space in _ENVELOPES]
    return next((body for body in found if body is not None), None)


def _fault_failure(fault: Fault) -> SoapFailure:
    code = str(fault.code or "")
    words = str(fault.message or "").strip() or "The system refused the call without a reason."
    detail = fault.detail
    told: tuple[tuple[str, str], ...] = ()
    if etree.iselement(detail):
        told = tuple(
            (etree.QName(one).localname, one.text.strip())
            for one in detail.iter(etree.Element)
            if one.text and one.text.strip()
        )
    # Who says that the sender was wrong has done nothing; a fault of the receiver may come after half of the work.
    surely_nothing = code.rpartition(":")[2].rpartition("}")[2].partition(".")[0] in _OUR_FAULT
    return SoapFailure(
        FailureCode.FAULT,
        words,
        "Read what the system says, and correct it there or here.",
        Effect.NONE if surely_nothing else Effect.UNKNOWN,
        fault_code=code,
        detail=told,
    )
