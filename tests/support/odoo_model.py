"""A model of Odoo: a few of its models, over JSON-RPC and JSON-2. What a real one was seen to do is kept to.

Seen on 16.0: errors with HTTP 200 and a traceback, no result where a method returns nothing, a supplier reference
posted twice, a unique index of external ids, taxes computed by the line. Read only: JSON-2.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from operator import itemgetter
from typing import Any

from tests.support.erp_model import SECRET, TRACEBACK, ErpModel, ModelReply, ModelRequest

LOGIN, DATABASE, USER = "gateway@example.com", "books", 7
_RATES = {"19 %": 19, "7 %": 7, "0 %": 0}
_CREATED = {"account.move": "create_bill", "ir.attachment": "attach", "ir.model.data": "claim"}


class OdooError(Exception):
    """An error of the server. ``name``: of the exception there."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class OdooModel(ErpModel):
    """One database with one company."""

    def __init__(self, version: str) -> None:
        super().__init__()
        self.version = version
        self._now = datetime(2026, 11, 3, 9, 0, 0)  # noqa: DTZ001 - as the ERP tells it
        self.tables: dict[str, dict[int, dict[str, Any]]] = {}
        self._fill()

    def add(self, model: str, /, **values: Any) -> int:
        """Make a record; links are given as an id and told as a pair."""
        table = self.tables.setdefault(model, {})
        id_ = len(table) + 1
        table[id_] = {"id": id_, "write_date": f"{self._now:%Y-%m-%d %H:%M:%S}", **values}
        return id_

    def touch(self, model: str, id_: int, /, **values: Any) -> None:
        """Change a record."""
        self.tables[model][id_] |= {"write_date": f"{self._now:%Y-%m-%d %H:%M:%S}", **values}

    def _fill(self) -> None:
        euro = [self.add("res.currency", name="EUR"), "EUR"]
        locks = {"fiscalyear_lock_date": "2025-12-31", "tax_lock_date": False}
        self.add("res.company", name="Sandbox Ltd", currency_id=euro, **locks)
        for code in (
            "1000",
            "1360",
            "1700",
            "1741",
            "1742",
            "1771",
            "1776",
            "1800",
            "2100",
            "6800",
            "6805",
            "8300",
            "8400",
        ):
            self.add("account.account", code=code)
        for name in _RATES:
            self.add("account.tax", name=name, type_tax_use="purchase")
        bank = [8, "1800"]
        self.add(
            "account.journal", code="BNK1", type="bank", default_account_id=bank, **{"default_account_id.code": "1800"}
        )
        self.add(
            "account.journal",
            code="MISC",
            type="general",
            default_account_id=False,
            **{"default_account_id.code": False},
        )
        for ref, name, vat in (
            ("K1", "Paper Mill", "DE123456789"),
            ("K2", "Office Ltd", False),
            ("K3", "Closed", False),
        ):
            self._partner(name, ref, vat, supplier_rank=1, active=ref != "K3")
        self._partner("Shop Ltd", "D1", False, customer_rank=1)
        self._partner("Walk-in", False, False, customer_rank=1)
        self.add("res.partner.bank", acc_number="DE02 1203 0000 0000 2020 51", partner_id=[1, "Paper Mill"])
        owed = {"amount_currency": Decimal(50), "amount_residual_currency": Decimal(20), "currency_id": euro}
        state = {"account_type": "asset_receivable", "reconciled": False, "parent_state": "posted"}
        item = {"ref": False, "move_name": "INV/1", "date": "2026-10-01", "date_maturity": False}
        self.add("account.move.line", **owed, **state, **item, partner_id=[4, "Shop Ltd"])
        for number, line in (("P00001", ("PAPER", "100", "4.50")), ("P00002", ("INK", "10", "12.00"))):
            self._order(number, *line)

    def _partner(self, name: str, ref: object, vat: object, **more: Any) -> None:
        usual = {
            "supplier_rank": 0,
            "customer_rank": 0,
            "active": True,
            "property_supplier_payment_term_id": [1, "30 Days"],
        }
        self.add("res.partner", name=name, ref=ref, vat=vat, **{**usual, **more})

    def _order(self, number: str, sku: str, quantity: str, price: str) -> None:
        product = self.add("product.product", default_code=sku)
        head = {"name": number, "partner_id": [2, "Office Ltd"], "currency_id": [1, "EUR"], "state": "purchase"}
        order = self.add("purchase.order", **head, date_order="2026-10-01 08:00:00")
        line: dict[str, Any] = {
            "order_id": [order, number],
            "order_id.name": number,
            "product_id": [product, sku],
            "name": sku,
            "sequence": 10,
            "product_qty": Decimal(quantity),
            "qty_received": Decimal(0),
            "qty_invoiced": Decimal(0),
            "price_unit": Decimal(price),
            "state": "purchase",
            "display_type": False,
            "taxes_id" if self.version == "16.0" else "tax_ids": [1],
            "product_uom" if self.version == "16.0" else "product_uom_id": [1, "Units"],
        }
        self.add("purchase.order.line", **line)

    def operation(self, request: ModelRequest) -> str:
        model, method, _, named = self._asked(request)
        if method == "create":
            values = named.get("vals", {})
            entry = model == "account.move" and values.get("move_type") == "entry"
            return "create_entry" if entry else _CREATED.get(model, "")
        if method == "action_post":
            posted = self.tables["account.move"].get(named["ids"][0], {})
            return "post_entry" if posted.get("move_type") == "entry" else "post_bill"
        return {"action_create_payments": "create_payment", "write": "replace_bill"}.get(method, "")

    def denied(self, request: ModelRequest) -> ModelReply:
        return self._failed(request, OdooError("odoo.exceptions.AccessDenied", "Access Denied"))

    def answer(self, request: ModelRequest) -> ModelReply:
        if request.path == "/web/version":
            return ModelReply(200, {"version": "19.0", "version_info": [19, 0, 0, "final", 0, ""]})
        try:
            self._enter(request)
            model, method, ids, named = self._asked(request)
            # What one call writes has one moment.
            self._now += timedelta(seconds=1)
            result = self._done(model, method, ids, named)
        except OdooError as error:
            return self._failed(request, error)
        if request.path != "/jsonrpc":
            return ModelReply(200, result)
        told = {"jsonrpc": "2.0", "id": request.body["id"]}
        return ModelReply(200, told if result is None else {**told, "result": result})

    def _failed(self, request: ModelRequest, error: OdooError) -> ModelReply:
        data = {"name": error.name, "message": str(error), "arguments": [str(error)], "debug": TRACEBACK}
        if request.path == "/jsonrpc":
            wrapped = {"code": 200, "message": "Odoo Server Error", "data": data}
            return ModelReply(200, {"jsonrpc": "2.0", "id": request.body["id"], "error": wrapped})
        status = {"AccessDenied": 401, "Unauthorized": 401, "AccessError": 403}.get(error.name.rpartition(".")[2], 422)
        return ModelReply(status, data)

    def _enter(self, request: ModelRequest) -> None:
        if request.path != "/jsonrpc":
            if request.headers.get("authorization") != f"bearer {SECRET}":
                raise OdooError("werkzeug.exceptions.Unauthorized", "Invalid apikey")
            return
        params = request.body["params"]
        if params["service"] == "object" and params["args"][:3] != [DATABASE, USER, SECRET]:
            raise OdooError("odoo.exceptions.AccessDenied", "Access Denied")

    def _asked(self, request: ModelRequest) -> tuple[str, str, list[int], dict[str, Any]]:
        """Return model, method, ids and named arguments of either interface."""
        if request.path != "/jsonrpc":
            *_, model, method = request.path.split("/")
            named = dict(request.body or {})
            if method == "create":
                named["vals"] = named.pop("vals_list")[0]
            return model, method, named.get("ids", []), named
        params = request.body["params"]
        if params["service"] == "common":
            return "", params["method"], [], {"args": params["args"]}
        model, method, args, kwargs = params["args"][3:]
        if method == "create":
            return model, method, [], {**kwargs, "vals": args[0]}
        ids = args[0] if args else []
        return model, method, ids, {**kwargs, "ids": ids}

    def _done(self, model: str, method: str, ids: list[int], named: dict[str, Any]) -> object:
        match method:
            case "version":
                return {"server_version": self.version, "protocol_version": 1}
            case "login":
                return USER if named["args"] == [DATABASE, LOGIN, SECRET] else False
            case "search_read":
                return self._search(model, named)
            case "fields_get":
                return self._fields(model, named["allfields"])
            case "create":
                return self._create(model, named["vals"], named.get("context", {}))
            case "write":
                return self._write(ids[0], named["vals"])
            case "action_post":
                return self._post(ids[0])
            case "action_create_payments":
                self._pay(ids[0])
                return None
            case _:
                raise OdooError("builtins.AttributeError", f"The method {method} does not exist")

    def _fields(self, model: str, asked: list[str]) -> dict[str, Any]:
        """Return which fields there are: those of a record where there is one, else by version."""
        old, new = {"ref", "taxes_id", "product_uom"}, {"memo", "tax_ids", "product_uom_id"}
        there = set(self.tables[model][1]) if model == "res.company" else old if self.version == "16.0" else new
        return {name: {"type": "char"} for name in asked if name in there}

    def _search(self, model: str, named: Mapping[str, Any]) -> list[dict[str, Any]]:
        living = named.get("context", {}).get("active_test", True)
        rows = [row for row in self.tables.get(model, {}).values() if row.get("active", True) or not living]
        rows = [row for row in rows if all(_fits(row, *term) for term in named["domain"])]
        for part in reversed(named.get("order", "id").split(",")):
            rows.sort(key=itemgetter(part.split()[0]))
        limit = named.get("limit") or len(rows)
        missing = [name for name in named["fields"] for row in rows[:1] if name not in row]
        if missing:
            raise OdooError("builtins.ValueError", f"Invalid field {missing[0]!r} on model {model!r}")
        return [{"id": row["id"], **{name: row[name] for name in named["fields"]}} for row in rows[:limit]]

    def _create(self, model: str, values: dict[str, Any], context: Mapping[str, Any]) -> object:
        if model == "ir.model.data":
            taken = [row for row in self.tables.get(model, {}).values() if row["name"] == values["name"]]
            if taken:
                raise OdooError("odoo.exceptions.ValidationError", "External IDs are unique per module.")
        if model == "account.move":
            return self._move(values)
        if model == "account.payment.register":
            return self.add(model, **values, bills=context["active_ids"])
        return self.add(model, **values)

    def _move(self, values: dict[str, Any]) -> int:
        euro = [1, "EUR"]
        lines = [line[2] for line in values.pop("invoice_line_ids", values.get("line_ids", []))]
        usual = {"ref": False, "invoice_origin": False, "partner_id": False, "state": "draft", "name": "/"}
        id_ = self.add("account.move", **{**usual, **values, "currency_id": euro}, amount_residual=Decimal(0))
        move = self.tables["account.move"][id_]
        move["partner_id"] = [values["partner_id"], ""] if values.get("partner_id") else False
        self._count(move, lines)
        return id_

    def _count(self, move: dict[str, Any], lines: list[dict[str, Any]]) -> None:
        """Compute the sums of a document: a line rounded half up, a tax by the line."""
        if move["move_type"] == "entry":
            debit, credit = (sum((Decimal(line[side]) for line in lines), Decimal(0)) for side in ("debit", "credit"))
            if debit != credit:
                raise OdooError("odoo.exceptions.UserError", "The move is not balanced.")
            move |= {"amount_untaxed": Decimal(0), "amount_tax": Decimal(0), "amount_total": debit, "lines": lines}
            return
        taxes = {row["id"]: _RATES[row["name"]] for row in self.tables["account.tax"].values()}
        nets = [_cents(Decimal(line["quantity"]) * _cents(Decimal(line["price_unit"]))) for line in lines]
        bases: dict[int, Decimal] = {}
        for line, net in zip(lines, nets, strict=True):
            tax = line["tax_ids"][0][2][0]
            bases[tax] = bases.get(tax, Decimal(0)) + net
        tax_sum = sum((_cents(base * taxes[tax] / 100) for tax, base in bases.items()), Decimal(0))
        net_sum = sum(nets, Decimal(0))
        move |= {"amount_untaxed": net_sum, "amount_tax": tax_sum, "amount_total": net_sum + tax_sum, "lines": lines}

    def _write(self, id_: int, values: dict[str, Any]) -> bool:
        move = self.tables["account.move"][id_]
        if move["state"] != "draft":
            raise OdooError("odoo.exceptions.UserError", "You cannot modify a posted entry.")
        self._count(move, [line[2] for line in values["invoice_line_ids"] if line[0] == 0])
        return True

    def _post(self, id_: int) -> bool:
        move = self.tables["account.move"][id_]
        if move["date"] <= "2025-12-31":
            # A bill is moved to the next open day without a word.
            if move["move_type"] == "entry":
                raise OdooError("odoo.exceptions.UserError", "You cannot add entries before the lock date 2025-12-31.")
            move["date"] = "2026-01-01"
        if move["state"] != "draft":
            raise OdooError("odoo.exceptions.UserError", "The entry must be in draft.")
        number = f"{'MISC' if move['move_type'] == 'entry' else 'BILL'}/2026/{id_:04}"
        self.touch("account.move", id_, state="posted", name=number, amount_residual=move["amount_total"])
        for line in move["lines"]:
            if line.get("purchase_line_id"):
                order_line = self.tables["purchase.order.line"][line["purchase_line_id"]]
                billed = order_line["qty_invoiced"] + Decimal(line["quantity"])
                self.touch("purchase.order.line", line["purchase_line_id"], qty_invoiced=billed)
        if move["move_type"] != "entry":
            item = {"ref": move["ref"], "move_name": number, "date": move["date"], "partner_id": move["partner_id"]}
            owed = {"amount_currency": -move["amount_total"], "amount_residual_currency": -move["amount_total"]}
            state = {"account_type": "liability_payable", "reconciled": False, "parent_state": "posted"}
            due = {"date_maturity": move["invoice_date_due"], "currency_id": [1, "EUR"]}
            self.add("account.move.line", **item, **owed, **state, **due)
        return False

    def _pay(self, wizard: int) -> None:
        """Make and post a payment; returns nothing, which JSON-RPC tells by no result at all."""
        asked = self.tables["account.payment.register"][wizard]
        bills = [self.tables["account.move"][id_] for id_ in asked["bills"]]
        if sum(bill["amount_residual"] for bill in bills) <= 0:
            raise OdooError("odoo.exceptions.UserError", "There is nothing left to pay.")
        left = Decimal(asked["amount"])
        for bill in bills:
            part = min(left, bill["amount_residual"])
            bill["amount_residual"] -= part
            left -= part
        memo = "ref" if self.version == "16.0" else "memo"
        id_ = len(self.tables.get("account.payment", {})) + 1
        told = {"name": f"PBNK1/2026/{id_:05}", "state": "posted", "amount": Decimal(asked["amount"])}
        self.add("account.payment", **told, currency_id=[1, "EUR"], **{memo: asked["communication"]})

    def posted(self) -> list[tuple[str, Decimal, tuple[bytes, ...]]]:
        """Return key, gross and files of all that is in the books."""
        claims = {row["res_id"]: row["name"] for row in self.tables.get("ir.model.data", {}).values()}
        found = []
        for move in self.tables.get("account.move", {}).values():
            if move["state"] == "posted":
                files = [row for row in self.tables.get("ir.attachment", {}).values() if row["res_id"] == move["id"]]
                contents = tuple(base64.b64decode(file["datas"]) for file in files)
                found.append((claims.get(move["id"], ""), move["amount_total"], contents))
        for payment in self.tables.get("account.payment", {}).values():
            key = str(payment.get("ref") or payment.get("memo")).split()[-1]
            found.append((key, payment["amount"], ()))
        return found


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _fits(row: Mapping[str, Any], field: str, operator: str, wanted: Any) -> bool:
    if field not in row:
        raise OdooError("builtins.ValueError", f"Invalid field {field!r}")
    found = row[field]
    if isinstance(found, list) and field != "bills":
        found = found[0]
    match operator:
        case "=":
            return bool(found == wanted)
        case "!=":
            return bool(found != wanted)
        case "in":
            return found in wanted
        case "not in":
            return found not in wanted
        case ">":
            return bool(found > wanted)
        case ">=":
            return bool(found >= wanted)
        case "like":
            return str(wanted) in str(found)
        case _:
            raise OdooError("builtins.ValueError", f"Invalid operator {operator!r}")
