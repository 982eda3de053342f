"""Accounts, taxes, currencies, periods and the like of one NetSuite account, found by their codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
        self._subsidiary: dict[str, Any] | None = None
        self._ids: dict[str, dict[str, str]] = {}

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
        known = self._subsidiary
        if known is None:
            found = self.companies()
            ours = [row for row in found if row["name"] == self.company]
            if not ours:
                raise wrong("company.name", f"There is no company “{self.company}”.")
            known = self._subsidiary = {"subsidiary": {"id": ours[0]["id"]}} if len(found) > 1 else {}
        return known

    def forget(self) -> None:
        """Look everything up anew."""
        self._subsidiary, self._ids, self._currencies = None, {}, {}

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

        def ask(lacking: list[str]) -> dict[str, str]:
            listed = among(lacking)
            named = f"(acctnumber IN {listed} OR fullname IN {listed})"
            rows = self._talk.rows("find_accounts", selected("id, acctnumber, fullname", "account", _ACTIVE, named))
            # A number goes before a name.
            return {row[by]: row["id"] for by in ("fullname", "acctnumber") for row in rows if row.get(by)}

        return self._known("account", codes, "unknown_account", ask)

    def taxes(self, codes: Iterable[str]) -> dict[str, str]:
        """Return ids of tax codes by name.

        Raises:
            Refused: ``unknown_tax``.
        """

        def ask(lacking: list[str]) -> dict[str, str]:
            query = selected("id, itemid", "salestaxitem", _ACTIVE, f"itemid IN {among(lacking)}")
            return {row["itemid"]: row["id"] for row in self._talk.rows("find_taxes", query)}

        return self._known("tax code", codes, "unknown_tax", ask)

    def centre_ids(self, names: Iterable[str]) -> dict[str, str]:
        """Return ids of cost centres by name; none where they are not sent.

        Raises:
            Refused: there is none of that name.
        """
        named = {name for name in names if name}
        return self._known(self.centres, named, "refused", self._ask_centres) if self.centres else {}

    def try_centres(self) -> None:
        """Look whether there are cost centres, where the mapping names their kind.

        Raises:
            Refused: there are none, or our role may not see them.
        """
        if self.centres:
            self._ask_centres([""])

    def _ask_centres(self, lacking: list[str]) -> dict[str, str]:
        table = _TABLES.get(self.centres, self.centres)
        query = selected("id, name", table, _ACTIVE, f"name IN {among(lacking)}")
        return {row["name"]: row["id"] for row in self._talk.rows("find_centres", query)}

    def _known(
        self, kind: str, codes: Iterable[str], refusal: str, ask: Callable[[list[str]], dict[str, str]]
    ) -> dict[str, str]:
        """Return ids, asking for those that were not asked for before: NetSuite allows few calls at a time."""
        wanted, known = sorted(set(codes)), self._ids.setdefault(kind, {})
        lacking = [code for code in wanted if code not in known]
        if lacking:
            known |= ask(lacking)
        for code in lacking:
            if code not in known:
                raise Refused(refusal, f"There is no {kind} “{code}”.")
        return {code: known[code] for code in wanted}

    def currency_id(self, symbol: str) -> str:
        """Return the id of a currency.

        Raises:
            Refused: NetSuite does not use it.
        """
        for id_, known in self._currencies_with(lambda known: symbol in known.values()).items():
            if known == symbol:
                return id_
        raise Refused("refused", f"There is no currency {symbol}.")

    def currency_symbol(self, id_: object) -> str:
        """Return the ISO code of a currency, empty for none."""
        return self._currencies_with(lambda known: str(id_) in known).get(str(id_), "")

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

    def _currencies_with(self, holds: Callable[[dict[str, str]], bool]) -> dict[str, str]:
        known = self._currencies
        if not holds(known):
            rows = self._talk.rows("currencies", selected("id, symbol", "currency"))
            known = self._currencies = {row["id"]: row["symbol"] for row in rows}
        return known
