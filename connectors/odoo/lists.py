"""Vendors, customers, orders and open items of Odoo, in the order of their changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.erp_mapping.change_cursor import ChangeCursor
from connectors.odoo.calls import decimal_text, pair_id, pair_name, told_text
from connectors.odoo.records import Domain, OdooRecords
from gateway.domain.erp.failure import Effect

_CLOSED_STATES = frozenset({"done", "cancel"})


class OdooLists:
    """Lists of one company."""

    def __init__(self, records: OdooRecords) -> None:
        """``records``: what is read."""
        self._records = records

    def vendors(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List vendors: partners that something was bought from, or that are marked as such."""
        term = "property_supplier_payment_term_id"
        fields = ["name", "ref", "vat", "active", "write_date", term]
        rows, page = self._page("list_vendor", "res.partner", [["supplier_rank", ">", 0]], fields, values)
        of: Domain = [["partner_id", "in", [row["id"] for row in rows]]]
        accounts = ["acc_number", "partner_id"]
        banks = self._records.rows("list_vendor", "res.partner.bank", of, accounts) if rows else []
        items = [
            {
                **_partner(row),
                "iban": [
                    "".join(str(bank["acc_number"]).split())
                    for bank in banks
                    if pair_id(bank["partner_id"]) == str(row["id"])
                ],
                "terms": pair_name(row[term]),
            }
            for row in rows
        ]
        return {"items": items, **page}

    def customers(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List customers."""
        fields = ["name", "ref", "vat", "active", "write_date"]
        rows, page = self._page("list_customer", "res.partner", [["customer_rank", ">", 0]], fields, values)
        return {"items": [_partner(row) for row in rows], **page}

    def orders(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List orders whose lines changed: what is received and billed stands in the lines."""
        line, operation = "purchase.order.line", "list_order"
        domain: Domain = [["state", "in", ["purchase", "done", "cancel"]], ["display_type", "=", False]]
        changed, page = self._page(operation, line, domain, ["order_id", "write_date"], values)
        wanted = sorted({row["order_id"][0] for row in changed})
        if not wanted:
            return {"items": [], **page}
        unit, taxes = self._records.field(line, "product_uom_id", "product_uom"), self._taxes_field()
        fields = ["order_id", "product_id", "name", "product_qty", "qty_received", "qty_invoiced", "price_unit"]
        of: Domain = [["order_id", "in", wanted], ["display_type", "=", False]]
        lines = self._records.rows(
            operation, line, of, [*fields, unit, taxes, "write_date"], order="sequence asc, id asc"
        )
        skus = self._names(operation, "product.product", "default_code", [row["product_id"] for row in lines])
        codes = self._names(operation, "account.tax", "name", [row[taxes][:1] for row in lines])
        head = ["name", "partner_id", "currency_id", "date_order", "state", "write_date"]
        orders = self._records.rows(operation, "purchase.order", [["id", "in", wanted]], head)
        items = []
        for order in orders:
            own = [row for row in lines if row["order_id"][0] == order["id"]]
            told = [_line(row, unit, skus.get(pair_id(row["product_id"]), ""), codes, taxes) for row in own]
            items.append(_order(order, own, told))
        return {"items": items, **page}

    def open_items(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List what is open, of vendors and customers."""
        domain: Domain = [
            ["account_type", "in", ["liability_payable", "asset_receivable"]],
            ["reconciled", "=", False],
            ["parent_state", "=", "posted"],
            ["partner_id", "!=", False],
        ]
        fields = ["account_type", "partner_id", "ref", "move_name", "date_maturity", "date", "currency_id"]
        fields += ["amount_currency", "amount_residual_currency", "write_date"]
        rows, page = self._page("list_open_item", "account.move.line", domain, fields, values)
        return {"items": [_open_item(row) for row in rows], **page}

    def _page(
        self, operation: str, model: str, domain: Domain, fields: Sequence[str], values: Mapping[str, Any]
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        cursor, limit = ChangeCursor.read(values["cursor"]), int(values["limit"])
        since: Domain = [["write_date", ">=", cursor.moment]] if cursor.moment else []
        told: Domain = [["id", "not in", [int(one) for one in cursor.told]]] if cursor.told else []
        rows = self._records.rows(
            operation,
            model,
            [*domain, *since, *told],
            fields,
            limit=limit,
            order="write_date asc, id asc",
            archived=model == "res.partner",
        )
        after, complete = cursor.after([(row["write_date"], str(row["id"])) for row in rows], limit)
        return rows, {"next": after, "complete": complete}

    def _taxes_field(self) -> str:
        return self._records.field("purchase.order.line", "tax_ids", "taxes_id")

    def _names(self, operation: str, model: str, field: str, links: Sequence[Any]) -> dict[str, str]:
        wanted = sorted({link[0] for link in links if link})
        rows = self._records.rows(operation, model, [["id", "in", wanted]], [field], archived=True) if wanted else []
        return {str(row["id"]): told_text(row[field]) for row in rows}


def _partner(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "erp_id": str(row["id"]),
        "code": told_text(row["ref"]),
        "name": told_text(row["name"]),
        "vat_id": told_text(row["vat"]),
        "blocked": not row["active"],
        "version": told_text(row["write_date"]),
    }


def _line(row: Mapping[str, Any], unit: str, sku: str, codes: Mapping[str, str], taxes: str) -> dict[str, str]:
    return {
        "line_id": str(row["id"]),
        "sku": sku,
        "text": told_text(row["name"]),
        "unit": pair_name(row[unit]),
        "ordered": decimal_text(row["product_qty"]),
        "received": decimal_text(row["qty_received"]),
        "billed": decimal_text(row["qty_invoiced"]),
        "unit_price": decimal_text(row["price_unit"]),
        "tax_code": codes.get(str(row[taxes][0]), "") if row[taxes] else "",
    }


def _order(order: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], lines: list[dict[str, str]]) -> dict[str, Any]:
    expected = any(row["qty_received"] < row["product_qty"] or row["qty_invoiced"] < row["product_qty"] for row in rows)
    closed = order["state"] in _CLOSED_STATES or not expected
    return {
        "erp_id": str(order["id"]),
        "number": told_text(order["name"]),
        "vendor": pair_id(order["partner_id"]),
        "currency": pair_name(order["currency_id"]),
        "ordered_on": told_text(order["date_order"])[:10],
        "status": "closed" if closed else "open",
        "lines": lines,
        "version": max([told_text(order["write_date"]), *(told_text(row["write_date"]) for row in rows)]),
    }


def _open_item(row: Mapping[str, Any]) -> dict[str, Any]:
    payable = row["account_type"] == "liability_payable"
    sign = -1 if payable else 1
    amounts = {"amount": row["amount_currency"], "remaining": row["amount_residual_currency"]}
    return {
        "erp_id": str(row["id"]),
        "side": "payable" if payable else "receivable",
        "party": pair_id(row["partner_id"]),
        "number": told_text(row["ref"]) or told_text(row["move_name"]),
        "due_on": told_text(row["date_maturity"]) or told_text(row["date"]),
        "currency": pair_name(row["currency_id"]),
        "version": told_text(row["write_date"]),
        **{name: decimal_text(sign * amount) for name, amount in amounts.items()},
    }
