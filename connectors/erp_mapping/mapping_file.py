"""The mapping file of one account: our names of accounts, taxes and tenders, and what the ERP calls them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.domain.erp.failure import ErpFailure, FailureCode
from gateway.domain.erp.sales_day import SalesAccounts


@dataclass(frozen=True, slots=True)
class MappingFile:
    """What TOML gives. Every fault names its field, such as ``accounts.supplies``."""

    content: Mapping[str, Any]

    def table(self, name: str) -> Mapping[str, str]:
        """Return a table of texts, empty where it is not there.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        found = self.content.get(name, {})
        if not isinstance(found, Mapping):
            raise wrong(name, "It has to be a table.")
        for key, value in found.items():
            if not isinstance(value, str):
                raise wrong(f"{name}.{key}", "It has to be a text in quotes.")
        return found

    def text(self, table: str, name: str, default: str | None = None) -> str:
        """Return one text; ``default``: where it is not there, None where it has to be.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        found = self._table(table).get(name, default)
        if not isinstance(found, str):
            raise wrong(f"{table}.{name}", "It is missing, or is no text in quotes.")
        return found

    def number(self, table: str, name: str, default: int) -> int:
        """Return one whole number, not below zero.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        found = self._table(table).get(name, default)
        if not isinstance(found, int) or isinstance(found, bool) or found < 0:
            raise wrong(f"{table}.{name}", "It has to be a whole number, not below zero.")
        return found

    def account(self, code: str) -> str:
        """Return the ERP's account for one of ours.

        Raises:
            ErpFailure: ``unknown_account``.
        """
        found = self.table("accounts").get(code)
        if found is None:
            raise ErpFailure(FailureCode.UNKNOWN_ACCOUNT, f"“{code}” is not mapped.", field=f"accounts.{code}")
        return found

    def tax(self, code: str) -> str:
        """Return the ERP's tax for one of ours.

        Raises:
            ErpFailure: ``unknown_tax``.
        """
        found = self.table("taxes").get(code)
        if found is None:
            raise ErpFailure(FailureCode.UNKNOWN_TAX, f"“{code}” is not mapped.", field=f"taxes.{code}")
        return found

    def sales_accounts(self) -> SalesAccounts:
        """Return the accounts of a sales day: ``[revenue]``, ``[sales_tax]``, ``[tenders]``, ``[sales]``."""
        sales = self.table("sales")
        return SalesAccounts(
            revenue=self.table("revenue"),
            tax=self.table("sales_tax"),
            tenders=self.table("tenders"),
            tips=sales.get("tips", ""),
            rounding=sales.get("rounding", ""),
            vouchers=sales.get("vouchers", ""),
            text=sales.get("text", "Sales"),
        )

    def accounts_named(self) -> Mapping[str, str]:
        """Return every account of the ERP that is named, by its field."""
        found = {}
        for table in ("accounts", "tenders", "revenue", "sales_tax", "sales"):
            for key, code in self.table(table).items():
                if (table, key) != ("sales", "text"):
                    found[f"{table}.{key}"] = code
        return found

    def _table(self, name: str) -> Mapping[str, Any]:
        found = self.content.get(name, {})
        if not isinstance(found, Mapping):
            raise wrong(name, "It has to be a table.")
        return found


def wrong(field: str, detail: str) -> ErpFailure:
    """Return the failure of a field that does not fit."""
    return ErpFailure(FailureCode.MAPPING_WRONG, f"{field}: {detail}", field=field)
