"""A model of S/4HANA: the services that the connector calls. Nothing of it was seen on a real system.

Read in SAP's service descriptions: fields of supplier invoices and orders, `Post`. Read in its documentation: tokens of
writes, the attachment service, the SOAP service of journal entries. From general knowledge: all that is computed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from connectors.s4hana.keys import day_of, long_key, odata_day
from connectors.soap.safe_xml import parse_safely
from tests.support.erp_model import SECRET, TRACEBACK, ErpModel, ModelReply, ModelRequest

LOGIN, CODE = "GATEWAY", "1010"
_TOKEN, _COOKIE = "token-4711", "SAP_SESSIONID=abc"
_BASIC = "Basic " + base64.b64encode(f"{LOGIN}:{SECRET}".encode()).decode()
_SIGN = re.compile(r"\s*(\(|\)|'(?:[^']|'')*'|\w+)")
_PARTS = ("to_SuplrInvcItemPurOrdRef", "to_SupplierInvoiceItemGLAcct", "to_SupplierInvoiceTax")
_KEY = re.compile(r"(?P<set>\w+)\((?P<keys>.*)\)")
_PAGE, _PAGE_NEW = 3, 1
"""Rows that versions 2 and 4 give at once, however many are wanted; a link leads to the rest."""


class S4Error(Exception):
    """An error message. ``code``: class and number."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class S4Model(ErpModel):
    """One system with one company code."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[dict[str, Any]]] = {
            name: []
            for name in ("A_SupplierInvoice", "A_OperationalAcctgDocItemCube", "A_MaterialDocumentItem", "files")
        }
        self._messages: dict[str, str] = {}
        self.locked = False
        self._fill()

    def _fill(self) -> None:
        company = {"CompanyCode": CODE, "CompanyCodeName": "Sandbox Ltd", "Currency": "EUR", "ChartOfAccounts": "YCOA"}
        self.tables["A_CompanyCode"] = [company]
        numbers = ("1000", "1360", "1700", "1741", "1742", "1771", "1776", "1800", "6800", "6805", "8300", "8400")
        self.tables["A_GLAccountInChartOfAccounts"] = [
            {"ChartOfAccounts": "YCOA", "GLAccount": f"{number:>010}"} for number in numbers
        ]
        partners: list[dict[str, Any]] = []
        for number, name, vat_id, blocked in (
            ("10300001", "Paper Mill", "DE123456789", False),
            ("10300002", "Office Ltd", "", False),
            ("10300003", "Closed", "", True),
        ):
            supplier = {
                "Supplier": number,
                "SupplierName": name,
                "VATRegistration": vat_id,
                "PostingIsBlocked": blocked,
                "PaymentIsBlockedForSupplier": False,
                "DeletionIndicator": False,
                "to_SupplierCompany": {"results": [{"CompanyCode": CODE, "PaymentTerms": "0004"}]},
            }
            banks = [{"IBAN": "DE02120300000000202051"}] if vat_id else []
            partners.append(
                {
                    "Supplier": number,
                    "Customer": "",
                    "to_Supplier": supplier,
                    "to_BusinessPartnerBank": {"results": banks},
                }
            )
        for number, name in (("10100001", "Shop Ltd"), ("10100002", "Walk-in")):
            customer = {
                "CustomerName": name,
                "VATRegistration": "",
                "PostingIsBlocked": False,
                "DeletionIndicator": False,
            }
            partners.append({"Supplier": "", "Customer": number, "to_Customer": customer})
        self.tables["A_BusinessPartner"] = partners
        self.tables["A_Supplier"] = [row["to_Supplier"] for row in partners if row["Supplier"]]
        self._owed()
        self._orders()

    def _owed(self) -> None:
        owed = self._item("1800000001", "D", "S", Decimal(50), Customer="10100001", DocumentReferenceID="SINV-1")
        paid = self._item("1400000001", "D", "H", Decimal(30), Customer="10100001", DocumentReferenceID="PAID")
        paid |= {"InvoiceReference": owed["AccountingDocument"], "InvoiceReferenceFiscalYear": "2026"}

    def _orders(self) -> None:
        self.tables["PurchaseOrder"], self.tables["PurchaseOrderItem"] = [], []
        for number, sku, quantity, price, per in (
            ("4500000001", "PAPER", 100, Decimal("450.00"), 100),
            ("4500000002", "INK", 10, Decimal(12), 1),
        ):
            item = {
                "PurchaseOrder": number,
                "PurchaseOrderItem": "10",
                "Material": sku,
                "PurchaseOrderItemText": sku,
                "PurchaseOrderQuantityUnit": "BOX",
                "OrderQuantity": quantity,
                "NetPriceAmount": price,
                "NetPriceQuantity": per,
                "TaxCode": "V1",
                "PurchasingDocumentDeletionCode": "",
                "IsCompletelyDelivered": False,
                "IsFinallyInvoiced": False,
            }
            self.tables["PurchaseOrderItem"].append(item)
            head = {"PurchaseOrder": number, "CompanyCode": CODE, "Supplier": "10300002", "DocumentCurrency": "EUR"}
            head |= {"PurchaseOrderDate": "2026-10-01", "PurchaseOrderDeletionCode": ""}
            self.tables["PurchaseOrder"].append({**head, "_PurchaseOrderItem": [item]})
            for quantity_in, side in (("8.000", "S"), ("1.000", "H")):
                receipt = {"PurchaseOrder": number, "PurchaseOrderItem": "00010", "DebitCreditCode": side}
                self.tables["A_MaterialDocumentItem"].append({**receipt, "QuantityInEntryUnit": quantity_in})

    def operation(self, request: ModelRequest) -> str:
        if request.method != "POST":
            return ""
        if request.path.endswith("/A_SupplierInvoice"):
            return "create_bill"
        if request.path.endswith("/AttachmentContentSet"):
            return "attach"
        if request.path.endswith("/Post"):
            return "post_bill"
        return "create_payment" if b"<CreditorItem>" in request.content else "create_entry"

    def denied(self, request: ModelRequest) -> ModelReply:
        if request.method == "GET" or "/bc/srt/" in request.path:
            return ModelReply(401, b"")
        return ModelReply(403, b"CSRF token validation failed", {"x-csrf-token": "Required"})

    def answer(self, request: ModelRequest) -> ModelReply:
        if request.headers.get("authorization") != _BASIC:
            return ModelReply(401, b"")
        try:
            if "/bc/srt/" in request.path:
                return ModelReply(200, self._journal(request.content), {"Content-Type": "text/xml"})
            return self._write(request) if request.method == "POST" else self._look(request)
        except S4Error as error:
            told = {"code": error.code, "message": {"lang": "en", "value": str(error)}, "innererror": TRACEBACK}
            return ModelReply(error.status, {"error": told})

    def _look(self, request: ModelRequest) -> ModelReply:
        if request.headers.get("x-csrf-token") == "fetch":
            return ModelReply(200, {"d": {}}, {"x-csrf-token": _TOKEN, "set-cookie": f"{_COOKIE}; path=/; HttpOnly"})
        name = request.path.rpartition("/")[2]
        if name == "GetAllOriginals":
            key = request.query["LinkedSAPObjectKey"].strip("'")
            files = [{"FileName": file["FileName"]} for file in self.tables["files"] if file["key"] == key]
            return ModelReply(200, {"d": {"results": files}})
        if keyed := _KEY.fullmatch(name):
            wanted = [part.rpartition("=")[2].strip("'") for part in keyed["keys"].split(",")]
            for row in self.tables[keyed["set"]]:
                if list(row.values())[: len(wanted)] == wanted:
                    return ModelReply(200, {"d": row})
            raise S4Error(404, "/IWBEP/CM_MGW_RT/020", "Resource not found.")
        return self._rows(request, name)

    def _rows(self, request: ModelRequest, name: str) -> ModelReply:
        query = request.query
        rows = [row for row in self._table(name) if _Filter(query["$filter"]).fits(row)]
        for key in reversed(query.get("$orderby", "").split(",")):
            rows.sort(key=lambda row, by=key: str(row.get(by, "")))  # type: ignore[misc]
        rows = rows[: int(query.get("$top", len(rows)))]
        begin, new = int(query.get("$skiptoken", 0)), "odata4" in request.path
        end = begin + (_PAGE_NEW if new else _PAGE)
        more = urlencode({**query, "$skiptoken": str(end)}) if end < len(rows) else ""
        if new:
            link = {"@odata.nextLink": f"{name}?{more}"} if more else {}
            return ModelReply(200, {"value": rows[begin:end], **link})
        link = {"__next": f"https://other.invalid{request.path}?{more}"} if more else {}
        return ModelReply(200, {"d": {"results": rows[begin:end], **link}})

    def _table(self, name: str) -> list[dict[str, Any]]:
        """Return rows; lines of invoices that name an order stand in the invoices."""
        if name in self.tables:
            return self.tables[name]
        if name != "A_SuplrInvcItemPurOrdRef":
            raise S4Error(404, "/IWFND/CM_MGW/096", f"No service found for {name}.")
        return [
            {**item, "SupplierInvoice": one["SupplierInvoice"], "FiscalYear": one["FiscalYear"]}
            for one in self.tables["A_SupplierInvoice"]
            for item in one[_PARTS[0]]["results"]
        ]

    def _write(self, request: ModelRequest) -> ModelReply:
        known = (request.headers.get("x-csrf-token"), request.headers.get("cookie"))
        if known != (_TOKEN, _COOKIE):
            return self.denied(request)
        match request.path.rpartition("/")[2]:
            case "A_SupplierInvoice":
                return ModelReply(201, {"d": self._park(request.body)})
            case "AttachmentContentSet":
                file = {"FileName": request.headers["slug"], "key": request.headers["linkedsapobjectkey"]}
                self.tables["files"].append({**file, "content": request.content})
                return ModelReply(201, {"d": {"FileName": file["FileName"]}})
            case "Post":
                number, year = (request.query[name].strip("'") for name in ("SupplierInvoice", "FiscalYear"))
                return ModelReply(200, {"d": {"Post": {"Success": self._post(number, year)}}})
            case other:
                raise S4Error(404, "/IWFND/CM_MGW/096", f"No service found for {other}.")

    def _park(self, values: dict[str, Any]) -> dict[str, Any]:
        if self.locked:
            raise S4Error(400, "M8/011", "Supplier 10300001 is locked by CLERK.")
        names = ("InvoicingParty", "SupplierInvoiceIDByInvcgParty")
        if any(all(row[name] == values[name] for name in names) for row in self.tables["A_SupplierInvoice"]):
            raise S4Error(400, "M8/462", "Check if invoice already entered under this number.")
        parts = {name: {"results": values.get(name, [])} for name in _PARTS}
        number = f"{5105600001 + len(self.tables['A_SupplierInvoice'])}"
        made = {"SupplierInvoice": number, "FiscalYear": "2026", **values, **parts, "ReverseDocument": ""}
        self.tables["A_SupplierInvoice"].append(made)
        return made

    def _post(self, number: str, year: str) -> bool:
        keys = ("SupplierInvoice", "FiscalYear")
        (invoice,) = (
            row for row in self.tables["A_SupplierInvoice"] if tuple(row[key] for key in keys) == (number, year)
        )
        if invoice["SupplierInvoiceStatus"] != "A":
            raise S4Error(400, "M8/111", f"Invoice document {number} is already posted.")
        if day_of(invoice["PostingDate"]) < "2026-01-01":
            raise S4Error(400, "F5/201", "Posting period 011 2025 is not open.")
        if _balance(invoice):
            raise S4Error(400, "M8/534", f"Balance not zero: {_balance(invoice)}.")
        invoice["SupplierInvoiceStatus"] = "5"
        memo, due = (
            invoice["SupplierInvoiceIsCreditMemo"],
            date.fromisoformat(day_of(invoice["DueCalculationBaseDate"])),
        )
        item = self._item(
            f"5{number[1:]}",
            "K",
            "S" if memo else "H",
            Decimal(invoice["InvoiceGrossAmount"]),
            Supplier=invoice["InvoicingParty"],
            DocumentReferenceID=invoice["SupplierInvoiceIDByInvcgParty"],
            OriginalReferenceDocument=number + year,
        )
        item["NetDueDate"] = odata_day(due + timedelta(days=int(invoice["NetPaymentDays"])))
        return True

    def _item(self, number: str, kind: str, side: str, amount: Decimal, at: int = 1, /, **more: str) -> dict[str, Any]:
        """Return an item of an accounting document that was posted."""
        made = {
            "CompanyCode": CODE,
            "FiscalYear": "2026",
            "AccountingDocument": number,
            "AccountingDocumentItem": f"{at:03}",
            "FinancialAccountType": kind,
            "DebitCreditCode": side,
            "AmountInTransactionCurrency": f"{amount if side == 'S' else -amount}",
            "TransactionCurrency": "EUR",
            "IsCleared": False,
            "NetDueDate": odata_day(datetime(2026, 12, 1, tzinfo=UTC).date()),
            **dict.fromkeys(("InvoiceReference", "AccountingDocumentHeaderText", "OriginalReferenceDocument"), ""),
            **more,
        }
        self.tables["A_OperationalAcctgDocItemCube"].append(made)
        return made

    def _journal(self, content: bytes) -> bytes:
        root = parse_safely(content)
        entry, message = root.find(".//JournalEntry"), root.findtext(".//MessageHeader/UUID")
        head = {one.tag: one.text or "" for one in entry if not len(one)}
        lines = [one for one in entry if len(one)]
        sums = sum(Decimal(one.findtext("AmountInTransactionCurrency")) for one in lines)
        if sums or head["CompanyCode"] != CODE:
            return _confirmed("0000000000", "0000", "<Item><TypeID>702(F5)</TypeID><SeverityCode>3</SeverityCode>"
                              "<Note>Balance in transaction currency</Note></Item>")  # fmt: skip
        if head["PostingDate"] < "2026-01-01":
            return _confirmed("0000000000", "0000", "<Item><TypeID>201(F5)</TypeID><SeverityCode>3</SeverityCode>"
                              "<Note>Posting period 011 2025 is not open</Note></Item>")  # fmt: skip
        if message in self._messages:
            return _confirmed(self._messages[message], "2026", "")
        number = self._messages[message] = f"{100000001 + len(self._messages):010}"
        for at, line in enumerate(lines, start=1):
            amount = abs(Decimal(line.findtext("AmountInTransactionCurrency")))
            item = self._item(
                number, "K" if line.tag == "CreditorItem" else "S", line.findtext("DebitCreditCode"), amount, at
            )
            item |= {
                "AccountingDocumentHeaderText": head["DocumentHeaderText"],
                "DocumentReferenceID": head["DocumentReferenceID"],
                "Supplier": line.findtext("Creditor") or "",
                "InvoiceReference": line.findtext("InvoiceReference") or "",
                "InvoiceReferenceFiscalYear": line.findtext("InvoiceReferenceFiscalYear") or "",
            }
        return _confirmed(number, "2026", "")

    def posted(self) -> list[tuple[str, Decimal, tuple[bytes, ...]]]:
        """Return key, gross and files of all that is in the books."""
        found = []
        for one in self.tables["A_SupplierInvoice"]:
            if one["SupplierInvoiceStatus"] == "5":
                key = one["SupplierInvoice"] + one["FiscalYear"]
                files = tuple(file["content"] for file in self.tables["files"] if file["key"] == key)
                found.append((long_key(one["DocumentHeaderText"]), Decimal(one["InvoiceGrossAmount"]), files))
        entries: dict[tuple[str, str], Decimal] = {}
        for item in self.tables["A_OperationalAcctgDocItemCube"]:
            key_and_number = (long_key(item["AccountingDocumentHeaderText"]), item["AccountingDocument"])
            if key_and_number[0] and item["DebitCreditCode"] == "S":
                amount = Decimal(item["AmountInTransactionCurrency"])
                entries[key_and_number] = entries.get(key_and_number, Decimal(0)) + amount
        return found + [(key, amount, ()) for (key, _), amount in entries.items()]


class _Filter:
    """A filter of OData as far as the connector uses them."""

    def __init__(self, text: str) -> None:
        self._left = [sign[1] for sign in _SIGN.finditer(text)]

    def fits(self, row: Mapping[str, Any]) -> bool:
        found = self._all(row)
        while self._left and self._left[0] == "or":
            self._left.pop(0)
            found = self._all(row) or found
        return found

    def _all(self, row: Mapping[str, Any]) -> bool:
        found = self._one(row)
        while self._left and self._left[0] == "and":
            self._left.pop(0)
            found = self._one(row) and found
        return found

    def _one(self, row: Mapping[str, Any]) -> bool:
        name = self._left.pop(0)
        if name == "(":
            found = self.fits(row)
            self._left.pop(0)
            return found
        how, wanted = self._left.pop(0), self._left.pop(0)
        value, told = row.get(name, ""), wanted[1:-1].replace("''", "'")
        if not wanted.startswith("'"):
            return bool(value is (wanted == "true"))
        return bool(value == told if how == "eq" else value > told)


def _balance(invoice: Mapping[str, Any]) -> Decimal:
    ordered, coded, taxes = (invoice[name]["results"] for name in _PARTS)
    usual = "H" if invoice["SupplierInvoiceIsCreditMemo"] else "S"
    rest = Decimal(invoice["InvoiceGrossAmount"])
    rest -= sum(Decimal(item["SupplierInvoiceItemAmount"]) for item in ordered)
    rest -= sum(Decimal(share["TaxAmount"]) for share in taxes)
    signed = ((Decimal(item["SupplierInvoiceItemAmount"]), item["DebitCreditCode"]) for item in coded)
    return rest - sum(amount if side == usual else -amount for amount, side in signed)


def _confirmed(number: str, year: str, items: str) -> bytes:
    one = "JournalEntryCreateConfirmation"
    severity = "3" if items else "1"
    return (
        '<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/"><soap-env:Body>'
        '<n0:JournalEntryBulkCreateConfirmation xmlns:n0="http://sap.com/xi/SAPSCORE/SFIN">'
        f"<{one}><{one}><AccountingDocument>{number}</AccountingDocument><CompanyCode>{CODE}</CompanyCode>"
        f"<FiscalYear>{year}</FiscalYear></{one}><Log><MaximumLogItemSeverityCode>{severity}"
        f"</MaximumLogItemSeverityCode>{items}</Log></{one}></n0:JournalEntryBulkCreateConfirmation>"
        "</soap-env:Body></soap-env:Envelope>"
    ).encode()
