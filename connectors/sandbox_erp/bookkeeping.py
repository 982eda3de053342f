"""What the sandbox ERP does with documents: computes taxes, posts, ties bills to orders and payments to bills."""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from typing import Any

from connectors.sandbox_erp.books import Books, Refusal

_CENT = Decimal("0.01")


class Bookkeeping:
    """The rules on top of the books. Every method is one transaction; a refusal changes nothing."""

    def __init__(self, books: Books) -> None:
        self.books = books

    def company(self) -> dict[str, Any]:
        """Return who this is, with accounts, taxes and journals."""
        found = self.books.record("company", "company") or {}
        return {
            "name": found["name"],
            "version": found["release"],
            "currency": found["currency"],
            "accounts": [{"code": one["id"], "name": one["name"]} for one in self.books.records("account")],
            "taxes": [{"code": one["id"], "rate": one["rate"]} for one in self.books.records("tax")],
        }

    def create_bill(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make a draft; its sums are computed here.

        Raises:
            Refusal: ``duplicate``, ``unknown_party``, ``party_blocked``, ``unknown_account``, ``unknown_tax``,
                ``unknown_order``, ``invalid``.
        """
        with self.books.transaction():
            return self.books.add_document("bill", self._billed(body), "draft")

    def replace_bill(self, id_: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Give a draft other content.

        Raises:
            Refusal: as ``create_bill``; ``not_found``; ``not_a_draft``.
        """
        with self.books.transaction():
            self._draft(id_)
            return self.books.change_document(id_, self._billed(body), "draft")

    def attach(self, id_: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Add a file to a document; the same content again changes nothing.

        Raises:
            Refusal: ``not_found``, ``invalid``.
        """
        try:
            content = base64.b64decode(_text(body, "content"), validate=True)
        except binascii.Error as error:
            raise Refusal("invalid", "The content is not base64.") from error
        with self.books.transaction():
            self.books.document(id_)
            self.books.add_file(id_, _text(body, "name"), _text(body, "media_type"), content)
            return self.books.document(id_)

    def post_bill(self, id_: str) -> dict[str, Any]:
        """Post a draft: an open item arises, and what is billed of orders grows.

        Raises:
            Refusal: ``not_found``, ``not_a_draft``, ``period_closed``.
        """
        with self.books.transaction():
            bill = self._draft(id_)
            self._check_period(bill["posting_on"])
            posted = self.books.change_document(id_, {}, "posted")
            sign = -1 if bill["credit_note"] else 1
            amount = str(sign * Decimal(bill["gross"]))
            item = {
                "id": id_,
                "side": "payable",
                "party": bill["vendor"],
                "number": bill["number"],
                "due_on": bill["due_on"],
                "amount": amount,
                "remaining": amount,
                "currency": bill["currency"],
            }
            self.books.keep("open_item", item)
            for line in bill["lines"]:
                self._count_billed(line, sign)
            self._booked(posted)
            return posted

    def create_payment(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Post a payment and lower the open items it names.

        Raises:
            Refusal: ``duplicate``, ``unknown_party``, ``unknown_account``, ``period_closed``, ``invalid``.
        """
        with self.books.transaction():
            self._check_party(_text(body, "vendor"))
            self._check_account(_text(body, "account"))
            self._check_period(_text(body, "paid_on"))
            amount = _decimal(body, "amount")
            pays = _rows(body, "pays")
            if sum((_decimal(one, "amount") for one in pays), Decimal(0)) != amount:
                raise Refusal("invalid", "The parts are not the amount.")
            sums = {"net": f"{amount:f}", "tax": "0.00", "gross": f"{amount:f}"}
            posted = self.books.add_document("payment", {**body, **sums}, "posted")
            for one in pays:
                self._clear(posted["vendor"], _text(one, "number"), _decimal(one, "amount"))
            self._booked(posted)
            return posted

    def create_entry(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Post a balanced entry.

        Raises:
            Refusal: ``duplicate``, ``unknown_account``, ``period_closed``, ``not_balanced``, ``invalid``.
        """
        with self.books.transaction():
            self._check_period(_text(body, "entry_on"))
            lines = _rows(body, "lines")
            for line in lines:
                self._check_account(_text(line, "account"))
            debits = sum((_decimal(line, "debit") for line in lines), Decimal(0))
            if debits != sum((_decimal(line, "credit") for line in lines), Decimal(0)) or not lines:
                raise Refusal("not_balanced", "Debit and credit are not the same.")
            sums = {"net": f"{debits:f}", "tax": "0.00", "gross": f"{debits:f}", "vendor": ""}
            posted = self.books.add_document("entry", {**body, **sums}, "posted")
            self._booked(posted)
            return posted

    def receive(self, order_id: str, line_id: str, quantity: Decimal) -> dict[str, Any]:
        """Note goods that arrived for a line of an order.

        Raises:
            Refusal: ``unknown_order``.
        """
        with self.books.transaction():
            return self._change_line(order_id, line_id, "received", quantity)

    def _draft(self, id_: str) -> dict[str, Any]:
        found = self.books.document(id_)
        if found["kind"] != "bill" or found["state"] != "draft":
            raise Refusal("not_a_draft", "Only the draft of a bill can be changed or posted.", id_)
        return found

    def _billed(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a bill with the sums that this ERP computes: tax by rate on the base of each, rounded half up."""
        self._check_party(_text(body, "vendor"))
        bases: defaultdict[str, Decimal] = defaultdict(Decimal)
        lines = _rows(body, "lines")
        for line in lines:
            self._check_account(_text(line, "account"))
            self._check_order(line)
            bases[_text(line, "tax")] += _decimal(line, "net")
        taxes = {code: self._rate(code) for code in bases}
        net = sum(bases.values(), Decimal(0))
        tax = sum(
            ((base * taxes[code] / 100).quantize(_CENT, ROUND_HALF_UP) for code, base in bases.items()),
            Decimal(0),
        )
        credit_note = str(body.get("credit_note", "")).lower() in ("true", "1")
        sums = {"net": f"{net:.2f}", "tax": f"{tax:.2f}", "gross": f"{net + tax:.2f}", "credit_note": credit_note}
        return {**{name: body[name] for name in body if name != "id"}, **sums, "key": _text(body, "key")}

    def _rate(self, code: str) -> Decimal:
        found = self.books.record("tax", code)
        if found is None:
            raise Refusal("unknown_tax", f"There is no tax {code}.")
        return Decimal(found["rate"])

    def _check_party(self, id_: str) -> None:
        found = self.books.record("vendor", id_)
        if found is None:
            raise Refusal("unknown_party", f"There is no vendor {id_}.")
        if found["blocked"]:
            raise Refusal("party_blocked", f"The vendor {id_} is blocked.")

    def _check_account(self, code: str) -> None:
        if self.books.record("account", code) is None:
            raise Refusal("unknown_account", f"There is no account {code}.")

    def _check_period(self, day: str) -> None:
        found = self.books.record("company", "company") or {}
        if day <= found["closed_until"]:
            raise Refusal("period_closed", f"The books are closed until {found['closed_until']}.")

    def _check_order(self, line: Mapping[str, Any]) -> None:
        if line.get("order") and not any(one["number"] == line["order"] for one in self.books.records("order")):
            raise Refusal("unknown_order", f"There is no order {line['order']}.")

    def _count_billed(self, line: Mapping[str, Any], sign: int) -> None:
        if not line.get("order"):
            return
        order = next(one for one in self.books.records("order") if one["number"] == line["order"])
        self._change_line(order["id"], str(line["order_line"]), "billed", sign * _decimal(line, "quantity"))

    def _change_line(self, order_id: str, line_id: str, field: str, quantity: Decimal) -> dict[str, Any]:
        order = self.books.record("order", order_id)
        line = next((one for one in (order or {}).get("lines", ()) if one["line"] == line_id), None)
        if order is None or line is None:
            raise Refusal("unknown_order", f"There is no line {line_id} of an order {order_id}.")
        line[field] = f"{Decimal(line[field]) + quantity:f}"
        whole = all(Decimal(one["billed"]) >= Decimal(one["ordered"]) for one in order["lines"])
        return self.books.keep("order", {**order, "status": "closed" if whole else "open"})

    def _clear(self, vendor: str, number: str, amount: Decimal) -> None:
        for bill in self.books.documents("bill", vendor=vendor, number=number):
            item = self.books.record("open_item", bill["id"])
            if item is not None:
                self.books.keep("open_item", {**item, "remaining": f"{Decimal(item['remaining']) - amount:f}"})

    def _booked(self, posted: Mapping[str, Any]) -> None:
        """Tell the journal: the judge of what really happened."""
        told = ("kind", "key", "id", "vendor", "number", "net", "tax", "gross")
        files = [one["sha256"] for one in posted["attachments"]]
        self.books.write_journal({"event": "posted", **{name: posted[name] for name in told}, "attachments": files})


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Refusal("invalid", f"{name} is missing.")
    return value


def _decimal(body: Mapping[str, Any], name: str) -> Decimal:
    try:
        found = Decimal(str(body.get(name, "")))
    except DecimalException as error:
        raise Refusal("invalid", f"{name} is no number.") from error
    if not found.is_finite():
        raise Refusal("invalid", f"{name} is no number.")
    return found


def _rows(body: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    value = body.get(name)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Refusal("invalid", f"{name} is no list.")
    return value
