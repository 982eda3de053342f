"""Records of one company of an Odoo database: read by domains, ids found by codes, names of fields by version."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.mapping_file import wrong
from connectors.odoo.calls import OdooCalls
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode

Domain = list[list[Any]]


class OdooRecords:
    """What is read of one company. Safe for several threads."""

    def __init__(self, calls: OdooCalls, company_name: str) -> None:
        """``company_name``: empty where the database has one company only."""
        self.calls = calls
        self._name = company_name
        self._company: Mapping[str, Any] | None = None
        self._fields: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._looking = threading.Lock()

    def companies(self) -> list[dict[str, Any]]:
        """Return all companies that our user may see, with name and currency."""
        return self.rows("company", "res.company", [], ["name", "currency_id"], of_company=False)

    def company(self) -> Mapping[str, Any]:
        """Return the company of this account.

        Raises:
            ErpFailure: ``mapping_wrong``: there is none of this name, or several and none is named.
        """
        with self._looking:
            if self._company is None:
                found = [one for one in self.companies() if self._name in ("", one["name"])]
                if len(found) != 1:
                    raise wrong("company.name", f"{len(found)} companies of Odoo fit.")
                self._company = found[0]
            return self._company

    def context(self) -> dict[str, Any]:
        """Return the context by which Odoo keeps to this company."""
        return {"allowed_company_ids": [self.company()["id"]]}

    def rows(
        self,
        operation: str,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        effect: Effect = Effect.NONE,
        limit: int = 0,
        order: str = "id asc",
        of_company: bool = True,
        archived: bool = False,
    ) -> list[dict[str, Any]]:
        """Return records. ``limit``: 0 for all; ``archived``: also those."""
        context = {**(self.context() if of_company else {}), **({"active_test": False} if archived else {})}
        named: dict[str, Any] = {"domain": domain, "fields": list(fields), "order": order, "context": context}
        if limit:
            named["limit"] = limit
        found = self.calls.call(operation, model, "search_read", [], named, effect)
        if not isinstance(found, list) or not all(isinstance(one, dict) and "id" in one for one in found):
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, f"The answer lists no {model}.", effect=effect)
        return found

    def method(self, operation: str, model: str, method: str, ids: list[int], named: Mapping[str, Any]) -> object:
        """Call a method that writes."""
        return self.calls.call(operation, model, method, ids, {**named, "context": self.context()}, Effect.UNKNOWN)

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
                raise Refused(refusal, f"Odoo has no “{code}” ({model}).")
        return found

    def fields(self, model: str, *names: str) -> tuple[str, ...]:
        """Return which of these names the model has in this version."""
        asked = (model, *names)
        if asked not in self._fields:
            named = {"allfields": list(names), "attributes": ["type"], "context": {}}
            told = self.calls.call("fields", model, "fields_get", [], named, Effect.NONE)
            self._fields[asked] = tuple(name for name in names if isinstance(told, Mapping) and name in told)
        return self._fields[asked]

    def field(self, model: str, *names: str) -> str:
        """Return the first of these names that the model has in this version."""
        found = self.fields(model, *names)
        if not found:
            raise ErpFailure(FailureCode.NOT_SUPPORTED, f"{model} has none of {', '.join(names)}.")
        return found[0]
