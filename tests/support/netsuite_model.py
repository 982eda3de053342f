"""A model of NetSuite: records, SuiteQL, tokens and our script for files. Nothing of it was seen on a real account.

Read in the online help: the token request, paths, `eid:`, `o:errorDetails`, answers of SuiteQL. Read in the service
description: names of fields. From general knowledge: tables of SuiteQL, how it computes, approves and clears.
SuiteQL runs on SQLite, with the two functions of Oracle that the connector uses.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree

from tests.support.erp_model import SECRET, TRACEBACK, ErpModel, ModelReply, ModelRequest

CLIENT, CERTIFICATE, BANK_DETAILS = "client-1", "certificate-1", "customrecord_2663_entity_bank_details"
_TOKEN = f"{SECRET}-token"
_TOKEN_PATH = "/services/rest/auth/oauth2/v1/token"
_KINDS = {"vendorBill": "bill", "vendorPayment": "payment", "journalEntry": "entry"}
_TYPES = {"vendorBill": "VendBill", "vendorPayment": "VendPymt", "journalEntry": "Journal"}
_FAULT = (
    "<s:Fault><faultcode>s:Server.userException</faultcode><faultstring>No</faultstring>"
    "<detail><p:{0} xmlns:p='urn:faults'/></detail></s:Fault>"
)
_WRITTEN = (
    "<m:response xmlns:m='{m}' xmlns:c='{c}'><m:writeResponse><c:status isSuccess='{success}'><c:statusDetail>"
    "<c:code>RCRD_DSNT_EXIST</c:code><c:message>That record does not exist.</c:message></c:statusDetail></c:status>"
    "<m:baseRef internalId='{file}'/></m:writeResponse></m:response>"
)
_TABLES = """
CREATE TABLE currency (id, symbol);
CREATE TABLE subsidiary (id, name, currency, isinactive);
CREATE TABLE account (id, acctnumber, fullname, isinactive);
CREATE TABLE salestaxitem (id, itemid, isinactive);
CREATE TABLE department (id, name, isinactive);
CREATE TABLE accountingperiod
    (id, periodname, startdate, enddate, closed, aplocked, alllocked, isyear, isquarter, isadjust);
CREATE TABLE vendor (id, entityid, companyname, vatregnumber, isinactive, currency, lastmodifieddate);
CREATE TABLE customer (id, entityid, companyname, vatregnumber, isinactive, currency, lastmodifieddate);
CREATE TABLE customrecord_2663_entity_bank_details (custrecord_2663_parent_vendor, custrecord_2663_entity_iban);
CREATE TABLE item (id, itemid);
CREATE TABLE unitstypeuom (internalid, abbreviation);
CREATE TABLE "transaction" (id INTEGER PRIMARY KEY, type, tranid, entity, trandate, duedate, status, approvalstatus,
    currency, posting, foreigntotal, foreignamountunpaid, lastmodifieddate);
CREATE TABLE transactionline ("transaction", id, linesequencenumber, item, memo, units, quantity, quantityshiprecv,
    quantitybilled, rate, mainline, taxline);
