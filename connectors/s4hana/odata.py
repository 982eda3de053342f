"""OData of S/4HANA, versions 2 and 4: rows, single ones, writes with their token; its errors as those of the list.

A write needs the token of its service and the cookies that came with it. One that is refused for its token has surely
done nothing: it is sent again with a new one, once.
"""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urljoin

from connectors.erp_http.client import ErpHttp, FixedAccess, HttpAnswer, told_on
from connectors.erp_mapping.answers import value_at
from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.exact_json import exact_json
from connectors.erp_mapping.mapping_file import MappingFile
from connectors.soap.redaction import redacted
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import ErpAccount

_ROOT = "sap/opu/odata"
V2 = f"{_ROOT}/sap/"
INVOICES, ATTACHMENTS = f"{V2}API_SUPPLIERINVOICE_PROCESS_SRV", f"{V2}API_CV_ATTACHMENT_SRV"
PARTNERS, OPEN_ITEMS = f"{V2}API_BUSINESS_PARTNER", f"{V2}API_OPLACCTGDOCITEMCUBE_SRV"
RECEIPTS, COMPANIES = f"{V2}API_MATERIAL_DOCUMENT_SRV", f"{V2}API_COMPANYCODE_SRV"
ACCOUNTS = f"{V2}API_GLACCOUNTINCHARTOFACCOUNTS_SRV"
ORDERS = f"{_ROOT}4/sap/api_purchaseorder_2/srvd_a2x/sap/purchaseorder/0001"
JOURNAL = "sap/bc/srt/scs_ext/sap/journalentrycreaterequestconfi"

_SPOKEN = frozenset({400, 403, 404, 409, 412, 422, 423})
"""Statuses whose body says why."""
_CODES: Mapping[str, str] = {"M8/462": "duplicate", "M8/482": "duplicate", "F5/201": "period_closed"}
"""The message classes are known, their numbers are not verified; see README.md."""
_LOCKED = re.compile(r"\blocked by\b|\bcurrently being processed by\b", re.IGNORECASE)
_PAGES_MAX = 200
"""Of one list that the system cuts into pages; more is no answer to what is asked here."""


