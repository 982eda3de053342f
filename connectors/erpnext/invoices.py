"""Purchase invoices, payment entries and journal entries: a draft with our key, files, then submission.

Our key stands in a custom field that is unique: the site itself refuses a second draft.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.line_prices import quantity_and_price
from connectors.erp_mapping.mapping_file import MappingFile, wrong
from connectors.erpnext.documents_api import Filters, FrappeDocuments
from gateway.domain.erp.failure import Effect

INVOICE, PAYMENT, ENTRY = "Purchase Invoice", "Payment Entry", "Journal Entry"
_CURRENCIES = {INVOICE: "currency", PAYMENT: "paid_from_account_currency"}
_STATES = {0: "draft", 1: "posted"}


class ErpnextBooks:
    """What goes out to one company."""

    def __init__(self, documents: FrappeDocuments, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self._documents = documents
        self.company = mapping.text("company", "name")
        self.key_field = mapping.text("fields", "key", "tillbridge_key")
        self._unit = mapping.text("fields", "unit", "Nos")
        self._digits = mapping.number("erp", "price_digits", 2)
        self._currency = ""

    def currency(self) -> str:
        """Return the currency of the company.

        Raises:
            ErpFailure: ``mapping_wrong``: there is no such company.
        """
        if not self._currency:
            by: Filters = [["name", "=", self.company]]
            rows = self._documents.rows("company", "Company", by, ["name", "default_currency"])
            if not rows:
                raise wrong("company.name", f"There is no company “{self.company}”.")
            self._currency = str(rows[0]["default_currency"])
        return self._currency

    def find_bill(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look a bill up by our key."""
        return self._found(INVOICE, [[self.key_field, "=", values["key"]]], effect)

    def find_bill_by_number(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look a bill up by vendor and number, whoever entered it."""
        by: Filters = [["bill_no", "=", values["number"]], ["supplier", "=", values["vendor"]["erp_id"]]]
        return self._found(INVOICE, [*by, ["docstatus", "!=", 2]], effect)

    def find_payment(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look a payment up by our key."""
        return self._found(PAYMENT, [[self.key_field, "=", values["key"]]], effect)

    def find_entry(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look an entry up by our key."""
        return self._found(ENTRY, [[self.key_field, "=", values["key"]]], effect)

    def create_bill(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Make the draft of a bill."""
        supplier = values["vendor"]["erp_id"]
        known = self._documents.rows("find_supplier", "Supplier", [["name", "=", supplier]], ["name", "disabled"])
        if not known:
            raise Refused("unknown_party", f"There is no supplier {supplier}.")
        made = {
            "company": self.company,
            "supplier": supplier,
            self.key_field: values["key"],
            "bill_no": values["number"],
            "bill_date": values["issued_on"].isoformat(),
            # Without it the day of the posting is today.
            "set_posting_time": 1,
            "posting_date": values["posting_on"].isoformat(),
            "due_date": values["due_on"].isoformat(),
            "currency": values["currency"],
            "is_return": int(values["credit_note"]),
            "remarks": values["note"] or values["payment_reference"],
            "ignore_pricing_rule": 1,
            "disable_rounded_total": 1,
            **self._contents(values),
        }
        return self._row(INVOICE, self._documents.create("create_vendor_bill", INVOICE, made), Effect.UNKNOWN)

    def replace_bill(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Give a draft of ours its lines anew."""
        changed = self._documents.change("replace_vendor_bill", INVOICE, values["id"], self._contents(values))
        return self._row(INVOICE, changed, Effect.UNKNOWN)

    def create_payment(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Make the draft of a payment."""
        if any(Decimal(paid["discount"]) for paid in values["pays"]):
            raise Refused("not_supported", "Cash discount is entered there by hand.")
        bills = [self._paid(values, paid) for paid in values["pays"]]
        owed = {bill["credit_to"] for bill in bills}
        if len(owed) != 1:
            raise Refused("not_supported", "The bills of a payment have one payable account.")
        bank = values["account"]
        amount = Decimal(values["amount"])
        made = {
            "payment_type": "Pay",
            "company": self.company,
            self.key_field: values["key"],
            "posting_date": values["paid_on"].isoformat(),
            "party_type": "Supplier",
            "party": values["vendor"]["erp_id"],
            "paid_from": self._accounts([bank])[bank],
            "paid_to": owed.pop(),
            "paid_amount": amount,
            "received_amount": amount,
            "source_exchange_rate": 1,
            "target_exchange_rate": 1,
            "reference_no": values["end_to_end_id"],
            "reference_date": values["paid_on"].isoformat(),
            "references": [
                {
                    "reference_doctype": INVOICE,
                    "reference_name": bill["name"],
                    "allocated_amount": Decimal(paid["amount"]),
                }
                for bill, paid in zip(bills, values["pays"], strict=True)
            ],
        }
        return self._row(PAYMENT, self._documents.create("create_vendor_payment", PAYMENT, made), Effect.UNKNOWN)

    def create_entry(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Make the draft of an entry."""
        if values["currency"] != self.currency():
            raise Refused("not_supported", f"Entries go in {self.currency()}, the currency of the company.")
        accounts = self._accounts(line["account"] for line in values["lines"])
        made = {
            "voucher_type": ENTRY,
            "company": self.company,
            self.key_field: values["key"],
            "posting_date": values["entry_on"].isoformat(),
            "user_remark": values["text"],
            "cheque_no": values["reference"],
            "cheque_date": values["entry_on"].isoformat(),
            "accounts": [
                {
                    "account": accounts[line["account"]],
                    "debit_in_account_currency": Decimal(line["debit"]),
                    "credit_in_account_currency": Decimal(line["credit"]),
                    "user_remark": line["text"],
                    **({"cost_center": line["cost_centre"]} if line["cost_centre"] else {}),
                    **({"party_type": "Supplier", "party": line["party"]} if line["party"] else {}),
                }
                for line in values["lines"]
            ],
        }
        return self._row(ENTRY, self._documents.create("create_journal_entry", ENTRY, made), Effect.UNKNOWN)

    def attach(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Put a file to a bill, for those only who may see the bill."""
        file = {
            "filename": values["kept_name"],
            "filedata": values["content"],
            "decode_base64": 1,
            "doctype": INVOICE,
            "docname": values["id"],
            "is_private": 1,
        }
        self._documents.method("attach_vendor_bill", "frappe.client.attach_file", file)
        return {}

    def post_bill(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Submit a bill."""
        return self._submitted("post_vendor_bill", INVOICE, values["id"])

    def post_payment(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Submit a payment."""
        return self._submitted("post_vendor_payment", PAYMENT, values["id"])

    def post_entry(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Submit an entry."""
        return self._submitted("post_journal_entry", ENTRY, values["id"])

    def _submitted(self, operation: str, doctype: str, name: str) -> dict[str, Any]:
        return self._row(doctype, self._documents.change(operation, doctype, name, {"docstatus": 1}), Effect.UNKNOWN)

    def _contents(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return lines and taxes. A credit note has quantities and taxes below zero there."""
        sign = -1 if values["credit_note"] else 1
        taxes = [one for one in values["taxes"] if Decimal(one["amount"])]
        codes = [*(line["account"] for line in values["lines"]), *(tax["tax_code"] for tax in taxes)]
        accounts = self._accounts(codes)
        return {
            "items": [self._line(line, accounts[line["account"]], sign) for line in values["lines"]],
            # The amounts of the document itself: what the site computes by rates it computes otherwise, now and then.
            "taxes": [
                {
                    "charge_type": "Actual",
                    "category": "Total",
                    "add_deduct_tax": "Add",
                    "account_head": accounts[tax["tax_code"]],
                    "description": f"{tax['rate']} %",
                    "tax_amount": sign * Decimal(tax["amount"]),
                }
                for tax in taxes
            ],
        }

    def _line(self, line: Mapping[str, str], account: str, sign: int) -> dict[str, Any]:
        quantity, price = quantity_and_price(line, self._digits)
        told = {
            "item_name": line["text"][:140],
            "description": line["text"],
            "qty": sign * quantity,
            "uom": self._unit,
            "conversion_factor": 1,
            "rate": price,
            "expense_account": account,
        }
        if line["cost_centre"]:
            told["cost_center"] = line["cost_centre"]
        return {**told, **self._ordered(line)}

    def _ordered(self, line: Mapping[str, str]) -> dict[str, Any]:
        """Return the link to the line of an order: by its id, else by its place in the order."""
        if not line["order"]:
            return {}
        order = self._documents.one("find_order", "Purchase Order", line["order"]) or {}
        found = [row for row in order.get("items", []) if line["order_line"] in (row["name"], str(row["idx"]))]
        if not found:
            raise Refused("refused", f"There is no line {line['order_line']} of the order {line['order']}.")
        row = found[0]
        return {
            "item_code": row["item_code"],
            "uom": row["uom"],
            "purchase_order": line["order"],
            "po_detail": row["name"],
        }

    def _accounts(self, codes: Iterable[str]) -> dict[str, str]:
        """Return names of accounts by their numbers, or by the names themselves."""
        wanted = sorted(set(codes))
        of: Filters = [["company", "=", self.company], ["is_group", "=", 0]]
        found: dict[str, str] = {}
        for field in ("account_number", "name"):
            lacking = [code for code in wanted if code not in found]
            if lacking:
                by: Filters = [*of, [field, "in", lacking]]
                rows = self._documents.rows("find_accounts", "Account", by, ["name", "account_number"])
                found |= {str(row[field]): row["name"] for row in rows}
        for code in wanted:
            if code not in found:
                raise Refused("unknown_account", f"There is no account “{code}”.")
        return found

    def _paid(self, values: Mapping[str, Any], paid: Mapping[str, str]) -> dict[str, Any]:
        """Return a submitted bill by its id, by our key, or by vendor and number."""
        of: Filters = [["supplier", "=", values["vendor"]["erp_id"]], ["docstatus", "=", 1]]
        looks = [[self.key_field, "=", paid["key"]], ["bill_no", "=", paid["number"]]]
        looks = [["name", "=", paid["erp_id"]]] if paid["erp_id"] else looks
        for by in looks:
            rows = self._documents.rows("find_paid", INVOICE, [*of, by], ["name", "credit_to"])
            if len(rows) == 1:
                return rows[0]
        raise Refused("refused", f"There is no submitted bill {paid['number']} of this vendor, or several.")

    def _found(self, doctype: str, by: Filters, effect: Effect) -> object:
        rows = self._documents.rows("find", doctype, by, ["name", "docstatus"], effect=effect)
        living = [row for row in rows if row["docstatus"] in _STATES]
        if rows and not living:
            raise Refused("refused", "It was cancelled there.")
        whole = [self._documents.one("find", doctype, row["name"], effect) for row in living[:1]]
        return {"items": [self._row(doctype, one, effect) for one in whole if one is not None]}

    def _row(self, doctype: str, document: Mapping[str, Any], effect: Effect) -> dict[str, Any]:
        """Return a document in our names."""
        files: list[dict[str, Any]] = []
        if doctype == INVOICE:
            of: Filters = [["attached_to_doctype", "=", INVOICE], ["attached_to_name", "=", document["name"]]]
            files = self._documents.rows("find_files", "File", of, ["file_name"], effect=effect)
        return {
            "id": document["name"],
            "key": document.get(self.key_field) or "",
            "number": document["name"],
            "state": _STATES.get(document["docstatus"], "cancelled"),
            "version": document["modified"],
            "currency": self.currency() if doctype == ENTRY else document[_CURRENCIES[doctype]],
            **_sums(doctype, document),
            "attachments": [{"name": file["file_name"]} for file in files],
        }


def _sums(doctype: str, document: Mapping[str, Any]) -> dict[str, str]:
    if doctype == INVOICE:
        names = {"net": "net_total", "tax": "total_taxes_and_charges", "gross": "grand_total"}
        sign = -1 if document.get("is_return") else 1
        return {ours: f"{sign * Decimal(str(document[theirs])):f}" for ours, theirs in names.items()}
    amount = f"{Decimal(str(document['paid_amount' if doctype == PAYMENT else 'total_debit'])):f}"
    return {"net": amount, "tax": "0", "gross": amount}
