"""A live Tryton behind a proxy that lets calls go wrong on demand, and the connector beside it.

So the suite that other ERPs pass beside their models is passed here by a real one. What is in the books is read from
the server itself, without the connector.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import requests

from connectors.tryton.connector import connect
from gateway.domain.erp.documents import OrderLineRef, PartyRef
from gateway.ports.erp import ErpConnector
from tests.support.erp_model import SECRET, ErpModel, ModelReply, ModelRequest
from tests.support.erp_model_rigs import ModelRig
from tests.support.tryton_server import TrytonServer

_OPERATIONS = {
    "model.account.invoice.create": "create_bill",
    "model.ir.attachment.create": "attach",
    "model.account.invoice.post": "post_bill",
    "model.account.move.post": "post_entry",
}
_LIMIT_S = 60
TAXES = {"0": "0 %", "7": "7 %", "19": "19 %"}
USUAL: Mapping[str, Mapping[str, str]] = {
    "company": {"name": "Sandbox Ltd"},
    "accounts": {"supplies": "5.1.1", "phone": "5.1.3", "cash": "1.1.2", "bank": "1.1.1"},
    "revenue": {"7": "4.1.2", "19": "4.1.1"},
    "sales_tax": {"7": "6.3.6", "19": "6.3.4"},
    "tenders": {"cash": "1.1.2", "card": "1.1.4"},
    "sales": {"tips": "2.2.4", "rounding": "6.1.2", "vouchers": "2.2.2"},
    "taxes": TAXES,
    "journals": {"bills": "EXP", "entries": "MISC", "payments": "CASH"},
}


class TrytonProxy(ErpModel):
    """Hands every call on. The connector's password is ours, so that no real one is in a recording."""

    def __init__(self, server: TrytonServer) -> None:
        super().__init__()
        self._server_told = server
        self._line = requests.Session()
        self._session, self._context = "", dict[str, Any]()

    def operation(self, request: ModelRequest) -> str:
        told = request.body or {}
        method = str(told.get("method", ""))
        if method == "model.account.move.create":
            return "create_payment" if "E2E-" in json.dumps(told["params"], default=str) else "create_entry"
        return _OPERATIONS.get(method, "")

    def denied(self, request: ModelRequest) -> ModelReply:  # noqa: ARG002 - of the model
        return ModelReply(401, b"", {"WWW-Authenticate": "Basic"})

    def answer(self, request: ModelRequest) -> ModelReply:
        content = request.content
        if b"common.db.login" in content:
            content = content.replace(SECRET.encode(), self._server_told.password.encode())
        headers = {name: value for name, value in request.headers.items() if name in ("authorization", "content-type")}
        address = self._server_told.address + request.path
        told = self._line.post(address, data=content, headers=headers, timeout=_LIMIT_S)
        return ModelReply(told.status_code, told.content)

    def half_done(self, request: ModelRequest) -> None:
        """Make the draft with its first line only."""
        told = json.loads(request.content)
        lines = told["params"][0][0]["lines"][0][1]
        del lines[1:]
        whole = ModelRequest(request.method, request.path, request.query, request.headers, json.dumps(told).encode())
        self.answer(whole)

    def ask(self, model: str, method: str, *args: object) -> Any:
        """Call a method as a person of the ERP would, beside the connector."""
        if not self._session:
            told = self._server_told
            user, session = self._rpc("common.db.login", told.login, {"password": told.password})[:2]
            self._session = base64.b64encode(f"{told.login}:{user}:{session}".encode()).decode()
            self._context = self._rpc("model.res.user.get_preferences", True, {})
        return self._rpc(f"model.{model}.{method}", *args, self._context)

    def read(self, model: str, domain: list[Any], *fields: str) -> list[dict[str, Any]]:
        """Return records."""
        found: list[dict[str, Any]] = self.ask(model, "search_read", domain, 0, None, [["id", "ASC"]], list(fields))
        return found

    def posted(self) -> list[tuple[str, Decimal, tuple[bytes, ...]]]:
        """Return what is in the books: key, gross and files of bills, key and total of payments and entries."""
        bills = [["type", "=", "in"], ["state", "in", ["posted", "paid"]]]
        found = []
        for bill in self.read("account.invoice", bills, "description", "total_amount"):
            files = self.read("ir.attachment", [["resource", "=", f"account.invoice,{bill['id']}"]], "data")
            content = tuple(base64.b64decode(file["data"]["base64"]) for file in files)
            found.append((str(bill["description"]), _decimal(bill["total_amount"]), content))
        moves = [["state", "=", "posted"], ["origin", "=", None]]
        for move in self.read("account.move", moves, "description"):
            lines = self.read("account.move.line", [["move", "=", move["id"]]], "debit", "credit")
            debits, credits_ = (
                sum((_decimal(line[side]) for line in lines), Decimal(0)) for side in ("debit", "credit")
            )
            # This back end posts what does not balance: the judge has to look.
            assert debits == credits_
            found.append((str(move["description"]).rpartition(" ")[2], debits, ()))
        return found

    def fill(self) -> None:
        """Add what the suite expects, once: taxes, names, a vendor that is gone."""
        if self.read("account.tax", [["name", "=", TAXES["19"]]], "name"):
            return
        for rate, name in TAXES.items():
            percent = {"__class__": "Decimal", "decimal": f"{Decimal(rate) / 100:f}"}
            self.ask("account.tax", "copy", [1], {"name": name, "description": name, "rate": percent})
        company = self.read("company.company", [], "party")[0]["party"]
        self.ask("party.party", "write", [company], {"name": "Sandbox Ltd"})
        gone = self.read("party.party", [["name", "=", "Walk-in customer"]], "name")[0]["id"]
        self.ask("party.party", "write", [gone], {"active": False})

    def _rpc(self, method: str, *params: object) -> Any:
        headers = {"Authorization": f"Session {self._session}"} if self._session else {}
        told = self._line.post(
            f"{self._server_told.address}/{self._server_told.database}/rpc/",
            json={"id": 1, "method": method, "params": params},
            headers=headers,
            timeout=_LIMIT_S,
        ).json()
        assert "error" not in told, told["error"]
        return told["result"]