"""


def private_key(number: int = 2718) -> str:
    """Return a key as PEM, the same for the same number, and behind it the secrets for SOAP."""
    made = ec.derive_private_key(number, ec.SECP256R1())
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return f"{pem}consumer-secret\ntoken-secret\n"


class SuiteTalkError(Exception):
    """What NetSuite refuses."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class NetsuiteModel(ErpModel):
    """One account with one company.

    ``records``: by kind and id; ``files``: name and content by id of a bill; ``cabinet``: what SOAP of the version
    ``soap`` stored; ``soap_fault``: its answer to all.
    """

    def __init__(self) -> None:
        super().__init__()
        self._now = datetime(2026, 11, 3, 9, 0, 0, tzinfo=UTC)
        self.approves, self.script, self.folder = True, True, True
        self.key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey
        self.key = ec.derive_private_key(2718, ec.SECP256R1()).public_key()
        self.records: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in _KINDS}
        self.files: dict[str, dict[str, bytes]] = {}
        self.cabinet: dict[str, bytes] = {}
        self.soap, self.soap_fault = "2025_2", ""
        self._base = sqlite3.connect(":memory:", check_same_thread=False)
        self._base.row_factory = sqlite3.Row
        self._base.create_function("TO_CHAR", 2, lambda value, form: value and value[: 10 if form[-1] == "D" else 19])
        self._base.create_function("TO_DATE", 2, lambda value, _form: value)
        self._base.executescript(_TABLES)
        self._fill()

    def _fill(self) -> None:
        day, moment = "2026-10-01", "2026-10-01 08:00:00"
        numbers = ("1000", "1360", "1700", "1741", "1742", "1771", "1776", "1800", "6800", "6805", "8300", "8400")
        self._insert("currency", (1, "EUR"))
        self._insert("subsidiary", (1, "Sandbox Ltd", 1, "F"))
        self._insert("account", *((100 + at, one, f"Account {one}", "F") for at, one in enumerate(numbers)))
        self._insert("salestaxitem", *((200 + rate, f"VAT:{rate}", "F") for rate in (0, 7, 19)))
        self._insert("department", (5, "Shop", "F"))
        for year, closed in ((2025, "T"), (2026, "F")):
            row = (year, f"Nov {year}", f"{year}-11-01", f"{year}-11-30", closed, closed, closed, "F", "F", "F")
            self._insert("accountingperiod", row)
        self._insert(
            "vendor",
            (11, "V11", "Paper Mill", "DE123456789", "F", 1, moment),
            (12, "V12", "Office Ltd", None, "F", 1, moment),
            (13, "V13", "Closed", None, "T", None, moment),
        )
        self._insert(
            "customer",
            (21, "C21", "Shop Ltd", None, "F", 1, moment),
            (22, "C22", "Walk-in", None, "F", None, moment),
        )
        self._insert(BANK_DETAILS, (11, "DE02 1203 0000 0000 2020 51"))
        self._insert("item", (31, "PAPER"), (32, "INK"))
        self._insert("unitstypeuom", (1, "Box"))
        for at, (item, quantity, rate) in enumerate(((31, "100", "4.50"), (32, "10", "12.00")), 1):
            head = (at, "PurchOrd", f"PO-{at}", 12, day, None, "PurchOrd:B", 2, 1, "F", None, None, moment)
            self._insert("transaction", head)
            self._insert("transactionline", (at, 0, 0, None, None, None, None, None, None, None, "T", "F"))
            line = (at, 1, 1, item, "Ordered", 1, quantity, None, "0", rate, "F", "F")
            self._insert("transactionline", line)
        sold = (9, "CustInvc", "INV-1", 21, day, "2026-12-01", "CustInvc:A", None, 1, "T", "50.00", "20.00", moment)
        self._insert("transaction", sold)

    def _insert(self, table: str, *rows: tuple[object, ...]) -> None:
        for row in rows:
            self._base.execute(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(row))})', row)  # noqa: S608 - ours

    def add_accounts(self, numbers: Iterable[str]) -> None:
        """Open accounts."""
        self._insert("account", *((int(one), one, f"Account {one}", "F") for one in numbers))

    def add_subsidiary(self) -> None:
        """Found a second company."""
        self._insert("subsidiary", (2, "Sister Ltd", 1, "F"))

    def add_discount(self) -> None:
        """Put a discount and a text to the first order."""
        self._insert("transactionline", (1, 2, 2, 32, "Rebate", None, "1", None, "0", "-10.0%", "F", "F"))
        self._insert("transactionline", (1, 3, 3, None, "Thank you", None, None, None, None, None, "F", "F"))

    def operation(self, request: ModelRequest) -> str:
        if request.path.endswith("restlet.nl"):
            return "attach" if request.method == "POST" else ""
        if "NetSuitePort" in request.path:
            return {"add": "add_file", "attach": "attach"}.get(request.headers["soapaction"].strip('"'), "")
        kind = _KINDS.get(request.path.split("/")[5]) if request.path.count("/") >= 5 else None
        if kind and request.method in ("POST", "PATCH"):
            return f"{'create' if request.method == 'POST' else 'post'}_{kind}"
        return ""

    def denied(self, request: ModelRequest) -> ModelReply:  # noqa: ARG002 - of the model
        return _failed(SuiteTalkError("INVALID_LOGIN", "Invalid login attempt.", 401))

    def answer(self, request: ModelRequest) -> ModelReply:
        if request.path == _TOKEN_PATH:
            return self._token(request)
        if "NetSuitePort" not in request.path and request.headers.get("authorization") != f"Bearer {_TOKEN}":
            return self.denied(request)
        self._now += timedelta(seconds=1)
        try:
            if "NetSuitePort" in request.path:
                return self._soap(request)
            if request.path.endswith("suiteql"):
                return ModelReply(200, self._query(request))
            if request.path.endswith("restlet.nl"):
                return self._script(request)
            return self._record(request)
        except SuiteTalkError as error:
            return _failed(error)

    def _token(self, request: ModelRequest) -> ModelReply:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        told, _, signature = form["client_assertion"].rpartition(".")
        head, claims = (json.loads(_decoded(part)) for part in told.split("."))
        now = datetime.now(UTC).timestamp()
        wanted = (CERTIFICATE, CLIENT, self.address + _TOKEN_PATH, "client_credentials")
        right = (head["kid"], claims["iss"], claims["aud"], form["grant_type"]) == wanted
        young = claims["iat"] - 5 <= now < claims["exp"] < claims["iat"] + 3_600
        if not right or not young or not self._signed(head["alg"], told.encode(), _decoded(signature)):
            return ModelReply(401, {"error": "invalid_client"})
        return ModelReply(200, {"access_token": _TOKEN, "expires_in": "3600", "token_type": "bearer"})

    def _signed(self, algorithm: str, told: bytes, signature: bytes) -> bool:
        try:
            if isinstance(self.key, rsa.RSAPublicKey):
                salted = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
                self.key.verify(signature, told, salted, hashes.SHA256())
                return algorithm == "PS256"
            numbers = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
            self.key.verify(encode_dss_signature(*numbers), told, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return algorithm == "ES256" and len(signature) == 64

    def _query(self, request: ModelRequest) -> dict[str, Any]:
        assert request.headers["prefer"] == "transient"
        # The name of a table is a word of SQLite.
        asked = re.sub(r"(?<![A-Za-z_'])transaction(?![A-Za-z_'])", '"transaction"', request.body["q"])
        try:
            rows = self._base.execute(asked).fetchall()
        except sqlite3.Error as error:
            raise SuiteTalkError("INVALID_PARAMETER", f"Invalid search query: {error}") from error
        offset, limit = int(request.query["offset"]), int(request.query["limit"])
        page = rows[offset : offset + limit]
        items = [{name: str(row[name]) for name in row.keys() if row[name] is not None} for row in page]  # noqa: SIM118
        return {"count": len(items), "hasMore": offset + limit < len(rows), "items": items, "offset": offset}

    def _script(self, request: ModelRequest) -> ModelReply:
        if not self.script:
            raise SuiteTalkError("SSS_INVALID_SCRIPTLET_ID", "That Suitelet is invalid.")
        if request.method == "GET":
            return ModelReply(200, {"ready": self.folder})
        told = request.body
        if told["id"] not in self.records[told["record"]]:
            raise SuiteTalkError("RCRD_DSNT_EXIST", "That record does not exist.")
        self.files.setdefault(told["id"], {})[told["name"]] = base64.b64decode(told["content"])
        return ModelReply(200, {"file": 700 + len(self.files)})

    def _soap(self, request: ModelRequest) -> ModelReply:
        names = {"c": f"urn:core_{self.soap}.platform.webservices.netsuite.com",
                 "m": f"urn:messages_{self.soap}.platform.webservices.netsuite.com",
                 "d": f"urn:filecabinet_{self.soap}.documents.webservices.netsuite.com"}  # fmt: skip
        asked = etree.fromstring(request.content)
        passport = [one.text for one in asked.find(".//m:tokenPassport", names)]
        told = "&".join(passport[:5])
        key = b"consumer-secret&token-secret"
        wanted = base64.b64encode(hmac.new(key, told.encode(), "sha256").digest()).decode()
        if self.soap_fault or passport[5] != wanted or abs(int(passport[4]) - datetime.now(UTC).timestamp()) > 60:
            return ModelReply(500, _envelope(_FAULT.format(self.soap_fault or "invalidCredentialsFault")))
        success, file = "true", ""
        if (stored := asked.find(".//m:record", names)) is not None:
            name, content = (stored.findtext(f"d:{field}", "", names) for field in ("name", "content"))
            self.cabinet[name] = base64.b64decode(content)
            file = str(700 + list(self.cabinet).index(name))
        elif (to := asked.find(".//c:attachTo", names)) is not None:
            at = int(asked.find(".//c:attachedRecord", names).get("internalId")) - 700
            name, content = list(self.cabinet.items())[at]
            if to.get("internalId") in self.records[to.get("type")]:
                self.files.setdefault(to.get("internalId"), {})[name] = content
            else:
                success = "false"
        return ModelReply(200, _envelope(_WRITTEN.format(success=success, file=file, **names)))

    def _record(self, request: ModelRequest) -> ModelReply:
        _, _, _, _, _, kind, *id_ = request.path.split("/")
        if kind == "metadata-catalog":
            fields: dict[str, Any] = {"tranId": {}, "entity": {}, **({"approvalStatus": {}} if self.approves else {})}
            return ModelReply(200, {"type": "object", "properties": fields})
        if request.method == "POST":
            self._create(kind, request.body)
            return ModelReply(204, b"")
        found = self._named(kind, id_[0])
        if found is None:
            raise SuiteTalkError("NONEXISTENT_ID", "The record instance does not exist.", 404)
        if request.method == "PATCH":
            self._approve(kind, found, request.body)
            return ModelReply(204, b"")
        return ModelReply(200, found)

    def _named(self, kind: str, id_: str) -> dict[str, Any] | None:
        if not id_.startswith("eid:"):
            return self.records[kind].get(id_)
        return next((one for one in self.records[kind].values() if one["externalId"] == id_[4:]), None)

    def _create(self, kind: str, told: dict[str, Any]) -> None:
        if self._named(kind, f"eid:{told['externalId']}"):
            raise SuiteTalkError("DUP_RCRD", "This record already exists.")
        id_ = str(1_000 + sum(len(records) for records in self.records.values()))
        record = {**told, "id": id_, "lastModifiedDate": f"{self._now:%Y-%m-%dT%H:%M:%SZ}"}
        record.setdefault("tranId", f"{_TYPES[kind]}-{id_}")
        match kind:
            case "vendorBill":
                self._compute(record)
            case "vendorPayment":
                self._pay(record)
            case _:
                lines = record["line"]["items"]
                debit, credit = (sum((Decimal(line.get(side, 0)) for line in lines), Decimal(0))
                                 for side in ("debit", "credit"))  # fmt: skip
                if debit != credit:
                    raise SuiteTalkError("USER_ERROR", "The amounts in a journal entry must balance.")
        self.records[kind][id_] = record
        gross = str(record.get("userTotal", "0"))
        posting = "F" if kind == "vendorBill" else "T"
        entity = record.get("entity", {}).get("id")
        head = (int(id_), _TYPES[kind], record["tranId"], entity and int(entity), record["tranDate"])
        status = (record.get("dueDate"), "open", 1, 1, posting, f"-{gross}", gross, f"{self._now:%Y-%m-%d %H:%M:%S}")
        self._insert("transaction", (*head, *status))

    def _compute(self, record: dict[str, Any]) -> None:
        lines = record.get("item", {}).get("items", [])
        for line in lines:
            line["amount"] = _cents(Decimal(line["quantity"]) * Decimal(line["rate"]))
        lines = [*lines, *record.get("expense", {}).get("items", [])]
        tax = sum((Decimal(line["tax1Amt"]) for line in lines), Decimal(0))
        net = sum((Decimal(line["amount"]) for line in lines), Decimal(0))
        record |= {"taxTotal": tax, "userTotal": net + tax}

    def _approve(self, kind: str, record: dict[str, Any], told: dict[str, Any]) -> None:
        posted = kind == "vendorBill" and record["approvalStatus"]["id"] == "1" and told["approvalStatus"]["id"] == "2"
        record |= {**told, "lastModifiedDate": f"{self._now:%Y-%m-%dT%H:%M:%SZ}"}
        if posted:
            self._bill_lines(record)
            query = "UPDATE \"transaction\" SET posting = 'T', approvalstatus = 2, lastmodifieddate = ? WHERE id = ?"
            self._base.execute(query, (f"{self._now:%Y-%m-%d %H:%M:%S}", int(record["id"])))

    def _bill_lines(self, record: dict[str, Any]) -> None:
        for line in record.get("item", {}).get("items", []):
            order = int(line["orderDoc"]["id"])
            query = 'UPDATE transactionline SET quantitybilled = quantitybilled + ? WHERE "transaction" = ? AND id = ?'
            self._base.execute(query, (float(line["quantity"]), order, line["orderLine"]))
            changed = f"{self._now:%Y-%m-%d %H:%M:%S}"
            self._base.execute('UPDATE "transaction" SET lastmodifieddate = ? WHERE id = ?', (changed, order))

    def _pay(self, record: dict[str, Any]) -> None:
        paid = record["apply"]["items"]
        for line in paid:
            row = self._base.execute(
                'SELECT foreignamountunpaid FROM "transaction" WHERE id = ?', (int(line["doc"]["id"]),)
            ).fetchone()
            left = Decimal(str(row[0])) - Decimal(line["amount"]) - Decimal(line.get("disc", 0))
            if left < 0:
                raise SuiteTalkError("USER_ERROR", "You cannot apply more than is open.")
            query = 'UPDATE "transaction" SET foreignamountunpaid = ? WHERE id = ?'
            self._base.execute(query, (float(left), int(line["doc"]["id"])))
        record["total"] = sum((Decimal(line["amount"]) for line in paid), Decimal(0))

    def posted(self) -> list[tuple[str, Decimal, tuple[bytes, ...]]]:
        """Return key, gross and files of all that is in the books."""
        found = []
        for kind, records in self.records.items():
            for one in records.values():
                if kind == "journalEntry":
                    gross = sum((Decimal(line.get("debit", 0)) for line in one["line"]["items"]), Decimal(0))
                else:
                    gross = Decimal(one["userTotal" if kind == "vendorBill" else "total"])
                if one.get("approvalStatus", {"id": "2"})["id"] == "2":
                    found.append((one["externalId"], gross, tuple(self.files.get(one["id"], {}).values())))
        return found


def _failed(error: SuiteTalkError) -> ModelReply:
    detail = {"detail": str(error), "o:errorCode": error.code}
    told = {"title": "Bad Request", "status": error.status, "o:errorDetails": [detail], "debug": TRACEBACK}
    return ModelReply(error.status, told)


def _envelope(body: str) -> bytes:
    return (
        f"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>{body}</s:Body></s:Envelope>".encode()
    )


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
