"""Methods of Tryton's models over JSON-RPC, its types and its errors as those of the closed list.

A call is one transaction: what is answered with an error was not done. Every answer but a refused login is HTTP 200.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.erp_http.client import ErpHttp, FixedAccess, TokenAccess, told_on
from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.exact_json import exact_json
from connectors.erp_mapping.mapping_file import MappingFile
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import ErpAccount

_SIMILAR = "invoice_similar"
"""Ends the name of the warning that this supplier has sent this number before; never skipped."""
_LOCKED = ("database is locked", "could not obtain lock", "ConcurrencyException", "DatabaseOperationalError")
_DENIED = frozenset({"AccessError", "AccessButtonError", "LoginException"})


class TrytonCalls:
    """The methods of one database. Safe for several threads; one session for all, opened anew once it has ended."""

    def __init__(self, account: ErpAccount, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        database, address = mapping.text("erp", "database"), mapping.text("erp", "url")
        self._login, self._secret = mapping.text("erp", "login"), account.secret
        self._path = f"{database}/rpc/" if mapping.number("erp", "major", 8) >= 8 else f"{database}/"
        self._open = ErpHttp(account, address, FixedAccess({}))
        self._http = ErpHttp(account, address, TokenAccess(self._session, scheme="Session"))
        self._context: Mapping[str, Any] | None = None
        self._asking = threading.Lock()

    def version(self) -> str:
        """Return the version of the server; empty where only a session may ask."""
        try:
            return str(self._asked(self._open, "version", "rpc/", "common.server.version", [], Effect.NONE))
        except (ErpFailure, Refused):
            return ""

    def call(self, operation: str, model: str, method: str, args: Sequence[Any], effect: Effect) -> Any:  # noqa: ANN401
        """Call a method of a model once and return what it returns.

        Raises:
            ErpFailure: with ``effect`` where nobody knows.
            Refused: Tryton said no.
        """
        asked = [*args, self._preferences()]
        return self._asked(self._http, operation, self._path, f"model.{model}.{method}", asked, effect)

    def wizard(self, operation: str, name: str, model: str, ids: Sequence[int]) -> None:
        """Run a wizard that asks nothing over records, once.

        Raises:
            ErpFailure: see ``call``.
            Refused: Tryton said no, or the wizard would ask something.
        """
        context = {**self._preferences(), "active_model": model, "active_id": ids[0], "active_ids": list(ids)}
        made = self._asked(self._http, operation, self._path, f"wizard.{name}.create", [context], Effect.UNKNOWN)
        session, start = made[0], made[1]
        asked = [session, {}, start, context]
        told = self._asked(self._http, operation, self._path, f"wizard.{name}.execute", asked, Effect.UNKNOWN)
        self._asked(self._http, operation, self._path, f"wizard.{name}.delete", [session, context], Effect.UNKNOWN)
        if told.get("view"):
            raise Refused("refused", "Tryton asks something before it does that.")

    def close(self) -> None:
        """Close the connections."""
        self._open.close()
        self._http.close()

    def _preferences(self) -> Mapping[str, Any]:
        """Return the context of our user, which holds the company: without it Tryton refuses to make anything."""
        with self._asking:
            if self._context is None:
                method = "model.res.user.get_preferences"
                told = self._asked(self._http, "preferences", self._path, method, [True, {}], Effect.NONE)
                if not isinstance(told, dict) or not told.get("company"):
                    raise ErpFailure(FailureCode.NOT_ALLOWED, "Our user belongs to no company.")
                # Errors have no codes: their words are read in the language that is always there.
                self._context = {"company": told["company"], "companies": told.get("companies", []), "language": "en"}
            return self._context

    def _session(self) -> str:
        asked = [self._login, {"password": self._secret}]
        try:
            told = self._asked(self._open, "login", self._path, "common.db.login", asked, Effect.NONE)
        except ErpFailure as failure:
            # Wrong passwords are answered ever more slowly: whoever asks again makes it worse.
            if failure.failure in (FailureCode.NO_ANSWER, FailureCode.TOO_MANY_CALLS):
                raise ErpFailure(FailureCode.NOT_AUTHORISED, "Tryton does not answer a login.") from failure
            raise
        if not isinstance(told, list) or len(told) < 2:
            raise ErpFailure(FailureCode.NOT_AUTHORISED, "Tryton does not know this user and password.")
        return base64.b64encode(f"{self._login}:{told[0]}:{told[1]}".encode()).decode()

    def _asked(
        self, http: ErpHttp, operation: str, path: str, method: str, params: Sequence[Any], effect: Effect
    ) -> Any:  # noqa: ANN401 - what the method returns
        body = exact_json({"id": 1, "method": method, "params": _sent(params)}).encode()
        answer = http.call(operation, "POST", path, body, {"Content-Type": "application/json"}, effect=effect)
        told = answer.json()
        if not isinstance(told, dict) or ("result" not in told and "error" not in told):
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The answer is no JSON-RPC.", effect=effect)
        if told.get("error"):
            raise _failure(told["error"], effect)
        return _read(told.get("result"))


def _failure(error: object, effect: Effect) -> ErpFailure | Refused:
    """Return what an error means. It is a list of a name and its arguments; some names are the words themselves."""
    parts = error if isinstance(error, list) else [error]
    name, args = str(parts[0]), parts[1] if len(parts) > 1 else []
    told = [str(one) for one in args if one] if isinstance(args, list) else [str(args)]
    match name:
        case "UserError":
            return _refused(told_on(" ".join(told[:2])))
        case "UserWarning":
            code = "duplicate" if told and told[0].endswith(_SIMILAR) else "refused"
            return Refused(code, told_on(f"Tryton warns: {told[1] if len(told) > 1 else ''}"))
    if name in _DENIED:
        return ErpFailure(FailureCode.NOT_ALLOWED, told_on(" ".join(told)))
    words = f"{name} {' '.join(told)}"
    if any(one in words for one in _LOCKED):
        return ErpFailure(FailureCode.LOCKED, "Tryton is busy with something else.")
    # An error of the server itself: its transaction was rolled back, and its words hold paths.
    return ErpFailure(FailureCode.SERVER_ERROR, name.splitlines()[0][:80] if name else "", effect=effect)


def _refused(words: str) -> Refused | ErpFailure:
    lowered = words.casefold()
    if "period" in lowered or "fiscal year" in lowered:
        return Refused("period_closed", words)
    if "not allowed to access" in lowered or "access rule" in lowered:
        return ErpFailure(FailureCode.NOT_ALLOWED, words)
    return Refused("refused", words)


def _sent(value: Any) -> Any:  # noqa: ANN401 - what JSON holds, and days, amounts and files
    match value:
        case Decimal():
            return {"__class__": "Decimal", "decimal": f"{value:f}"}
        case datetime():
            parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
            return {"__class__": "datetime", **{name: getattr(value, name) for name in parts}}
        case date():
            return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
        case bytes():
            return {"__class__": "bytes", "base64": base64.b64encode(value).decode()}
        case Quantity():
            return Decimal(value.value)
        case dict():
            return {name: _sent(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_sent(inner) for inner in value]
        case _:
            return value


class Quantity:
    """A number that Tryton keeps as a float, such as a quantity: sent as a plain number."""

    __slots__ = ("value",)

    def __init__(self, value: Decimal) -> None:
        self.value = value


def _read(value: Any) -> Any:  # noqa: ANN401 - what the answer holds
    match value:
        case {"__class__": "Decimal"}:
            return Decimal(value["decimal"])
        case {"__class__": "date"}:
            return date(value["year"], value["month"], value["day"])
        case {"__class__": "datetime"}:
            parts = (value[name] for name in ("year", "month", "day", "hour", "minute", "second", "microsecond"))
            return datetime(*parts)  # noqa: DTZ001 - as the ERP tells it, in UTC
        case {"__class__": "bytes"}:
            return base64.b64decode(value["base64"])
        case dict():
            return {name: _read(inner) for name, inner in value.items()}
        case list():
            return [_read(inner) for inner in value]
        case _:
            return value


def plain(value: Decimal | float | None) -> str:
    """Return a number as decimal text without zeros at its end."""
    return f"{Decimal(str(value or 0)).normalize():f}"


def stored_id(told: object) -> int:
    """Return the id of the one record that was made.

    Raises:
        ErpFailure: ``answer_not_understood``.
    """
    if isinstance(told, list) and len(told) == 1 and isinstance(told[0], int):
        return told[0]
    raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The answer holds no id.", effect=Effect.UNKNOWN)


def text_of(value: object) -> str:
    """Return a text, empty for none; of an instant, one that sorts."""
    if value is None or value is False:
        return ""
    return value.isoformat(sep=" ", timespec="microseconds") if isinstance(value, datetime) else str(value)
