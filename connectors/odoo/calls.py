"""Methods of Odoo's models over both of its interfaces, and its errors as those of the closed list.

A call is one transaction: what is answered with an error was not done (external API of Odoo 19, "Transaction").
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

from connectors.erp_http.client import ErpHttp, FixedAccess, HttpAnswer, told_on
from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.exact_json import exact_json
from connectors.erp_mapping.mapping_file import MappingFile, wrong
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import ErpAccount

_CONTEXT = {"lang": "en_US"}
"""Errors have no codes: their words are read in the language that is always there."""
_SPOKEN = frozenset({400, 403, 404, 409, 422, 500})
"""Statuses of JSON-2 whose body names the error."""
_REFUSALS = frozenset({"UserError", "ValidationError", "RedirectWarning", "MissingError", "UniqueViolation"})
_BROKEN_CALLS = frozenset({"ValueError", "KeyError", "TypeError", "AttributeError", "NotFound", "UnprocessableEntity"})
_CODES: Mapping[str, FailureCode] = {
    "AccessDenied": FailureCode.NOT_AUTHORISED,
    "SessionExpiredException": FailureCode.NOT_AUTHORISED,
    "Unauthorized": FailureCode.NOT_AUTHORISED,
    "AccessError": FailureCode.NOT_ALLOWED,
    "Forbidden": FailureCode.NOT_ALLOWED,
    "SerializationFailure": FailureCode.LOCKED,
    "LockNotAvailable": FailureCode.LOCKED,
    "DeadlockDetected": FailureCode.LOCKED,
}
_CLOSED = "lock date"


class OdooCalls(Protocol):
    """The methods of one database."""

    def version(self) -> str:
        """Return the version of the server."""

    def call(
        self, operation: str, model: str, method: str, ids: list[int], named: Mapping[str, Any], effect: Effect
    ) -> Any:  # noqa: ANN401 - what the method returns
        """Call a method once and return what it returns, None where it returns nothing.

        Raises:
            ErpFailure: with ``effect`` where nobody knows.
            Refused: Odoo said no.
        """

    def create(self, operation: str, model: str, values: Mapping[str, Any], context: Mapping[str, Any]) -> int:
        """Create one record and return its id; the effect of no answer is unknown.

        Raises:
            ErpFailure: see ``call``.
            Refused: see ``call``.
        """

    def close(self) -> None:
        """Let go of connections."""


def calls_of(account: ErpAccount, mapping: MappingFile) -> OdooCalls:
    """Return the calls of an account, by ``erp.interface``.

    Raises:
        ErpFailure: ``mapping_wrong``.
    """
    match interface := mapping.text("erp", "interface", "json-rpc"):
        case "json-rpc":
            return JsonRpcCalls(account, mapping)
        case "json-2":
            return Json2Calls(account, mapping)
        case _:
            raise wrong("erp.interface", f"“{interface}” is neither json-rpc nor json-2.")


class JsonRpcCalls:
    """``/jsonrpc``: every answer is HTTP 200, every call names database, user and password."""

    def __init__(self, account: ErpAccount, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self._database = mapping.text("erp", "database")
        self._login = mapping.text("erp", "login")
        self._secret = account.secret
        self._http = ErpHttp(account, mapping.text("erp", "url"), FixedAccess({}))
        self._user: int | None = None
        self._entering = threading.Lock()

    def version(self) -> str:
        """Return the version of the server."""
        told = self._ask("version", "common", "version", [], Effect.NONE)
        return str(told.get("server_version", "")) if isinstance(told, Mapping) else ""

    def call(
        self, operation: str, model: str, method: str, ids: list[int], named: Mapping[str, Any], effect: Effect
    ) -> Any:  # noqa: ANN401 - what the method returns
        """Call a method."""
        context = {**_CONTEXT, **named.get("context", {})}
        return self._execute(operation, [model, method, [ids] if ids else [], {**named, "context": context}], effect)

    def create(self, operation: str, model: str, values: Mapping[str, Any], context: Mapping[str, Any]) -> int:
        """Create one record."""
        what = [model, "create", [values], {"context": {**_CONTEXT, **context}}]
        return _id(self._execute(operation, what, Effect.UNKNOWN))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _execute(self, operation: str, what: list[Any], effect: Effect) -> Any:  # noqa: ANN401 - see call
        user = self._entered()
        try:
            return self._ask(operation, "object", "execute_kw", [self._database, user, self._secret, *what], effect)
        except ErpFailure as failure:
            if failure.failure is not FailureCode.NOT_AUTHORISED:
                raise
        # The user may have another number by now; a call that was denied has done nothing.
        with self._entering:
            self._user = None
        user = self._entered()
        return self._ask(operation, "object", "execute_kw", [self._database, user, self._secret, *what], effect)

    def _entered(self) -> int:
        with self._entering:
            if self._user is None:
                told = self._ask("login", "common", "login", [self._database, self._login, self._secret], Effect.NONE)
                if not isinstance(told, int) or isinstance(told, bool):
                    raise ErpFailure(FailureCode.NOT_AUTHORISED, "Odoo does not know this user and password.")
                self._user = told
            return self._user

    def _ask(self, operation: str, service: str, method: str, args: list[Any], effect: Effect) -> Any:  # noqa: ANN401
        params = {"service": service, "method": method, "args": args}
        body = exact_json({"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}).encode()
        headers = {"Content-Type": "application/json"}
        told = self._http.call(operation, "POST", "jsonrpc", body, headers, effect=effect).json()
        if not isinstance(told, Mapping) or told.get("jsonrpc") != "2.0":
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The answer is no JSON-RPC.", effect=effect)
        if "error" in told:
            error = told["error"] if isinstance(told["error"], Mapping) else {}
            data = error.get("data", {})
            raise _failure(data if isinstance(data, Mapping) else {}, effect)
        # A method that returns nothing is answered without a result, and was done.
        return told.get("result")


class Json2Calls:
    """``/json/2``: named arguments, a key as bearer, errors by their status."""

    def __init__(self, account: ErpAccount, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        headers = {"Authorization": f"bearer {account.secret}"}
        if database := mapping.text("erp", "database", ""):
            headers["X-Odoo-Database"] = database
        self._http = ErpHttp(account, mapping.text("erp", "url"), FixedAccess(headers))

    def version(self) -> str:
        """Return the version of the server."""
        told = self._http.read("version", "web/version").json()
        return str(told.get("version", "")) if isinstance(told, Mapping) else ""

    def call(
        self, operation: str, model: str, method: str, ids: list[int], named: Mapping[str, Any], effect: Effect
    ) -> Any:  # noqa: ANN401 - what the method returns
        """Call a method."""
        context = {**_CONTEXT, **named.get("context", {})}
        body = exact_json({**named, "context": context, **({"ids": ids} if ids else {})}).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        path = f"json/2/{model}/{method}"
        answer = self._http.call(operation, "POST", path, body, headers, effect=effect, expected=_SPOKEN)
        if answer.status in _SPOKEN:
            raise _failure(_error_told(answer), effect)
        return answer.json() if answer.content else None

    def create(self, operation: str, model: str, values: Mapping[str, Any], context: Mapping[str, Any]) -> int:
        """Create one record."""
        named = {"vals_list": [values], "context": context}
        return _id(self.call(operation, model, "create", [], named, Effect.UNKNOWN))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def _error_told(answer: HttpAnswer) -> Mapping[str, Any]:
    try:
        told = answer.json()
    except ErpFailure:
        return {}
    return told if isinstance(told, Mapping) else {}


def _failure(error: Mapping[str, Any], effect: Effect) -> ErpFailure | Refused:
    """Return what an error means. Its ``debug`` is a traceback, and is not looked at."""
    name = str(error.get("name", "")).rpartition(".")[2]
    words = told_on(str(error.get("message", "")))
    if name in _CODES:
        return ErpFailure(_CODES[name], words)
    if name in _REFUSALS:
        return Refused("period_closed" if _CLOSED in words else "refused", words)
    if name in _BROKEN_CALLS:
        return Refused("not_supported", f"{name}: {words}")
    return ErpFailure(FailureCode.SERVER_ERROR, name, effect=effect)


def _id(told: object) -> int:
    found = told[0] if isinstance(told, list) and len(told) == 1 else told
    if not isinstance(found, int) or isinstance(found, bool):
        raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The answer holds no id.")
    return found


def decimal_text(value: object) -> str:
    """Return a number of Odoo, which is a float on the way, as decimal text without its dust."""
    exact = Decimal(str(value)).quantize(Decimal("0.000001"))
    return f"{exact.normalize():f}"


def pair_id(value: object) -> str:
    """Return the id of a link, which is read as ``[id, name]``, or false for none."""
    return str(value[0]) if isinstance(value, list) and value else ""


def pair_name(value: object) -> str:
    """Return the name of a link."""
    return str(value[1]) if isinstance(value, list) and len(value) > 1 else ""


def told_text(value: object) -> str:
    """Return a text of Odoo, which is false where it is empty."""
    return "" if value is None or value is False else str(value)
