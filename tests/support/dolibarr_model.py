"""A model of Dolibarr's REST interface. What a real 16.0.3 was seen to do is kept to.

Seen: an empty list is a 404, a second reference of a vendor a 500 with ``ErrorRefAlreadyExists``, the ways of a bill,
its lines, its validation and its payment. Read in its sources: files, 304 of a second validation, a payment of all that
is open. From general knowledge: the lists' fields.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.support.erp_model import SECRET, ErpModel, ModelReply, ModelRequest

_ROOT = "/api/index.php/"
_FILTER = re.compile(r"\((?:t\.)?(\w+):(=|>|like):'([^':()]*)'\)")
_MIDNIGHT_IN_BERLIN = int(dt.datetime(2026, 9, 30, 22, tzinfo=dt.UTC).timestamp())


class DolibarrError(Exception):
    """An error that is told. ``reason``: the first of its list."""

    def __init__(self, status: int, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class DolibarrModel(ErpModel):
    """One company."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[dict[str, Any]]] = {}
        self._changes = 0
        self._fill()

    def add(self, table: str, **values: Any) -> dict[str, Any]:
        """Make a record."""
        rows = self.tables.setdefault(table, [])
        row = {"id": str(len(rows) + 1), **values}
        rows.append(row)
        return row

    def _fill(self) -> None:
        for name, vat, active in (("Paper Mill", "DE123456789", "1"), ("Office Ltd", "", "1"), ("Closed", None, "0")):
            party = {"name": name, "tva_intra": vat, "status": active, "mode": "4", "date_modification": 1}
            self.add("thirdparties", **party, code_fournisseur=f"SU-{name}")
        for name in ("Shop Ltd", "Walk-in"):
            self.add(
                "thirdparties", name=name, tva_intra="", status="1", mode="1", date_modification=1, code_client=name
            )
        sold = {"ref": "FA2610-1", "socid": "4", "statut": "1", "date_lim_reglement": _MIDNIGHT_IN_BERLIN}
        self.add("invoices", **sold, total_ttc="50.00000000", date_modification=1)
        self.add("ibans", party="1", iban="DE02 1203 0000 0000 2020 51")
        for ref in ("SUPPLIES", "PHONE"):
            self.add("products", ref=ref)
        for ref in ("BANK", "CASH"):
            self.add("bankaccounts", ref=ref, currency_code="EUR")
        for ref, sku, quantity, price in (("PO2610-1", "PAPER", "100", "4.50000000"), ("PO2610-2", "INK", "10", "12")):
            line = {"id": "1", "product_ref": sku, "desc": sku, "qty": quantity, "subprice": price, "tva_tx": "19.000"}
            head = {"ref": ref, "socid": "2", "statut": 3, "billed": "0", "date_modification": 1}
            self.add("supplierorders", **head, date_commande=_MIDNIGHT_IN_BERLIN, lines=[line])

    def operation(self, request: ModelRequest) -> str:
        path = request.path.removeprefix(_ROOT)
        if request.method == "GET":
            return ""
        ways = {
            r"supplierinvoices": "create_bill",
            r"supplierinvoices/\d+/lines": "add_line",
            r"supplierinvoices/\d+/validate": "post_bill",
            r"supplierinvoices/\d+/payments": "create_payment",
            r"documents/upload": "attach",
        }
        return next((name for way, name in ways.items() if re.fullmatch(way, path)), "")

    def denied(self, request: ModelRequest) -> ModelReply:  # noqa: ARG002 - of the model
        return ModelReply(401, {"error": {"code": 401, "message": "Unauthorized: Failed to login to API."}})

    def answer(self, request: ModelRequest) -> ModelReply:
        if request.headers.get("dolapikey") != SECRET:
            return self.denied(request)
        self._changes += 1
        path, _, rest = request.path.removeprefix(_ROOT).partition("/")
        try:
            return ModelReply(200, self._done(request, path, rest))
        except DolibarrError as error:
            if error.status == 304:
                return ModelReply(304, b"")
            told = {"code": error.status, "message": str(error), **({"0": error.reason} if error.reason else {})}
            return ModelReply(error.status, {"error": told, "debug": {"source": "api.class.php:1"}})

    def _done(self, request: ModelRequest, path: str, rest: str) -> object:
        id_, _, part = rest.partition("/")
        match request.method, path:
            case "GET", _:
                return self._looked(path, id_, part, request.query)
            case "POST", "documents":
                return self._upload(request.body)
            case "POST", "supplierinvoices":
                return self._bill(id_, part, request.body)
            case "DELETE", "supplierinvoices":
                bill = self._one(path, id_)
                bill["lines"] = [line for line in bill["lines"] if line["id"] != part.rpartition("/")[2]]
                return _counted(bill)["lines"]
            case _:
                raise DolibarrError(404, "Not Found")

    def _looked(self, path: str, id_: str, part: str, query: Mapping[str, str]) -> object:
        match path, part:
            case "setup", _:
                modes = [{"id": "2", "code": "VIR"}, {"id": "7", "code": "CHQ"}]
                return modes if part else {"name": "Sandbox Ltd", "currency_code": "EUR"}
            case "status", _:
                return {"success": {"code": 200, "dolibarr_version": "16.0.3", "access_locked": "0"}}
            case "thirdparties", "bankaccounts":
                return _some([one for one in self.tables["ibans"] if one["party"] == id_])
            case "bankaccounts", "lines":
                lines = [one for one in self.tables.get("bank_lines", []) if one["account"] == id_]
                return _some(_filtered(lines, query))
            case "supplierinvoices", "payments":
                return _some([one for one in self.tables.get("bank_lines", []) if one["bill"] == id_])
            case "invoices", "payments":
                return [{"amount": "30.00000000", "type": "VIR"}]
            case "documents", _:
                return _some([one for one in self.tables.get("files", []) if one["bill"] == query["id"]])
            case _:
                return self._one(path, id_) if id_ else self._list(path, query)

    def _bill(self, id_: str, part: str, values: dict[str, Any]) -> object:
        if not id_:
            return self._create(values)
        bill = self._one("supplierinvoices", id_)
        bill["date_modification"] = self._changes
        if part == "lines":
            bill["lines"].append({**values, "id": str(self._changes)})
            _counted(bill)
            return self._changes
        if part == "validate":
            if bill["statut"] != "0":
                raise DolibarrError(304, "Error nothing done. May be object is already validated")
            bill |= {"statut": "1", "ref": f"SI2611-{int(id_):04}"}
            return {"success": {"code": 200, "message": f"Invoice validated (Ref={bill['ref']})"}}
        return self._pay(bill, values)

    def _create(self, values: dict[str, Any]) -> int:
        bills = self.tables.setdefault("supplierinvoices", [])
        if any((one["socid"], one["ref_supplier"]) == (str(values["socid"]), values["ref_supplier"]) for one in bills):
            raise DolibarrError(500, "Internal Server Error: Error creating order", "ErrorRefAlreadyExists")
        # Days are kept without a time, and told as midnight where the server stands.
        days = {name: values[name] // 86_400 * 86_400 - 7_200 for name in ("date", "date_echeance")}
        usual = {"socid": str(values["socid"]), "statut": "0", "lines": []}
        bill = self.add("supplierinvoices", **{**values, **days, **usual})
        bill |= {"ref": f"(PROV{bill['id']})", "date_modification": self._changes}
        _counted(bill)
        return int(bill["id"])

    def _upload(self, values: dict[str, Any]) -> str:
        bill = next((one for one in self.tables["supplierinvoices"] if one["ref"] == values["ref"]), None)
        if bill is None:
            raise DolibarrError(404, f"Object with ref '{values['ref']}' was not found.")
        there = self.tables.setdefault("files", [])
        if any((one["bill"], one["name"]) == (bill["id"], values["filename"]) for one in there):
            raise DolibarrError(400, f"File with name '{values['filename']}' already exists.")
        self.add(
            "files", bill=bill["id"], name=values["filename"], content=base64.b64decode(values["filecontent"]).hex()
        )
        return str(values["filename"])

    def _pay(self, bill: dict[str, Any], values: dict[str, Any]) -> int:
        """Pay what is open; a payment of nothing is refused."""
        paid = [Decimal(one["amount"]) for one in self.tables.get("bank_lines", []) if one["bill"] == bill["id"]]
        rest = Decimal(bill["total_ttc"]) + sum(paid, Decimal(0))
        if rest <= 0:
            raise DolibarrError(400, "Bad Request: Payment error : total is null")
        line = {"amount": f"-{rest}", "num_chq": values["num_payment"], "account": str(values["accountid"])}
        made = self.add("bank_lines", **line, bill=bill["id"])
        bill["statut"] = "2"
        return int(made["id"])

    def _one(self, table: str, id_: str) -> dict[str, Any]:
        for row in self.tables.get(table, []):
            if row["id"] == id_:
                return row
        raise DolibarrError(404, "Not Found: Object not found")

    def _list(self, table: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        rows = _filtered(self.tables.get(table, []), query)
        if vendor := query.get("thirdparty_ids"):
            rows = [row for row in rows if row["socid"] == vendor]
        if mode := query.get("mode"):
            rows = [row for row in rows if row["mode"] == mode]
        if query.get("status") == "unpaid":
            rows = [row for row in rows if row["statut"] == "1"]
        limit, page = int(query.get("limit", "100")), int(query.get("page", "0"))
        return _some(rows[page * limit : (page + 1) * limit])

    def posted(self) -> list[tuple[str, Decimal, tuple[bytes, ...]]]:
        """Return key, gross and files of all that is in the books."""
        found = []
        for bill in self.tables.get("supplierinvoices", []):
            if bill["statut"] != "0":
                files = [one for one in self.tables.get("files", []) if one["bill"] == bill["id"]]
                contents = tuple(bytes.fromhex(one["content"]) for one in files)
                found.append((bill["ref_ext"], Decimal(bill["total_ttc"]), contents))
        lines = self.tables.get("bank_lines", [])
        return found + [(line["num_chq"], -Decimal(line["amount"]), ()) for line in lines]


def _some(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not rows:
        raise DolibarrError(404, "Not Found: nothing found")
    return rows


def _filtered(rows: list[dict[str, Any]], query: Mapping[str, str]) -> list[dict[str, Any]]:
    if not (told := query.get("sqlfilters")):
        return rows
    if (found := _FILTER.fullmatch(told)) is None:
        raise DolibarrError(503, f"Error when validating parameter sqlfilters {told}")
    field, operator, wanted = found.groups()
    if operator == ">":
        return [row for row in rows if int(row["id"]) > int(wanted)]
    pattern = "".join("." if one == "_" and operator == "like" else re.escape(one) for one in wanted)
    return [row for row in rows if re.fullmatch(pattern, str(row.get(field) or ""))]


def _counted(bill: dict[str, Any]) -> dict[str, Any]:
    """Compute the sums: every line and its tax rounded half up, told with eight digits."""
    nets = [_cents(Decimal(line["qty"]) * Decimal(line["pu_ht"])) for line in bill["lines"]]
    rates = [Decimal(line["tva_tx"]) for line in bill["lines"]]
    net = sum(nets, Decimal(0))
    tax = sum((_cents(one * rate / 100) for one, rate in zip(nets, rates, strict=True)), Decimal(0))
    bill |= {"total_ht": f"{net:.8f}", "total_tva": f"{tax:.8f}", "total_ttc": f"{net + tax:.8f}"}
    return bill


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)
