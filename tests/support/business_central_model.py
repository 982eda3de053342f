"""A model of Business Central: one company over the API v2.0 and page services. Nothing of it was seen on a real one.

Read in the public reference: paths, `Microsoft.NAV.post` with 204, attachments in two steps with If-Match, fields of
records and ledger entries. From general knowledge: errors, the token service, how it computes taxes and posts.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from lxml import etree

from tests.support.erp_model import SECRET, ErpModel, ModelReply, ModelRequest

CLIENT, COMPANY_ID = "gateway-client", "3a1b6f0e-0000-4000-8000-000000000001"
_LINES = {
    "purchaseInvoices": "purchaseInvoiceLines",
    "purchaseOrders": "purchaseOrderLines",
    "journals": "journalLines",
}
_PAGES, _SOAP = "urn:microsoft-dynamics-schemas/page/", "http://schemas.xmlsoap.org/soap/envelope/"
_RATES = {"NORMAL": Decimal(19), "REDUCED": Decimal(7), "ZERO": Decimal(0)}
_TERM = re.compile(r"(\w+) (eq|ne|ge) (.+)")
_ODATA = re.compile(r"/api/v2\.0/companies\(([^)]+)\)/(\w+)(?:\(([^)]+)\))?(?:/([\w.]+))?")


class CentralError(Exception):
    """An error of the service. ``code``: its name there."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class CentralModel(ErpModel):
    """One environment with one company."""

    def __init__(self) -> None:
        super().__init__()
        self._now = datetime(2026, 11, 3, 9, 0, 0, 250_000)  # noqa: DTZ001 - in UTC as the service tells it
        self.tables: dict[str, list[dict[str, Any]]] = {name: [] for name in ("attachments", "generalLedgerEntries")}
        self.pages: dict[str, list[dict[str, Any]]] = {}
        self.files: dict[str, bytes] = {}
        self.tokens: set[str] = set()
        self._fill()

    def add(self, entity: str, /, **values: Any) -> dict[str, Any]:
        """Store a new record."""
        rows = self.tables.setdefault(entity, [])
        at = len(rows) + 1
        row = {
            "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{entity} {at}")),
            "lastModifiedDateTime": self._moment(),
            **values,
        }
        rows.append(row)
        return row

    def _fill(self) -> None:
        self.add("companyInformation", displayName="Sandbox Ltd", currencyCode="EUR")
        for number in ("1000", "1360", "1700", "1741", "1742", "1771", "1776", "6800", "6805", "8300", "8400"):
            self.add("accounts", number=number, displayName=f"Account {number}", blocked=False)
        self.add("bankAccounts", number="B-10", displayName="House bank")
        for code in _RATES:
            self.add("taxGroups", code=code)
        for number, name, tax_id, blocked in (
            ("V-1", "Paper Mill", "DE123456789", "_x0020_"),
            ("V-2", "Office, Ltd|Co", "", "_x0020_"),
            ("V-3", "Closed", "", "All"),
        ):
            told = {"displayName": name, "taxRegistrationNumber": tax_id, "blocked": blocked, "currencyCode": "EUR"}
            self.add("vendors", number=number, **told)
        for number in ("C-1", "C-2"):
            told = {"displayName": number, "taxRegistrationNumber": "", "blocked": "_x0020_", "currencyCode": "EUR"}
            self.add("customers", number=number, **told)
        for number, sku, quantity, cost in (("PO-1", "PAPER", "100", "4.50"), ("PO-2", "INK", "10", "12.00")):
            line: dict[str, Any] = {
                "id": str(uuid.uuid5(uuid.NAMESPACE_OID, number)),
                "lineType": "Item",
                "lineObjectNumber": sku,
            }
            line |= {"description": sku, "unitOfMeasureCode": "BOX", "directUnitCost": Decimal(cost)}
            line |= {"quantity": Decimal(quantity), "receivedQuantity": Decimal(0), "invoicedQuantity": Decimal(0)}
            head = {"vendorNumber": "V-2", "currencyCode": "EUR", "orderDate": "2026-10-01"}
            self.add("purchaseOrders", number=number, **head, purchaseOrderLines=[line])
        self.pages["VendorBankAccounts"] = [{"Vendor_No": "V-1", "Code": "MAIN", "IBAN": "DE02 1203 0000 0000 2020 51"}]
        self.pages["VendorLedgerEntries"] = []
        claim = {"Customer_No": "C-1", "Document_No": "SI-1", "Due_Date": "2026-12-01", "Currency_Code": ""}
        claim |= {"Amount": "50.00", "Remaining_Amount": "20.00", "Open": "true"}
        self.pages["CustomerLedgerEntries"] = [{"Entry_No": "7", **claim}]

    def operation(self, request: ModelRequest) -> str:
        found = _ODATA.fullmatch(request.path)
        if found is None or request.method in ("GET", "DELETE"):
            return ""
        entity, action = found[2], found[4] or ""
        if entity == "attachments":
            return "attach"
        if entity == "purchaseInvoices":
            return "post_bill" if action else "create_bill"
        # The account of a vendor makes a payment of it; what is posted is told by nothing in the call.
        if action:
            journal = next((one for one in self.tables.get("journals", []) if one["id"] == found[3]), None)
            lines = journal["journalLines"] if journal else []
        else:
            lines = request.body["journalLines"]
        kind = "payment" if any(line["accountType"] == "Vendor" for line in lines) else "entry"
        return f"{'post' if action else 'create'}_{kind}"

    def denied(self, request: ModelRequest) -> ModelReply:  # noqa: ARG002 - of the model
        self.tokens.clear()
        return ModelReply(401, {"error": {"code": "Authentication_InvalidCredentials", "message": "Not accepted."}})

    def answer(self, request: ModelRequest) -> ModelReply:
        if request.path == "/tenant/oauth2/v2.0/token":
            return self._token(request)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return self.denied(request)
        # What one call writes has one moment.
        self._now += timedelta(seconds=1)
        try:
            if request.path.startswith("/WS/"):
                return self._page(request)
            if request.path == "/api/v2.0/companies":
                return ModelReply(200, {"value": [{"id": COMPANY_ID, "name": "Sandbox Ltd", "displayName": "Sandbox"}]})
            return self._asked(request)
        except CentralError as error:
            told = {"code": error.code, "message": f"{error} CorrelationId: {uuid.UUID(int=0)}."}
            return ModelReply(error.status, {"error": told})

    def _token(self, request: ModelRequest) -> ModelReply:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET) or not form.get("scope"):
            return ModelReply(401, {"error": "invalid_client"})
        token = f"token-{self._now:%H%M%S}-{len(self.heard)}"
        self.tokens.add(token)
        return ModelReply(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3599})

    def _asked(self, request: ModelRequest) -> ModelReply:
        found = _ODATA.fullmatch(request.path)
        if found is None or found[1] != COMPANY_ID:
            raise CentralError("BadRequest_ResourceNotFound", "Resource not found for the segment.", 404)
        return self._entity(request, found[2], found[3] or "", found[4] or "")

    def _entity(self, request: ModelRequest, entity: str, row_id: str, action: str) -> ModelReply:
        if not row_id:
            if request.method == "POST":
                return ModelReply(201, self._insert(entity, request.body))
            return ModelReply(200, {"value": self._rows(entity, request.query)})
        row = next((one for one in self.tables.get(entity, []) if one["id"] == row_id), None)
        if row is None:
            raise CentralError("Internal_RecordNotFound", f"The {entity} does not exist.", 404)
        if action == "Microsoft.NAV.post":
            self._post(entity, row)
            return ModelReply(204, b"")
        if action == "attachmentContent":
            if "if-match" not in request.headers:
                raise CentralError("BadRequest_InvalidRequest", "If-Match is missing.", 412)
            self.files[row_id] = request.content
            row["byteSize"] = len(request.content)
            return ModelReply(204, b"")
        if request.method == "DELETE":
            self.tables[entity].remove(row)
            return ModelReply(204, b"")
        return ModelReply(200, self._told(entity, row, request.query))

    def _rows(self, entity: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        rows = list(self.tables.get(entity, []))
        for term in query["$filter"].split(" and ") if "$filter" in query else ():
            found = _TERM.fullmatch(term)
            if found is None:
                raise CentralError("BadRequest", f"Invalid filter {term}")
            name, operator, wanted = found[1], found[2], found[3].strip("'").replace("''", "'")
            rows = [row for row in rows if _fits(_plain(row[name]), operator, wanted)]
        for name in reversed(query.get("$orderby", "id").split(",")):
            rows.sort(key=lambda row, by=name: str(row[by]))  # type: ignore[misc]
        return [self._told(entity, row, query) for row in rows[: int(query.get("$top", len(rows)))]]

    def _told(self, entity: str, row: dict[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
        lines = _LINES.get(entity, "")
        return {name: value for name, value in row.items() if name != lines or query.get("$expand") == lines}

    def _insert(self, entity: str, values: dict[str, Any]) -> dict[str, Any]:
        if entity == "attachments":
            return self.add(entity, **{**values, "byteSize": 0})
        if entity == "journals":
            if any(one["code"] == values["code"] for one in self.tables.get(entity, [])):
                raise CentralError("Internal_EntityWithSameKeyExists", "The record already exists.")
            return self._told(entity, self.add(entity, **values), {})
        number = f"PI-{len(self.tables.get(entity, [])) + 1:05}"
        row = self.add(entity, **values, number=number, status="Draft")
        _count(row)
        return self._told(entity, row, {})

    def _post(self, entity: str, row: dict[str, Any]) -> None:
        if entity == "journals":
            self._post_journal(row)
            return
        if row["status"] != "Draft":
            raise CentralError("Application_DialogException", "The document is posted already.")
        self._in_period(row["postingDate"])
        posted = [one for one in self.tables[entity] if one["status"] == "Open"]
        if any(
            (one["vendorNumber"], one["vendorInvoiceNumber"]) == (row["vendorNumber"], row["vendorInvoiceNumber"])
            for one in posted
        ):
            raise CentralError("Application_DialogException", "This invoice already exists for this vendor.")
        row |= {"status": "Open", "number": f"P{row['number']}", "lastModifiedDateTime": self._moment()}
        entry = {"Vendor_No": row["vendorNumber"], "Document_No": row["number"], "Currency_Code": ""}
        entry |= {"External_Document_No": row["vendorInvoiceNumber"], "Due_Date": row["dueDate"], "Open": "true"}
        amount = f"-{row['totalAmountIncludingTax']:.2f}"
        at = str(100 + len(self.pages["VendorLedgerEntries"]))
        self.pages["VendorLedgerEntries"].append(
            {"Entry_No": at, **entry, "Amount": amount, "Remaining_Amount": amount}
        )

    def _post_journal(self, journal: dict[str, Any]) -> None:
        lines = journal["journalLines"]
        if not lines:
            raise CentralError("Application_DialogException", "There is nothing to post.")
        self._in_period(lines[0]["postingDate"])
        if sum(Decimal(line["amount"]) for line in lines):
            raise CentralError("Application_DialogException", "The journal is out of balance.")
        for line in lines:
            amount = Decimal(line["amount"])
            sides = {"debitAmount": max(amount, Decimal(0)), "creditAmount": max(-amount, Decimal(0))}
            self.add("generalLedgerEntries", documentNumber=line["documentNumber"], **sides, key=journal["displayName"])
        journal["journalLines"] = []

    def _in_period(self, day: str) -> None:
        if day < "2026-01-01":
            raise CentralError(
                "Application_DialogException", f"{day} is not within your range of allowed posting dates."
            )

    def _page(self, request: ModelRequest) -> ModelReply:
        _, _, company, _, name = request.path.split("/")
        if company != "Sandbox Ltd" or name not in self.pages:
            return ModelReply(404, b"")
        root = etree.fromstring(request.content)
        size = int(root.findtext(".//{*}setSize") or "0")
        rows = self.pages[name]
        for one in root.iter("{*}filter"):
            field, wanted = one.findtext("{*}Field") or "", one.findtext("{*}Criteria") or ""
            rows = [row for row in rows if _criterion(row[field], wanted)]
        told = "".join(f"<{name}><Key>k</Key>{_fields(row)}</{name}>" for row in rows[:size])
        result = f"<ReadMultiple_Result>{told}</ReadMultiple_Result>"
        body = f"<ReadMultiple_Result xmlns='{_PAGES}{name.lower()}'>{result}</ReadMultiple_Result>"
        envelope = f"<s:Envelope xmlns:s='{_SOAP}'><s:Body>{body}</s:Body></s:Envelope>"
        return ModelReply(200, envelope.encode(), {"Content-Type": "text/xml"})

    def _moment(self) -> str:
        return f"{self._now:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"

    def posted(self) -> list[tuple[str, Decimal, tuple[bytes, ...]]]:
        """Return key, gross and files of all that is in the books."""
        found = []
        for one in self.tables.get("purchaseInvoices", []):
            if one["status"] != "Open":
                continue
            files = [row["id"] for row in self.tables["attachments"] if row["parentId"] == one["id"]]
            content = tuple(self.files[row] for row in files if row in self.files)
            found.append((one["purchaseInvoiceLines"][0]["description"], one["totalAmountIncludingTax"], content))
        sums: dict[str, Decimal] = {}
        for entry in self.tables["generalLedgerEntries"]:
            sums[entry["key"]] = sums.get(entry["key"], Decimal(0)) + entry["debitAmount"]
        return [*found, *((key, gross, ()) for key, gross in sums.items())]


def _fields(row: Mapping[str, str]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in row.items())


def _count(invoice: dict[str, Any]) -> None:
    """Compute the sums: lines to the cent, taxes by rate over the whole."""
    nets: dict[str, Decimal] = {}
    for line in invoice["purchaseInvoiceLines"]:
        if line["lineType"] != "Comment":
            net = _cents(Decimal(line["quantity"]) * Decimal(line["unitCost"]))
            nets[line["taxCode"]] = nets.get(line["taxCode"], Decimal(0)) + net
    net = sum(nets.values(), Decimal(0))
    tax = sum((_cents(amount * _RATES[code] / 100) for code, amount in nets.items()), Decimal(0))
    invoice |= {"totalAmountExcludingTax": net, "totalTaxAmount": tax, "totalAmountIncludingTax": net + tax}


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fits(found: str, operator: str, wanted: str) -> bool:
    match operator:
        case "eq":
            return found == wanted
        case "ne":
            return found != wanted
        case _:
            # Moments may lack the end of their fraction.
            return found.removesuffix("Z") >= wanted.removesuffix("Z").rstrip("0").removesuffix(".")


def _criterion(found: str, wanted: str) -> bool:
    if wanted.startswith(">"):
        return int(found) > int(wanted[1:])
    return found in [one.strip("'") for one in wanted.split("|")]