class S4Services:
    """The services of one system. Safe for several threads."""

    def __init__(self, account: ErpAccount, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        login = f"{mapping.text('erp', 'login')}:{account.secret}".encode()
        access = FixedAccess({"Authorization": "Basic " + base64.b64encode(login).decode()})
        self._http = ErpHttp(account, mapping.text("erp", "url"), access)
        self._soap = ErpHttp(account, mapping.text("erp", "url"), access, kept_as=redacted)
        self._tokens: dict[str, Mapping[str, str]] = {}
        self._asking = threading.Lock()

    def rows(
        self, operation: str, path: str, query: Mapping[str, str], effect: Effect = Effect.NONE
    ) -> list[dict[str, Any]]:
        """Return all rows, however the system cuts them."""
        found, more = self._page(operation, _asked(path, query), effect)
        for _ in range(_PAGES_MAX):
            if not more:
                return found
            rows, more = self._page(operation, more, effect)
            found += rows
        raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The list has no end.", effect=effect)

    def one(
        self, operation: str, path: str, query: Mapping[str, str], effect: Effect = Effect.NONE
    ) -> dict[str, Any] | None:
        """Return one entity of version 2, None where there is none."""
        try:
            return _entity(self._read(operation, _asked(path, query), effect), effect)
        except Refused as refused:
            if refused.code != "not_found":
                raise
            return None

    def write(self, operation: str, service: str, path: str, values: Mapping[str, Any] | None) -> dict[str, Any]:
        """Write to a service of version 2 and return the entity that it answers."""
        body = b"" if values is None else exact_json(values).encode()
        answer = self.send(operation, service, path, body, {"Content-Type": "application/json"})
        return _entity(_object(answer), Effect.UNKNOWN)

    def send(self, operation: str, service: str, path: str, body: bytes, headers: Mapping[str, str]) -> HttpAnswer:
        """Write bytes to a service.

        Raises:
            ErpFailure: ``not_authorised`` where a new token is refused, too.
            Refused: the system said no.
        """
        for _ in range(2):
            told = {**headers, **self._token(service)}
            answer = self._http.call(
                operation, "POST", f"{service}/{path}", body, told, effect=Effect.UNKNOWN, expected=_SPOKEN
            )
            if not (answer.status == 403 and answer.headers.get("x-csrf-token", "").lower() == "required"):
                return _accepted(answer)
            with self._asking:
                self._tokens.pop(service, None)
        raise ErpFailure(FailureCode.NOT_AUTHORISED, "Its token for writes is refused.")

    def soap(self, operation: str, path: str, body: bytes) -> bytes:
        """Send an envelope and return the one that is answered. SOAP services want no token."""
        headers = {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml", "SOAPAction": '"#POST"'}
        return self._soap.call(operation, "POST", path, body, headers, effect=Effect.UNKNOWN).content

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
        self._soap.close()

    def _page(self, operation: str, path: str, effect: Effect) -> tuple[list[dict[str, Any]], str]:
        """Return rows, and the path of those the system kept back, empty for none."""
        told = self._read(operation, path, effect)
        old = told.get("d")
        rows = told.get("value") if old is None else old.get("results") if isinstance(old, Mapping) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The answer lists nothing.", effect=effect)
        more = (told.get("@odata.nextLink") if old is None else old.get("__next")) or ""
        if not more:
            return rows, ""
        whole = urljoin(f"https://localhost/{path}", str(more))
        if _ROOT not in whole:
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "A list goes on somewhere else.", effect=effect)
        # The host is the one that the mapping names, whatever the answer says.
        return rows, whole[whole.index(_ROOT) :]

    def _read(self, operation: str, path: str, effect: Effect) -> Mapping[str, Any]:
        answer = self._http.call(operation, "GET", path, b"", {}, effect=effect, expected=_SPOKEN)
        return _object(_accepted(answer))

    def _token(self, service: str) -> Mapping[str, str]:
        """Return the headers of a write, asking for a token where there is none."""
        with self._asking:
            if service not in self._tokens:
                asked = {"x-csrf-token": "fetch"}
                answer = self._http.call("token", "GET", f"{service}/", b"", asked, effect=Effect.NONE)
                cookies = "; ".join(re.findall(r"(?:^|, )([^=;, ]+=[^;,]*)", answer.headers.get("set-cookie", "")))
                found = {"x-csrf-token": answer.headers.get("x-csrf-token", "")}
                self._tokens[service] = {**found, "Cookie": cookies} if cookies else found
            return self._tokens[service]


def quoted(value: str) -> str:
    """Return a text as it stands in a filter or a key."""
    return "'" + value.replace("'", "''") + "'"


def in_path(value: str) -> str:
    """Return a text as a key in an address."""
    return quote(quoted(value), safe="'")


def one_of(field: str, values: Iterable[str]) -> str:
    """Return a filter for any of some values."""
    return "(" + " or ".join(f"{field} eq {quoted(value)}" for value in values) + ")"


def _asked(path: str, query: Mapping[str, str]) -> str:
    told = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    return f"{path}?{told}" if told else path


def _object(answer: HttpAnswer) -> Mapping[str, Any]:
    told = answer.json()
    if not isinstance(told, Mapping):
        raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The answer is no object.", effect=answer.effect)
    return told


def _entity(told: Mapping[str, Any], effect: Effect) -> dict[str, Any]:
    found = told.get("d")
    if not isinstance(found, dict):
        raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The answer holds no entity.", effect=effect)
    return found


def _accepted(answer: HttpAnswer) -> HttpAnswer:
    """Return an answer that is none of an error.

    Raises:
        ErpFailure: ``locked``, ``not_allowed``.
        Refused: with a code of ours where the message is known.
    """
    if answer.status not in _SPOKEN:
        return answer
    try:
        told = answer.json()
    except ErpFailure:
        told = {}
    message = value_at(told, "error.message")
    words = told_on(str((message.get("value") if isinstance(message, Mapping) else message) or ""))
    code = str(value_at(told, "error.code") or "")
    if answer.status == 423 or _LOCKED.search(words):
        raise ErpFailure(FailureCode.LOCKED, words)
    if answer.status == 403:
        raise ErpFailure(FailureCode.NOT_ALLOWED, words)
    usual = "not_found" if answer.status == 404 else "refused"
    raise Refused(_CODES.get(code, usual), f"{code}: {words}".strip(": "))
