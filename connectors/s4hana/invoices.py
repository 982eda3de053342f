"""Supplier invoices: parked with our key, files, then posted.

Our key stands in the header text. Amounts and taxes are those of the document; S/4HANA refuses to post what does not
balance.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.mapping_file import MappingFile
from connectors.s4hana.keys import long_key, odata_day, one_line, reference, references, short_key
from connectors.s4hana.odata import ATTACHMENTS, INVOICES, ORDERS, PARTNERS, S4Services, in_path, one_of, quoted
from gateway.domain.erp.failure import Effect

ORDERED, CODED, TAXES = "to_SuplrInvcItemPurOrdRef", "to_SupplierInvoiceItemGLAcct", "to_SupplierInvoiceTax"
POSTED, PARKED = "5", "A"
"""Of SupplierInvoiceStatus."""
_STATES = {POSTED: "posted", PARKED: "draft", "B": "draft", "C": "draft", "D": "draft"}
_EXPANDED = {"$expand": f"{ORDERED},{CODED},{TAXES}"}
_INVOICE_TYPE = "BUS2081"


class S4Invoices:
    """Supplier invoices of one company code."""

    def __init__(self, services: S4Services, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self._services = services
        self.company = mapping.text("company", "code")

    def find(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look a bill up by our key."""
        return self._found(f"DocumentHeaderText eq {quoted(short_key(values['key']))}", effect)

    def find_by_number(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look a bill up by vendor and number, whoever entered it."""
        by = one_of("SupplierInvoiceIDByInvcgParty", references(values["number"]))
        return self._found(f"InvoicingParty eq {quoted(values['vendor']['erp_id'])} and {by}", effect)

    def create(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Park a bill, in one call with its lines and taxes."""
        vendor = values["vendor"]["erp_id"]
        path = f"{PARTNERS}/A_Supplier({in_path(vendor)})"
        if self._services.one("find_supplier", path, {"$select": "Supplier"}) is None:
            raise Refused("unknown_party", f"There is no supplier {vendor}.")
        issued, due = values["issued_on"], values["due_on"]
        parts = {
            ORDERED: self._ordered(values),
            CODED: self._coded(values),
            TAXES: [
                {
                    "TaxCode": tax["tax_code"],
                    "DocumentCurrency": values["currency"],
                    "TaxAmount": tax["amount"],
                    "TaxBaseAmountInTransCrcy": tax["base"],
                }
                for tax in values["taxes"]
            ],
        }
        made = {
            "CompanyCode": self.company,
            "DocumentDate": odata_day(issued),
            "PostingDate": odata_day(values["posting_on"]),
            "SupplierInvoiceIDByInvcgParty": reference(values["number"]),
            "InvoicingParty": vendor,
            "DocumentCurrency": values["currency"],
            "InvoiceGrossAmount": values["gross"],
            "DocumentHeaderText": short_key(values["key"]),
            # The number whole: the field for it has sixteen letters.
            "SupplierPostingLineItemText": one_line(values["number"]),
            "DueCalculationBaseDate": odata_day(min(issued, due)),
            "NetPaymentDays": str(max((due - issued).days, 0)),
            "PaymentReference": values["payment_reference"][:30].upper(),
            "SupplierInvoiceStatus": PARKED,
            "SupplierInvoiceIsCreditMemo": "X" if values["credit_note"] else "",
            # Else it computes them by rates, and otherwise now and then.
            "TaxIsCalculatedAutomatically": False,
            **{name: rows for name, rows in parts.items() if rows},
        }
        created = self._services.write("create_vendor_bill", INVOICES, "A_SupplierInvoice", made)
        return self._row(created, [])

    def attach(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Put a file to a bill, as it is."""
        number, _, year = values["id"].partition("/")
        headers = {
            "Content-Type": values["media_type"],
            "Slug": values["kept_name"],
            "BusinessObjectTypeName": _INVOICE_TYPE,
            "LinkedSAPObjectKey": number + year,
        }
        content = base64.b64decode(values["content"])
        self._services.send("attach_vendor_bill", ATTACHMENTS, "AttachmentContentSet", content, headers)
        return {}

    def post(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Post a parked bill, and read it again."""
        number, _, year = values["id"].partition("/")
        path = f"Post?SupplierInvoice={in_path(number)}&FiscalYear={in_path(year)}"
        entity = f"{INVOICES}/A_SupplierInvoice(SupplierInvoice={in_path(number)},FiscalYear={in_path(year)})"
        refused: Refused | None = None
        try:
            told = self._services.write("post_vendor_bill", INVOICES, path, None)
            if told["Post"]["Success"] is not True:
                refused = Refused("refused", "It does not post the invoice, and does not say why.")
        except Refused as error:
            refused = error
        effect = Effect.NONE if refused else Effect.UNKNOWN
        found = self._services.one("find_vendor_bill", entity, _EXPANDED, effect)
        # By which message it refuses to post once more is not known; its status says whether it is posted.
        if refused is not None and (found is None or found["SupplierInvoiceStatus"] != POSTED):
            raise refused
        return {} if found is None else self._row(found, [])

    def _found(self, by: str, effect: Effect) -> object:
        query = {"$filter": f"CompanyCode eq {quoted(self.company)} and {by}", **_EXPANDED}
        rows = self._services.rows("find_vendor_bill", f"{INVOICES}/A_SupplierInvoice", query, effect)
        living = [row for row in rows if not row.get("ReverseDocument")]
        if rows and not living:
            raise Refused("refused", "It was cancelled there.")
        return {"items": [self._row(row, self._files(row, effect)) for row in living[:1]]}

    def _files(self, row: Mapping[str, Any], effect: Effect) -> list[dict[str, Any]]:
        query = {
            "BusinessObjectTypeName": quoted(_INVOICE_TYPE),
            "LinkedSAPObjectKey": quoted(row["SupplierInvoice"] + row["FiscalYear"]),
        }
        return self._services.rows("find_files", f"{ATTACHMENTS}/GetAllOriginals", query, effect)

    def _coded(self, values: Mapping[str, Any]) -> list[dict[str, str]]:
        """Return the lines without an order. An amount has no sign there, but a side."""
        lines = [line for line in values["lines"] if not line["order"]]
        return [
            {
                "SupplierInvoiceItem": f"{at:04}",
                "CompanyCode": self.company,
                "GLAccount": line["account"],
                "CostCenter": line["cost_centre"],
                "DocumentCurrency": values["currency"],
                "SupplierInvoiceItemAmount": line["net"].removeprefix("-"),
                "DebitCreditCode": "H" if values["credit_note"] != line["net"].startswith("-") else "S",
                "TaxCode": line["tax_code"],
                "SupplierInvoiceItemText": one_line(line["text"]),
            }
            for at, line in enumerate(lines, start=1)
        ]

    def _ordered(self, values: Mapping[str, Any]) -> list[dict[str, str]]:
        """Return the lines of orders, in the unit of the order."""
        lines = [line for line in values["lines"] if line["order"]]
        if any(Decimal(line["net"]) < 0 or Decimal(line["quantity"]) < 0 for line in lines):
            raise Refused("not_supported", "A line of an order below zero is entered there by hand.")
        orders = {line["order"]: self._items(line["order"]) for line in lines}
        found = []
        for at, line in enumerate(lines, start=1):
            item = _item(orders[line["order"]], line)
            found.append(
                {
                    "SupplierInvoiceItem": f"{at:06}",
                    "PurchaseOrder": line["order"],
                    "PurchaseOrderItem": item["PurchaseOrderItem"],
                    "TaxCode": line["tax_code"],
                    "DocumentCurrency": values["currency"],
                    "SupplierInvoiceItemAmount": line["net"],
                    "QuantityInPurchaseOrderUnit": line["quantity"],
                    "PurchaseOrderQuantityUnit": item["PurchaseOrderQuantityUnit"],
                    "SupplierInvoiceItemText": one_line(line["text"]),
                }
            )
        return found

    def _items(self, order: str) -> list[dict[str, Any]]:
        query = {
            "$filter": f"PurchaseOrder eq {quoted(order)}",
            "$select": "PurchaseOrderItem,PurchaseOrderQuantityUnit",
            "$orderby": "PurchaseOrderItem",
        }
        return self._services.rows("find_order", f"{ORDERS}/PurchaseOrderItem", query)

    def _row(self, invoice: Mapping[str, Any], files: list[dict[str, Any]]) -> dict[str, Any]:
        """Return an invoice in our names."""
        memo = bool(invoice["SupplierInvoiceIsCreditMemo"])
        net = sum((Decimal(item["SupplierInvoiceItemAmount"]) for item in _results(invoice, ORDERED)), Decimal(0))
        for item in _results(invoice, CODED):
            usual = item["DebitCreditCode"] == ("H" if memo else "S")
            net += Decimal(item["SupplierInvoiceItemAmount"]) * (1 if usual else -1)
        tax = sum((Decimal(share["TaxAmount"]) for share in _results(invoice, TAXES)), Decimal(0))
        return {
            "id": f"{invoice['SupplierInvoice']}/{invoice['FiscalYear']}",
            "key": long_key(invoice["DocumentHeaderText"]),
            "number": invoice["SupplierInvoice"],
            "state": _STATES.get(invoice["SupplierInvoiceStatus"], invoice["SupplierInvoiceStatus"]),
            "version": invoice["SupplierInvoiceStatus"],
            "currency": invoice["DocumentCurrency"],
            "net": net,
            "tax": tax,
            "gross": invoice["InvoiceGrossAmount"],
            "attachments": [{"name": file["FileName"]} for file in files],
        }


def _results(entity: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the rows of a part; one that was not sent is not answered, either."""
    told = entity[name]
    found = [] if "__deferred" in told else told["results"]
    if not isinstance(found, list):
        raise TypeError(name)
    return found


def _item(items: list[dict[str, Any]], line: Mapping[str, str]) -> dict[str, Any]:
    """Return the item of an order by its id, else by its place."""
    wanted = line["order_line"].lstrip("0")
    for item in items:
        if item["PurchaseOrderItem"].lstrip("0") == wanted:
            return item
    if wanted.isascii() and wanted.isdigit() and int(wanted) <= len(items):
        return items[int(wanted) - 1]
    raise Refused("refused", f"There is no line {line['order_line']} of the order {line['order']}.")
