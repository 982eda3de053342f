"""Accounts, taxes, currencies, periods and the like of one NetSuite account, found by their codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.mapping_file import MappingFile, wrong
from connectors.netsuite.suitetalk import SuiteTalk, among, literal, selected

_ACTIVE = "isinactive = 'F'"
_CENTRES = ("", "class", "department", "location")
_TABLES: Mapping[str, str] = {"class": "classification"}


class NetsuiteMasterData:
    """What one company has. Ids are texts there."""

    def __init__(self, talk: SuiteTalk, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self._talk = talk
        self.company = mapping.text("company", "name")
        self.centres = mapping.text("fields", "cost_centres", "")
        if self.centres not in _CENTRES:
            raise wrong("fields.cost_centres", "It is class, department or location, or is left out.")
        self._currencies: dict[str, str] = {}

    def companies(self) -> list[dict[str, Any]]:
        """Return id, name and currency of each subsidiary."""
        source = "subsidiary s JOIN currency c ON c.id = s.currency"
        query = selected("s.id, s.name, c.symbol AS currency", source, "s.isinactive = 'F'", order="s.id")
        return self._talk.rows("company", query)

    def subsidiary(self) -> dict[str, Any]:
        """Return the field that names ours, empty where there is one alone.

        Raises:
            ErpFailure: ``mapping_wrong``: there is no such company.
        """
        found = self.companies()
        ours = [row for row in found if row["name"] == self.company]
        if not ours:
            raise wrong("company.name", f"There is no company “{self.company}”.")
        return {"subsidiary": {"id": ours[0]["id"]}} if len(found) > 1 else {}

    def account_codes(self) -> list[dict[str, str]]:
        """Return numbers and whole names of accounts."""
        rows = self._talk.rows("accounts", selected("id, acctnumber, fullname", "account", _ACTIVE))
        return [{"code": row[by]} for row in rows for by in ("acctnumber", "fullname") if row.get(by)]

    def tax_codes(self) -> list[dict[str, str]]:
        """Return names of tax codes."""
        rows = self._talk.rows("taxes", selected("id, itemid", "salestaxitem", _ACTIVE))
        return [{"code": row["itemid"]} for row in rows]

    def accounts(self, codes: Iterable[str]) -> dict[str, str]:
        """Return ids by number, else by whole name.

        Raises:
            Refused: ``unknown_account``.
        """
        wanted = sorted(set(codes))
        listed = among(wanted)
        named = f"(acctnumber IN {listed} OR fullname IN {listed})"
        query = selected("id, acctnumber, fullname", "account", _ACTIVE, named)
        rows = self._talk.rows("find_accounts", query)
        # A number goes before a name.
        found = {row[by]: row["id"] for by in ("fullname", "acctnumber") for row in rows if row.get(by)}
        return _all(wanted, found, "unknown_account", "account")

    def taxes(self, codes: Iterable[str]) -> dict[str, str]:
        """Return ids of tax codes by name.

        Raises:
            Refused: ``unknown_tax``.
        """
        wanted = sorted(set(codes))
        query = selected("id, itemid", "salestaxitem", _ACTIVE, f"itemid IN {among(wanted)}")
        found = {row["itemid"]: row["id"] for row in self._talk.rows("find_taxes", query)}
        return _all(wanted, found, "unknown_tax", "tax code")

    def centre_ids(self, names: Iterable[str]) -> dict[str, str]:
        """Return ids of cost centres by name; none where they are not sent.

        Raises:
            Refused: there is none of that name.
        """
        wanted = sorted({name for name in names if name})
        if not wanted or not self.centres:
            return {}
        table = _TABLES.get(self.centres, self.centres)
        query = selected("id, name", table, _ACTIVE, f"name IN {among(wanted)}")
        found = {row["name"]: row["id"] for row in self._talk.rows("find_centres", query)}
        return _all(wanted, found, "refused", self.centres)

    def currency_id(self, symbol: str) -> str:
        """Return the id of a currency.

        Raises:
            Refused: NetSuite does not use it.
        """
        for id_, known in self._known_currencies().items():
            if known == symbol:
                return id_
        raise Refused("refused", f"There is no currency {symbol}.")

    def currency_symbol(self, id_: object) -> str:
        """Return the ISO code of a currency, empty for none."""
        return self._known_currencies().get(str(id_), "")

    def period(self, on: date, *, but: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return the field that names the posting period of a day; else NetSuite takes another one if it is closed.

        ``but``: what it must not be of ``closed``, ``aplocked``, ``alllocked``.

        Raises:
            Refused: ``period_closed``.
        """
        day = f"TO_DATE({literal(on.isoformat())}, 'YYYY-MM-DD')"
        month = "isyear = 'F' AND isquarter = 'F' AND isadjust = 'F'"
        fields = "id, periodname, closed, aplocked, alllocked"
        query = selected(fields, "accountingperiod", f"startdate <= {day}", f"enddate >= {day}", month)
        rows = self._talk.rows("find_period", query)
        if not rows:
            raise Refused("period_closed", f"There is no period for {on.isoformat()}.")
        if any(rows[0][state] == "T" for state in but):
            raise Refused("period_closed", f"The period {rows[0]['periodname']} is closed.")
        return {"postingPeriod": {"id": rows[0]["id"]}}

    def vendor(self, id_: str) -> dict[str, Any]:
        """Return the field that names a vendor.

        Raises:
            Refused: ``unknown_party``.
        """
        query = selected("id", "vendor", f"id = {id_}", _ACTIVE)
        if not id_.isdecimal() or not self._talk.rows("find_vendor", query):
            raise Refused("unknown_party", f"There is no vendor {id_}.")
        return {"entity": {"id": id_}}

    def _known_currencies(self) -> dict[str, str]:
        if not self._currencies:
            rows = self._talk.rows("currencies", selected("id, symbol", "currency"))
            self._currencies = {row["id"]: row["symbol"] for row in rows}
        return self._currencies


def _all(wanted: Iterable[str], found: dict[str, str], code: str, kind: str) -> dict[str, str]:
    for one in wanted:
        if one not in found:
            raise Refused(code, f"There is no {kind} “{one}”.")
    return found
