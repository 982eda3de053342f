"""Records of one company: read by domains, ids found by codes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.mapping_file import wrong
from connectors.tryton.calls import TrytonCalls, stored_id
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode

Domain = list[Any]
_BATCH = 1_000
USABLE: Domain = [["closed", "=", False], ["type", "!=", None]]
"""Accounts that are booked to: chart templates hold closed ones, and headings without a type."""


class TrytonRecords:
    """What is read of one company. Safe for several threads."""

    def __init__(self, calls: TrytonCalls, company_name: str) -> None:
        """``company_name``: empty where the database has one company only."""
        self.calls = calls
        self._name = company_name
        self._company: Mapping[str, Any] | None = None
        self._looking = threading.Lock()

    def companies(self) -> list[dict[str, Any]]:
        """Return the companies that our user may see, with name and currency."""
        rows = self.rows("company", "company.company", [], ["party.name", "currency.code", "currency"])
        return [
            {
                "id": row["id"],
                "name": row["party."]["name"],
                "currency": row["currency."]["code"],
                "currency_id": row["currency"],
                "party": row["party."]["id"],
            }
            for row in rows
        ]

    def company(self) -> Mapping[str, Any]:
        """Return the company of this account.

        Raises:
            ErpFailure: ``mapping_wrong``: there is none of this name, or several and none is named.
        """
        with self._looking:
            if self._company is None:
                found = [one for one in self.companies() if self._name in ("", one["name"])]
                if len(found) != 1:
                    raise wrong("company.name", f"{len(found)} companies of Tryton fit.")
                self._company = found[0]
            return self._company

    def rows(
        self,
        operation: str,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        effect: Effect = Effect.NONE,
        limit: int = 0,
        order: Sequence[Sequence[str]] = (("id", "ASC"),),
    ) -> list[dict[str, Any]]:
        """Return records; ``limit``: 0 for all, asked for in parts."""
        found: list[dict[str, Any]] = []
        while True:
            wanted = min(_BATCH, limit - len(found)) if limit else _BATCH
            args = [domain, len(found), wanted, [list(one) for one in order], list(fields)]
            told = self.calls.call(operation, model, "search_read", args, effect)
            if not isinstance(told, list) or not all(isinstance(one, dict) and "id" in one for one in told):
                raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, f"The answer lists no {model}.", effect=effect)
            found += told
            if len(told) < wanted or (limit and len(found) >= limit):
                return found

    def create(self, operation: str, model: str, values: Mapping[str, Any]) -> int:
        """Create one record and return its id."""
        return stored_id(self.calls.call(operation, model, "create", [[values]], Effect.UNKNOWN))

    def do(self, operation: str, model: str, method: str, *args: Any) -> object:  # noqa: ANN401 - of the method
        """Call a method that writes."""
        result: object = self.calls.call(operation, model, method, args, Effect.UNKNOWN)
        return result

    def ids(
        self, operation: str, model: str, by: str, codes: Iterable[str], refusal: str, also: Domain
    ) -> dict[str, int]:
        """Return ids by a field that people know.

        Raises:
            Refused: ``refusal``, for a code that is not there.
        """
        wanted = sorted(set(codes))
        rows = self.rows(operation, model, [[by, "in", wanted], *also], [by]) if wanted else []
        found = {str(row[by]): int(row["id"]) for row in reversed(rows)}
        for code in wanted:
            if code not in found:
                raise Refused(refusal, f"Tryton has no “{code}” ({model}).")
        return found

    def accounts(self, operation: str, codes: Iterable[str]) -> dict[str, int]:
        """Return ids of accounts by their codes.

        Raises:
            Refused: ``unknown_account``.
        """
        return self.ids(operation, "account.account", "code", codes, "unknown_account", USABLE)

    def currency(self, operation: str, code: str) -> int:
        """Return the id of a currency."""
        return self.ids(operation, "currency.currency", "code", [code], "refused", [])[code]

    def journal(self, operation: str, code: str, kind: str) -> int:
        """Return the journal of a code; without a code the first of its kind.

        Raises:
            Refused: ``mapping_wrong``.
        """
        by: Domain = [["code", "=", code]] if code else [["type", "=", kind]]
        rows = self.rows(operation, "account.journal", by, ["code"], limit=1)
        if not rows:
            raise Refused("mapping_wrong", f"Tryton has no journal “{code or kind}”.")
        return int(rows[0]["id"])

    def period(self, operation: str, on: date) -> int:
        """Return the open period of a day.

        Raises:
            Refused: ``period_closed``.
        """
        domain: Domain = [["start_date", "<=", on], ["end_date", ">=", on], ["type", "=", "standard"]]
        rows = self.rows(operation, "account.period", domain, ["state"])
        usable = [row for row in rows if row["state"] == "open"]
        if not usable:
            raise Refused("period_closed", f"Tryton has no open period for {on}.")
        return int(usable[0]["id"])

    def party(self, operation: str, erp_id: str) -> dict[str, Any]:
        """Return a party with its addresses and payable account.

        Raises:
            Refused: ``unknown_party``.
        """
        fields = ["name", "addresses", "account_payable", "account_receivable"]
        known: list[dict[str, Any]] = []
        if erp_id.isascii() and erp_id.isdigit():
            known = self.rows(operation, "party.party", [["id", "=", int(erp_id)]], fields)
        if not known:
            raise Refused("unknown_party", f"Tryton has no party {erp_id}, or it is inactive.")
        return known[0]

    def payable_account(self, operation: str, party: Mapping[str, Any]) -> int:
        """Return the account on which a party is owed: its own, else that of the configuration.

        Raises:
            Refused: ``mapping_wrong``.
        """
        if party["account_payable"]:
            return int(party["account_payable"])
        rows = self.rows(operation, "account.configuration", [], ["default_account_payable"])
        if not rows or not rows[0]["default_account_payable"]:
            raise Refused("mapping_wrong", "Tryton has no default account payable: choose one in its configuration.")
        return int(rows[0]["default_account_payable"])
