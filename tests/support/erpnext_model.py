"""A model of ERPNext: a few document types over the REST interface of Frappe. Nothing of it was seen on a real site.

Read in Frappe's documentation and sources: paths, filters, the exceptions with their statuses, messages as JSON in
JSON, `attach_file`, `getdoctype`, `get_versions`. From general knowledge: how ERPNext computes and submits.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.support.erp_model import SECRET, TRACEBACK, ErpModel, ModelReply, ModelRequest

API_KEY, KEY_FIELD = "gateway-key", "tillbridge_key"
_WRITES = {"Purchase Invoice": "bill", "Payment Entry": "payment", "Journal Entry": "entry"}
_STATUSES = {"DoesNotExistError": 404, "DuplicateEntryError": 409, "AuthenticationError": 401}


class FrappeError(Exception):
    """An exception of the site. ``kind``: its name there."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class ErpnextModel(ErpModel):
    """One site with one company."""

    def __init__(self) -> None:
        super().__init__()
        self._now = datetime(2026, 11, 3, 9, 0, 0, 250)  # noqa: DTZ001 - as the ERP tells it
        self.tables: dict[str, dict[str, dict[str, Any]]] = {doctype: {} for doctype in _WRITES}
        self.unique = True
        self._fill()

    def add(self, doctype: str, name: str, /, **values: Any) -> dict[str, Any]:
        """Save a new document."""
        document = {"name": name, "modified": f"{self._now:%Y-%m-%d %H:%M:%S.%f}", "docstatus": 0, **values}
        self.tables.setdefault(doctype, {})[name] = document
        return document

    def _fill(self) -> None:
        self.add("Company", "Sandbox Ltd", default_currency="EUR")
        self.add("UOM", "Nos")
        for number in ("1000", "1360", "1700", "1741", "1742", "1771", "1776", "1800", "6800", "6805", "8300", "8400"):
            usual = {"company": "Sandbox Ltd", "is_group": 0, "disabled": 0}
            self.add("Account", f"{number} - Account - SL", account_number=number, **usual)
        for name, tax_id, disabled in (
            ("Paper Mill", "DE123456789", 0),
            ("Office, Ltd|Co", None, 0),
            ("Closed", None, 1),
        ):
            party = {"supplier_name": name, "tax_id": tax_id, "disabled": disabled, "on_hold": 0}
            self.add("Supplier", name, **party, payment_terms="30 Days", default_currency=None)
        for name in ("Shop Ltd", "Walk-in"):
            self.add("Customer", name, customer_name=name, tax_id=None, disabled=0, default_currency=None)
        sold = {"company": "Sandbox Ltd", "customer": "Shop Ltd", "due_date": "2026-12-01", "currency": "EUR"}
        owed = {"grand_total": Decimal(50), "outstanding_amount": Decimal(20)}
        self.add("Sales Invoice", "SINV-1", **sold, **owed)["docstatus"] = 1
        iban = "DE02 1203 0000 0000 2020 51"
        self.add("Bank Account", "B1", party_type="Supplier", party="Paper Mill", iban=iban)
        for name, sku, quantity, rate in (("PO-1", "PAPER", "100", "4.50"), ("PO-2", "INK", "10", "12.00")):
            row = {"name": f"{name}-row", "idx": 1, "item_code": sku, "item_name": sku, "uom": "Box"}
            row |= {
                "qty": Decimal(quantity),
                "received_qty": Decimal(0),
                "billed_amt": Decimal(0),
                "rate": Decimal(rate),
            }
            head = {"company": "Sandbox Ltd", "supplier": "Office, Ltd|Co", "currency": "EUR", "items": [row]}
            order = self.add(
                "Purchase Order", name, **head, transaction_date="2026-10-01", status="To Receive and Bill"
            )
            order["docstatus"] = 1

    def operation(self, request: ModelRequest) -> str:
        if request.path == "/api/method/frappe.client.attach_file":
            return "attach"
        doctype = request.path.split("/")[3]
        if request.method == "POST" and doctype in _WRITES:
            return f"create_{_WRITES[doctype]}"
        if request.method == "PUT":
            return f"{'post' if 'docstatus' in request.body else 'replace'}_{_WRITES[doctype]}"
        return ""

    def denied(self, request: ModelRequest) -> ModelReply:  # noqa: ARG002 - of the model
        return _failed(FrappeError("AuthenticationError", ""))

    def answer(self, request: ModelRequest) -> ModelReply:
        if request.headers.get("authorization") != f"token {API_KEY}:{SECRET}":
            return self.denied(request)
        # What one call writes has one moment.
        self._now += timedelta(seconds=1)
        try:
            if request.path.startswith("/api/method/"):
                return ModelReply(200, self._method(request))
            _, _, _, doctype, *name = request.path.split("/", 4)
            return ModelReply(200, {"data": self._resource(request, doctype, name[0] if name else "")})
        except FrappeError as error:
            return _failed(error)

    def _method(self, request: ModelRequest) -> dict[str, Any]:
        match request.path.rpartition("/")[2]:
            case "frappe.utils.change_log.get_versions":
                return {"message": {"frappe": {"version": "15.40.1"}, "erpnext": {"version": "15.38.0"}}}
            case "frappe.desk.form.load.getdoctype":
                return {"docs": [{"fields": [{"fieldname": KEY_FIELD, "unique": int(self.unique)}]}]}
            case "frappe.client.attach_file":
                told = request.body
                content = base64.b64decode(told["filedata"])
                of = {"attached_to_doctype": told["doctype"], "attached_to_name": told["docname"]}
                name = f"file-{len(self.tables.get('File', {}))}"
                self.add("File", name, file_name=told["filename"], content=content, **of)
                return {"message": {"name": name, "is_private": told["is_private"]}}
            case other:
                raise FrappeError("ValidationError", f"Failed to get method for command {other}")

    def _resource(self, request: ModelRequest, doctype: str, name: str) -> object:
        if request.method == "POST":
            return self._insert(doctype, request.body)
        if not name:
            return self._rows(doctype, request.query)
        document = self.tables.get(doctype, {}).get(name)
        if document is None:
            raise FrappeError("DoesNotExistError", f"{doctype} {name} not found")
        return document if request.method == "GET" else self._change(doctype, document, request.body)

    def _rows(self, doctype: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        rows = list(self.tables.get(doctype, {}).values())
        for field, operator, wanted in json.loads(query["filters"]):
            rows = [row for row in rows if _fits(row.get(field), operator, wanted)]
        for part in reversed(query["order_by"].split(",")):
            rows.sort(key=lambda row, by=part.split()[0]: str(row[by]))  # type: ignore[misc] # noqa: B008
        limit = int(query.get("limit_page_length", "20")) or len(rows)
        fields = json.loads(query["fields"])
        return [{field: row.get(field) for field in fields} for row in rows[:limit]]

    def _insert(self, doctype: str, values: dict[str, Any]) -> dict[str, Any]:
        if any(row.get(KEY_FIELD) == values[KEY_FIELD] for row in self.tables[doctype].values()):
            raise FrappeError("UniqueValidationError", f"{KEY_FIELD} must be unique")
        name = f"{_WRITES[doctype].upper()}-{len(self.tables[doctype]) + 1:05}"
        document = self.add(doctype, name, **values)
        self._count(doctype, document)
        return document

    def _change(self, doctype: str, document: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        if document["docstatus"] and "docstatus" not in values:
            raise FrappeError("UpdateAfterSubmitError", "Not allowed to change after submission")
        if values.get("docstatus") == 1 and document["posting_date"] < "2026-01-01":
            raise FrappeError(
                "ClosedAccountingPeriod", "You cannot create it within the closed Accounting Period <b>2025</b>"
            )
        if values.get("docstatus") == 1 and document["docstatus"] == 0:
            self._submit(doctype, document)
        document |= {**values, "modified": f"{self._now:%Y-%m-%d %H:%M:%S.%f}"}
        self._count(doctype, document)
        return document

    def _count(self, doctype: str, document: dict[str, Any]) -> None:
        if doctype == "Purchase Invoice":
            rows = [_cents(Decimal(row["qty"]) * _cents(Decimal(row["rate"]))) for row in document["items"]]
            net, tax = sum(rows, Decimal(0)), sum((Decimal(row["tax_amount"]) for row in document["taxes"]), Decimal(0))
            sums = {"net_total": net, "total_taxes_and_charges": tax, "grand_total": net + tax}
            document |= {**sums, "credit_to": "2100 - Creditors - SL"}
            document.setdefault("outstanding_amount", net + tax)
        elif doctype == "Journal Entry":
            sides = ("debit_in_account_currency", "credit_in_account_currency")
            debit, credit = (sum((Decimal(row[side]) for row in document["accounts"]), Decimal(0)) for side in sides)
            if debit != credit:
                raise FrappeError("ValidationError", "Total Debit must be equal to Total Credit.")
            document["total_debit"] = debit
        else:
            document["paid_from_account_currency"] = "EUR"

    def _submit(self, doctype: str, document: dict[str, Any]) -> None:
        if doctype == "Payment Entry":
            for paid in document["references"]:
                bill = self.tables["Purchase Invoice"][paid["reference_name"]]
                if bill["outstanding_amount"] < Decimal(paid["allocated_amount"]):
                    raise FrappeError("ValidationError", "Allocated Amount cannot be greater than outstanding amount.")
                bill["outstanding_amount"] -= Decimal(paid["allocated_amount"])
        for row in document["items"] if doctype == "Purchase Invoice" else ():
            if row.get("po_detail"):
                order = self.tables["Purchase Order"][row["purchase_order"]]
                order["items"][0]["billed_amt"] += Decimal(row["qty"]) * Decimal(row["rate"])
                order["modified"] = f"{self._now:%Y-%m-%d %H:%M:%S.%f}"

    def posted(self) -> list[tuple[str, Decimal, tuple[bytes, ...]]]:
        """Return key, gross and files of all that is in the books."""
        sums = {"Purchase Invoice": "grand_total", "Payment Entry": "paid_amount", "Journal Entry": "total_debit"}
        files = list(self.tables.get("File", {}).values())
        return [
            (
                one[KEY_FIELD],
                Decimal(one[sums[doctype]]),
                tuple(file["content"] for file in files if file["attached_to_name"] == one["name"]),
            )
            for doctype in _WRITES
            for one in self.tables[doctype].values()
            if one["docstatus"] == 1
        ]


def _failed(error: FrappeError) -> ModelReply:
    message = json.dumps([json.dumps({"message": str(error), "indicator": "red"})])
    told = {"exc_type": error.kind, "_server_messages": message, "exc": json.dumps([TRACEBACK])}
    return ModelReply(_STATUSES.get(error.kind, 417), told)


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _fits(found: Any, operator: str, wanted: Any) -> bool:
    match operator:
        case "=":
            return bool(found == wanted)
        case "!=":
            return bool(found != wanted)
        case "in":
            return found in wanted
        case "not in":
            return found not in wanted
        case ">=":
            return bool(found >= wanted)
        case _:
            raise FrappeError("ValidationError", f"Invalid filter {operator}")
