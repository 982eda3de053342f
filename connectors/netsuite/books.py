"""Vendor bills, vendor payments and journal entries. Our key is their external id, which NetSuite takes once.

A bill waits for approval until its sums are compared and its files are there: it is in no ledger before.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.line_prices import quantity_and_price, rounded
from connectors.erp_mapping.mapping_file import MappingFile
from connectors.netsuite.master_data import NetsuiteMasterData
from connectors.netsuite.suitetalk import SuiteTalk, literal, selected
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode

BILL, PAYMENT, ENTRY = "vendorBill", "vendorPayment", "journalEntry"
_PENDING, _APPROVED = "1", "2"
_MEMO_MAX = 999
_AP_CLOSED = ("closed", "aplocked", "alllocked")
_GL_CLOSED = ("closed", "alllocked")


class NetsuiteBooks:
    """What goes out to one company."""

    def __init__(self, talk: SuiteTalk, data: NetsuiteMasterData, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self._talk = talk
        self._data = data
        self._digits = mapping.number("erp", "price_digits", 2)
        self._approval_seen = False

    def need_approval(self) -> bool:
        """Whether bills there wait for approval: only then they can be compared before they are posted."""
        if not self._approval_seen:
            self._approval_seen = "approvalStatus" in self._talk.described(BILL)
        return self._approval_seen

    def find_bill(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look a bill up by our key."""
        return self._found("find_vendor_bill", BILL, values["key"], effect)

    def find_bill_by_number(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look a bill up by vendor and number, whoever entered it."""
        ids = self._bills_numbered("find_vendor_bill_by_number", values["vendor"]["erp_id"], values["number"], effect)
        bills = (self._talk.record("find_vendor_bill_by_number", BILL, id_, effect) for id_ in ids[:1])
        return {"items": [self._row(BILL, bill) for bill in bills if bill is not None]}

    def find_payment(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look a payment up by our key."""
        return self._found("find_vendor_payment", PAYMENT, values["key"], effect)

    def find_entry(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look an entry up by our key."""
        return self._found("find_journal_entry", ENTRY, values["key"], effect)

    def create_bill(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Make a bill that waits for approval."""
        if not self.need_approval():
            raise Refused("mapping_wrong", "Turn on approval routing of vendor bills in NetSuite.")
        if values["credit_note"]:
            raise Refused("not_supported", "A vendor credit has no state before the ledger; enter it there.")
        made = {
            **self._data.vendor(values["vendor"]["erp_id"]),
            **self._data.subsidiary(),
            **self._data.period(values["posting_on"]),
            "tranId": values["number"],
            "tranDate": values["issued_on"].isoformat(),
            "dueDate": values["due_on"].isoformat(),
            "currency": {"id": self._data.currency_id(values["currency"])},
            "memo": (values["note"] or values["payment_reference"])[:_MEMO_MAX],
            "approvalStatus": {"id": _PENDING},
            **self._lines(values),
        }
        return self._created("create_vendor_bill", BILL, values["key"], made)

    def post_bill(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Approve a bill, which posts it."""
        self._data.period(values["posting_on"], but=_AP_CLOSED)
        approved = {"approvalStatus": {"id": _APPROVED}}
        self._talk.change("post_vendor_bill", BILL, values["id"], approved)
        return self._read_back("post_vendor_bill", BILL, values["id"])

    def create_payment(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Make and post a payment of bills."""
        bills = [self._paid(values, paid) for paid in values["pays"]]
        account = values["account"]
        made = {
            **self._data.vendor(values["vendor"]["erp_id"]),
            **self._data.subsidiary(),
            **self._data.period(values["paid_on"], but=_AP_CLOSED),
            "tranDate": values["paid_on"].isoformat(),
            "currency": {"id": self._data.currency_id(values["currency"])},
            "account": {"id": self._data.accounts([account])[account]},
            "memo": values["end_to_end_id"],
            "apply": {"items": [_applied(id_, paid) for id_, paid in zip(bills, values["pays"], strict=True)]},
        }
        return self._created("create_vendor_payment", PAYMENT, values["key"], made)

    def create_entry(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Make and post an entry."""
        accounts = self._data.accounts(line["account"] for line in values["lines"])
        centres = self._data.centre_ids(line["cost_centre"] for line in values["lines"])
        made = {
            **self._data.subsidiary(),
            **self._data.period(values["entry_on"], but=_GL_CLOSED),
            "tranDate": values["entry_on"].isoformat(),
            "currency": {"id": self._data.currency_id(values["currency"])},
            "memo": f"{values['reference']} {values['text']}".strip()[:_MEMO_MAX],
            "approved": True,
            "line": {"items": [self._entry_line(line, accounts, centres) for line in values["lines"]]},
        }
        return self._created("create_journal_entry", ENTRY, values["key"], made)

    def post_entry(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Approve an entry that was left waiting."""
        self._data.period(values["entry_on"], but=_GL_CLOSED)
        self._talk.change("post_journal_entry", ENTRY, values["id"], {"approved": True})
        return self._read_back("post_journal_entry", ENTRY, values["id"])

    def _created(self, operation: str, kind: str, key: str, made: Mapping[str, Any]) -> dict[str, Any]:
        """Create it and return what NetSuite made of it."""
        try:
            self._talk.create(operation, kind, {"externalId": key, **made})
        except Refused as refused:
            # Perhaps for an id that was kept, and is another one by now.
            self._data.forget()
            # By which code a taken external id is refused is nowhere said: it is looked at.
            if self._talk.record(operation, kind, f"eid:{key}") is not None:
                raise Refused("duplicate", refused.detail) from refused
            raise
        return self._read_back(operation, kind, f"eid:{key}")

    def _read_back(self, operation: str, kind: str, id_: str) -> dict[str, Any]:
        found = self._talk.record(operation, kind, id_, Effect.UNKNOWN)
        if found is None:
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "What was written cannot be read.")
        return self._row(kind, found)

    def _found(self, operation: str, kind: str, key: str, effect: Effect) -> object:
        found = self._talk.record(operation, kind, f"eid:{key}", effect)
        return {"items": [self._row(kind, found)] if found else []}

    def _row(self, kind: str, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record in our names."""
        return {
            "id": str(record["id"]),
            "key": str(record.get("externalId", "")),
            "number": str(record.get("tranId", "")),
            "state": _state(kind, record),
            "version": str(record.get("lastModifiedDate", "")),
            "currency": self._data.currency_symbol(record["currency"]["id"]),
            **_sums(kind, record),
        }

    def _lines(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return lines of accounts, and those of orders. Taxes are those of the document, to the cent."""
        lines = values["lines"]
        accounts = self._data.accounts(line["account"] for line in lines)
        taxes = self._data.taxes(line["tax_code"] for line in lines)
        centres = self._data.centre_ids(line["cost_centre"] for line in lines)
        found: dict[str, Any] = {"expense": {"items": []}, "item": {"items": []}}
        for line, tax in zip(lines, line_taxes(lines, values["taxes"]), strict=True):
            told = {"taxCode": {"id": taxes[line["tax_code"]]}, "tax1Amt": tax, **self._centre(line, centres)}
            if line["order"]:
                item = {**self._ordered(line, values["vendor"]["erp_id"]), "description": line["text"]}
                found["item"]["items"].append({**item, **told})
            else:
                expense = {"account": {"id": accounts[line["account"]]}, "amount": Decimal(line["net"])}
                found["expense"]["items"].append({**expense, "memo": line["text"][:_MEMO_MAX], **told})
        return {name: part for name, part in found.items() if part["items"]}

    def _ordered(self, line: Mapping[str, str], vendor: str) -> dict[str, Any]:
        """Return the item of an order's line: by its id, else by its place in the order."""
        query = selected(
            "t.id AS order_id, l.id AS line_id, l.linesequencenumber AS place, l.item",
            "transaction t JOIN transactionline l ON l.transaction = t.id",
            "t.type = 'PurchOrd'",
            f"t.tranid = {literal(line['order'])}",
            f"t.entity = {vendor}",
            "l.mainline = 'F' AND l.taxline = 'F'",
            order="l.linesequencenumber",
        )
        rows = self._talk.rows("find_order", query)
        for by in ("line_id", "place"):
            for row in rows:
                if row[by] == line["order_line"]:
                    quantity, price = quantity_and_price(line, self._digits)
                    return {
                        "item": {"id": row["item"]},
                        "orderDoc": {"id": row["order_id"]},
                        "orderLine": int(row["line_id"]),
                        "quantity": quantity,
                        "rate": price,
                    }
        raise Refused("refused", f"There is no line {line['order_line']} of the order {line['order']}.")

    def _entry_line(
        self, line: Mapping[str, str], accounts: Mapping[str, str], centres: Mapping[str, str]
    ) -> dict[str, Any]:
        side = "debit" if Decimal(line["debit"]) else "credit"
        told = {"account": {"id": accounts[line["account"]]}, side: Decimal(line[side]), **self._centre(line, centres)}
        if line["party"]:
            told["entity"] = {"id": line["party"]}
        return {**told, "memo": line["text"][:_MEMO_MAX]}

    def _centre(self, line: Mapping[str, str], centres: Mapping[str, str]) -> dict[str, Any]:
        found = centres.get(line["cost_centre"])
        return {self._data.centres: {"id": found}} if found else {}

    def _paid(self, values: Mapping[str, Any], paid: Mapping[str, str]) -> str:
        """Return the id of an approved bill: as told, else by our key, else by vendor and number."""
        bill = self._talk.record("find_paid", BILL, paid["erp_id"] or f"eid:{paid['key']}")
        if bill is None:
            ids = self._bills_numbered("find_paid", values["vendor"]["erp_id"], paid["number"], Effect.NONE)
            bill = self._talk.record("find_paid", BILL, ids[0]) if len(ids) == 1 else None
        if bill is None or _state(BILL, bill) != "posted":
            raise Refused("refused", f"There is no approved bill {paid['number']} of this vendor, or several.")
        return str(bill["id"])

    def _bills_numbered(self, operation: str, vendor: str, number: str, effect: Effect) -> list[str]:
        if not vendor.isdecimal():
            return []
        of = ("type = 'VendBill'", f"tranid = {literal(number)}", f"entity = {vendor}")
        query = selected("id", "transaction", *of, order="id")
        return [row["id"] for row in self._talk.rows(operation, query, effect)]


def line_taxes(lines: list[Mapping[str, str]], shares: list[Mapping[str, str]]) -> list[Decimal]:
    """Return the tax of each line, so that the lines of a tax code add up to its shares.

    Args:
        lines: net and tax code of each, as texts.
        shares: tax code, rate in per cent, and amount of each, as texts.

    Raises:
        Refused: a tax that no line has.
    """
    found = [Decimal(0)] * len(lines)
    wanted: dict[str, Decimal] = {}
    rates = {share["tax_code"]: Decimal(share["rate"]) for share in shares}
    for share in shares:
        wanted[share["tax_code"]] = wanted.get(share["tax_code"], Decimal(0)) + Decimal(share["amount"])
    for code, amount in wanted.items():
        places = [at for at, line in enumerate(lines) if line["tax_code"] == code]
        if not places and amount:
            raise Refused("refused", f"No line has the tax “{code}”.")
        for at in places:
            net = Decimal(lines[at]["net"])
            found[at] = rounded(net * rates[code] / 100, -int(net.as_tuple().exponent))
        if places:
            # What the supplier rounded by the whole goes to the largest line.
            largest = max(places, key=lambda at: abs(Decimal(lines[at]["net"])))
            found[largest] += amount - sum(found[at] for at in places)
    return found


def _applied(bill: str, paid: Mapping[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {"doc": {"id": bill}, "apply": True, "amount": Decimal(paid["amount"])}
    discount = Decimal(paid["discount"])
    return {**told, "disc": discount} if discount else told


def _state(kind: str, record: Mapping[str, Any]) -> str:
    if kind == ENTRY:
        return "draft" if record.get("approved") is False else "posted"
    if kind == PAYMENT:
        return "posted"
    # Without approval routing there is no such field, and a bill is posted at once.
    status = str((record.get("approvalStatus") or {}).get("id", _APPROVED))
    if status not in (_PENDING, _APPROVED):
        raise Refused("refused", "It was rejected there.")
    return "draft" if status == _PENDING else "posted"


def _sums(kind: str, record: Mapping[str, Any]) -> dict[str, str]:
    if kind == BILL:
        gross, tax = _exact(record["userTotal"]), _exact(record.get("taxTotal"))
        return {"net": f"{gross - tax:f}", "tax": f"{tax:f}", "gross": f"{gross:f}"}
    if kind == PAYMENT:
        amount = _exact(record["total"])
    else:
        amount = sum((_exact(line.get("debit")) for line in record["line"]["items"]), Decimal(0))
    return {"net": f"{amount:f}", "tax": "0", "gross": f"{amount:f}"}


def _exact(value: object) -> Decimal:
    """Return a number of JSON, zero for none."""
    return Decimal(0) if value is None else Decimal(str(value))
