"""Purchase invoices: a draft that holds our key in a comment line, files, then the action that posts it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.business_central.api import BusinessCentral, quoted
from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.line_prices import quantity_and_price
from connectors.erp_mapping.mapping_file import MappingFile
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode

INVOICES, ATTACHMENTS = "purchaseInvoices", "attachments"
_STATES: Mapping[str, str] = {"Draft": "draft", "In Review": "accepted", "Open": "posted", "Paid": "posted"}
_LINES = {"$expand": "purchaseInvoiceLines"}
_PARENT = "Purchase Invoice"
_TEXT_MAX = 100


class CentralInvoices:
    """The bills of one company."""

    def __init__(self, central: BusinessCentral, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self._central = central
        self._digits = mapping.number("erp", "price_digits", 5)

    def find(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look a bill up that holds our key, among those of its vendor and number."""
        return {"items": [row for row in self._listed(values, effect) if row["key"] == values["key"]][:1]}

    def find_by_number(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look a bill up by vendor and number, whoever entered it."""
        return {"items": self._listed(values, effect)[:1]}

    def create(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Make the draft of a bill with its lines."""
        if values["credit_note"]:
            raise Refused("not_supported", "Credit notes are entered there by hand.")
        vendor = values["vendor"]["erp_id"]
        by = {"$filter": f"number eq {quoted(vendor)}", "$select": "number"}
        if not self._central.rows("find_vendor", "vendors", by):
            raise Refused("unknown_party", f"There is no vendor {vendor}.")
        made = self._central.create(
            "create_vendor_bill",
            INVOICES,
            {
                "vendorNumber": vendor,
                "vendorInvoiceNumber": values["number"],
                "invoiceDate": values["issued_on"].isoformat(),
                "postingDate": values["posting_on"].isoformat(),
                "dueDate": values["due_on"].isoformat(),
                "currencyCode": values["currency"],
                "purchaseInvoiceLines": [
                    {"lineType": "Comment", "description": values["key"]},
                    *(self._line(line) for line in values["lines"]),
                ],
            },
        )
        return self._whole(str(made["id"]))

    def attach(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Put a file to a bill: its name first, then its bytes. A name that was left without bytes gets them."""
        there = [
            row
            for row in self._files(values["id"], Effect.NONE)
            if row["fileName"] == values["kept_name"] and not row["byteSize"]
        ]
        told = {"parentId": values["id"], "parentType": _PARENT, "fileName": values["kept_name"]}
        row = there[0] if there else self._central.create("attach_vendor_bill", ATTACHMENTS, told)
        place = f"{ATTACHMENTS}({row['id']})/attachmentContent"
        self._central.upload("attach_vendor_bill", place, base64.b64decode(values["content"]))
        return {}

    def post(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Post a bill. One that is posted already is refused there: it is looked at before that is believed."""
        try:
            self._central.act("post_vendor_bill", f"{INVOICES}({values['id']})", "post")
        except Refused:
            row = self._whole(values["id"])
            if row["state"] != "posted":
                raise
            return row
        return self._whole(values["id"])

    def _line(self, line: Mapping[str, str]) -> dict[str, Any]:
        quantity, price = quantity_and_price({**line, "order": ""}, self._digits)
        return {
            "lineType": "Account",
            "lineObjectNumber": line["account"],
            "description": line["text"][:_TEXT_MAX],
            "quantity": quantity,
            "unitCost": price,
            "taxCode": line["tax_code"],
        }

    def _listed(self, values: Mapping[str, Any], effect: Effect) -> list[dict[str, Any]]:
        """Return the bills of a vendor with this number, posted ones first."""
        vendor = values["vendor"]["erp_id"]
        if not vendor or not values["number"]:
            return []
        by = f"vendorNumber eq {quoted(vendor)} and vendorInvoiceNumber eq {quoted(values['number'])}"
        found = self._central.rows("find", INVOICES, {"$filter": by, **_LINES}, effect)
        living = [one for one in found if one["status"] in _STATES]
        if found and not living:
            raise Refused("refused", "It was cancelled there.")
        rows = [self._row(one, effect) for one in living]
        return sorted(rows, key=lambda row: row["state"] == "draft")

    def _whole(self, invoice_id: str) -> dict[str, Any]:
        """Return a bill just written: its sums are computed when it is read."""
        found = self._central.one("find", f"{INVOICES}({invoice_id})", _LINES, Effect.UNKNOWN)
        if found is None:
            said = "The bill that was just written cannot be read."
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, said, effect=Effect.UNKNOWN)
        return self._row(found, Effect.UNKNOWN)

    def _files(self, invoice_id: str, effect: Effect) -> list[dict[str, Any]]:
        by = {"$filter": f"parentId eq {invoice_id}", "$select": "id,fileName,byteSize"}
        return self._central.rows("find_files", ATTACHMENTS, by, effect)

    def _row(self, invoice: Mapping[str, Any], effect: Effect) -> dict[str, Any]:
        """Return a bill in our names."""
        comments = [line["description"] for line in invoice["purchaseInvoiceLines"] if line["lineType"] == "Comment"]
        sums = {"net": "totalAmountExcludingTax", "tax": "totalTaxAmount", "gross": "totalAmountIncludingTax"}
        return {
            "id": str(invoice["id"]),
            "key": next(iter(comments), ""),
            "number": invoice["number"],
            "state": _STATES.get(invoice["status"], "cancelled"),
            "version": invoice["lastModifiedDateTime"],
            "currency": invoice["currencyCode"],
            **{ours: f"{Decimal(str(invoice[theirs])):f}" for ours, theirs in sums.items()},
            "attachments": [
                {"name": row["fileName"]} for row in self._files(str(invoice["id"]), effect) if row["byteSize"]
            ],
        }
