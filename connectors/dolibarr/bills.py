"""Supplier bills: a draft with our key as external reference, lines one by one, files, then validation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from connectors.dolibarr.line_rounding import lines_that_sum_up
from connectors.dolibarr.rest import DolibarrRest, equals
from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.line_prices import quantity_and_price
from connectors.erp_mapping.mapping_file import MappingFile
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode

_STATES = {"0": "draft", "1": "posted", "2": "posted"}
_CENTS = Decimal("0.000001")
_THERE = "already exists"


class DolibarrBills:
    """Supplier bills of one account."""

    def __init__(self, rest: DolibarrRest, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self._rest = rest
        self._currency = mapping.text("erp", "currency", "EUR")
        self._digits = mapping.number("erp", "price_digits", 5)

    def find(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look a bill up by our key."""
        rows = self.by_key("find_vendor_bill", values["key"], effect)
        living = [row for row in rows if status_of(row) in _STATES]
        if rows and not living:
            raise Refused("refused", "It was abandoned in Dolibarr.")
        return {"items": [self._told(row, effect) for row in living[:1]]}

    def find_by_number(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look a bill up by vendor and number, whoever entered it."""
        rows = self.by_number("find_vendor_bill", values["vendor"]["erp_id"], values["number"], effect)
        return {"items": [self._told(row, effect) for row in rows[:1]]}

    def by_key(self, operation: str, key: str, effect: Effect = Effect.NONE) -> list[dict[str, Any]]:
        """Return the bills with our key."""
        rows = self._rest.rows(operation, "supplierinvoices", {"sqlfilters": equals("t.ref_ext", key)}, effect)
        return [row for row in rows if row["ref_ext"] == key]

    def by_number(self, operation: str, vendor: str, number: str, effect: Effect = Effect.NONE) -> list[dict[str, Any]]:
        """Return the bills of a vendor with this number that were not abandoned."""
        if not vendor.isdigit():
            return []
        query = {"thirdparty_ids": vendor, "sqlfilters": equals("t.ref_supplier", number)}
        rows = self._rest.rows(operation, "supplierinvoices", query, effect)
        return [row for row in rows if row["ref_supplier"] == number and status_of(row) in _STATES]

    def create(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Make the draft of a bill and its lines."""
        operation, vendor = "create_vendor_bill", values["vendor"]["erp_id"]
        if values["credit_note"]:
            raise Refused("not_supported", "Credit notes are tied to one bill there; enter them by hand.")
        if values["currency"] != self._currency:
            raise Refused("not_supported", f"Bills go in {self._currency}, the currency of the company.")
        known = self._rest.one("find_vendor", f"thirdparties/{vendor}") if vendor.isdigit() else None
        if known is None:
            raise Refused("unknown_party", f"Dolibarr has no vendor {vendor}.")
        lines = self._lines(values)
        made = self._rest.write(
            operation,
            "supplierinvoices",
            {
                "socid": int(vendor),
                "ref_supplier": values["number"],
                "ref_ext": values["key"],
                "type": 0,
                "date": noon(values["issued_on"]),
                "date_echeance": noon(values["due_on"]),
                "note_private": values["note"],
            },
        )
        if not str(made).isdigit():
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The answer holds no id.", effect=effect)
        self._add_lines(str(made), lines)
        return self._whole(operation, str(made), lines, effect)

    def replace(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Give a draft of ours its lines anew."""
        lines = self._lines(values)
        self._rewrite(values["id"], lines)
        return self._whole("replace_vendor_bill", values["id"], lines, effect)

    def attach(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Put a file to a bill; one of its name is the same, since the name holds its hash."""
        bill = self._rest.one("find_vendor_bill", f"supplierinvoices/{values['id']}")
        if bill is None:
            raise Refused("refused", "The draft is no longer there.")
        file = {
            "filename": values["kept_name"],
            "modulepart": "supplier_invoice",
            "ref": bill["ref"],
            "filecontent": values["content"],
            "fileencoding": "base64",
            "overwriteifexists": 0,
        }
        try:
            self._rest.write("attach_vendor_bill", "documents/upload", file)
        except Refused as refused:
            if _THERE not in refused.detail:
                raise
        return {}

    def post(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Validate a bill."""
        path = f"supplierinvoices/{values['id']}/validate"
        self._rest.write("post_vendor_bill", path, {"idwarehouse": 0, "notrigger": 0})
        return self._read("post_vendor_bill", values["id"], effect)

    def products(self, operation: str, refs: Iterable[str]) -> dict[str, str]:
        """Return ids of products and services by their references.

        Raises:
            Refused: ``unknown_account``.
        """
        found = {}
        for ref in sorted(set(refs)):
            rows = self._rest.rows(operation, "products", {"sqlfilters": equals("t.ref", ref)})
            fitting = [str(row["id"]) for row in rows if row["ref"] == ref]
            if not fitting:
                raise Refused("unknown_account", f"Dolibarr has no product or service “{ref}”.")
            found[ref] = fitting[0]
        return found

    def _lines(self, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        rates = {line["tax_code"]: rate(line["tax_code"]) for line in values["lines"]}
        lines = lines_that_sum_up(values)
        products = self.products("find_products", (line["account"] for line in lines))
        made = []
        for line in lines:
            quantity, price = quantity_and_price({**line, "order": ""}, self._digits)
            made.append(
                {
                    "description": line["text"],
                    "pu_ht": price,
                    "qty": quantity,
                    "tva_tx": rates[line["tax_code"]],
                    "product_type": 1,
                    "fk_product": int(products[line["account"]]),
                }
            )
        return made

    def _whole(self, operation: str, bill: str, lines: list[dict[str, Any]], effect: Effect) -> dict[str, Any]:
        """Return a draft with its lines; where one came twice on the way, they are written once more."""
        if len(self._record(operation, bill, effect)["lines"]) != len(lines):
            self._rewrite(bill, lines)
        return self._read(operation, bill, effect)

    def _rewrite(self, bill: str, lines: list[dict[str, Any]]) -> None:
        """Take the lines of a draft away, and write them anew."""
        for line in self._record("replace_vendor_bill", bill, Effect.NONE)["lines"]:
            path = f"supplierinvoices/{bill}/lines/{line['id']}"
            self._rest.write("remove_line", path, {}, method="DELETE")
        self._add_lines(bill, lines)

    def _add_lines(self, bill: str, lines: list[dict[str, Any]]) -> None:
        for line in lines:
            self._rest.write("add_line", f"supplierinvoices/{bill}/lines", line)

    def _read(self, operation: str, bill: str, effect: Effect) -> dict[str, Any]:
        return self._told(self._record(operation, bill, effect), effect)

    def _record(self, operation: str, bill: str, effect: Effect) -> dict[str, Any]:
        row = self._rest.one(operation, f"supplierinvoices/{bill}", effect)
        if row is None:
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "What was made cannot be read.", effect=effect)
        return row

    def _told(self, row: Mapping[str, Any], effect: Effect) -> dict[str, Any]:
        query = {"modulepart": "supplier_invoice", "id": str(row["id"])}
        files = self._rest.rows("find_files", "documents", query, effect)
        return {
            "id": str(row["id"]),
            "key": row["ref_ext"] or "",
            "number": str(row["ref"]),
            "state": _STATES.get(status_of(row), "abandoned"),
            "version": f"{status_of(row)}-{row.get('date_modification') or row.get('tms') or ''}",
            "net": plain(row["total_ht"]),
            "tax": plain(row["total_tva"]),
            "gross": plain(row["total_ttc"]),
            "currency": self._currency,
            "attachments": [{"name": file["name"]} for file in files],
        }


def rate(code: str) -> Decimal:
    """Return the rate that a tax of the mapping is.

    Raises:
        Refused: ``unknown_tax`` for something else than a number.
    """
    plain_code = code.replace(".", "", 1)
    if not (plain_code.isascii() and plain_code.isdigit()):
        raise Refused("unknown_tax", f"“{code}” is no rate: Dolibarr knows taxes by their per cent.")
    return Decimal(code)


def plain(amount: object) -> str:
    """Return an amount, which has eight digits there, as decimal text."""
    return f"{Decimal(str(amount)).quantize(_CENTS).normalize():f}"


def status_of(row: Mapping[str, Any]) -> str:
    """Return the status of a record, which has one of two names by version."""
    return str(row.get("status") if row.get("status") is not None else row.get("statut"))


def noon(day: dt.date) -> int:
    """Return a moment that is in this day wherever the server stands."""
    return int(dt.datetime.combine(day, dt.time(12), dt.UTC).timestamp())