class _LiveRig(ModelRig):
    """Keeps the usual connector: a login takes a live server half a second."""

    _usual_one: ErpConnector | None = None

    def connector(self, secret: str = SECRET, **changes: Mapping[str, Any]) -> ErpConnector:
        if changes or secret != SECRET:
            return super().connector(secret, **changes)
        self._usual_one = self._usual_one or super().connector()
        return self._usual_one


@contextmanager
def tryton_rig(server: TrytonServer) -> Iterator[ModelRig]:
    """Run a connector beside the proxy of a live server."""
    with TrytonProxy(server) as proxy:
        proxy.fill()
        vendors = {row["name"]: str(row["id"]) for row in proxy.read("party.party", [], "name")}
        erp = {"url": proxy.address, "database": server.database, "login": server.login}
        rig = _LiveRig(
            name="tryton",
            erp=proxy,
            connect=connect,
            usual={**USUAL, "erp": erp},
            version="8.2",
            vendor=PartyRef("s-1", "Paper & Co", erp_id=vendors["Paper & Co"]),
            other_vendor=PartyRef("s-2", "Beans GmbH", erp_id=vendors["Beans GmbH"]),
            order=OrderLineRef("2", 1),
            posts={"bill": "post_bill", "payment": "post_entry", "entry": "post_entry", "sales day": "post_entry"},
            renews=True,
        )
        try:
            yield rig
        finally:
            rig.close()


def _decimal(value: Any) -> Decimal:
    return Decimal(value["decimal"]) if isinstance(value, dict) else Decimal(value)
