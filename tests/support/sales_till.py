"""A till over the API, for tests: a client with a key that sells, takes tenders and gives back."""

from __future__ import annotations

from typing import Any

from gateway.domain.access import Permission
from gateway.domain.ledger import imbalance
from tests.support.web_shop import STORE, TENANT, TERMINAL, Shop, new_id

ALL = (
    Permission.PAYMENTS_CREATE,
    Permission.PAYMENTS_READ,
    Permission.PAYMENTS_CANCEL,
    Permission.PAYMENTS_REFUND,
    Permission.RECEIPTS_PRINT,
    Permission.LEDGER_READ,
)


def euro(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def line(text: str, price: str, *, quantity: str = "1", amount: str = "", rate: str = "19", **more: Any) -> Any:
    return {
        "text": text,
        "quantity": quantity,
        "unit_price": euro(price),
        "amount": euro(amount or price),
        "tax_rate": rate,
        **more,
    }


class SalesTill:
    """One client with a key."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.client = shop.client()
        _, self.key = shop.key(*ALL)

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.key)

    def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.client.post(path, json=body, headers=self.key | headers)

    def open(self, *lines: Any, **changes: Any) -> str:
        """Store a sale; without lines one of 12.00."""
        body = {"id": str(new_id()), "register_id": "till-1", "lines": list(lines) or [line("Tea", "12.00")], **changes}
        answer = self.post("/v1/sales", body)
        assert answer.status_code == 201, answer.json
        return str(body["id"])

    def tender(self, sale_id: str, kind: str, amount: str, **changes: Any) -> Any:
        body = {"id": str(new_id()), "kind": kind, "amount": euro(amount), **changes}
        return self.post(f"/v1/sales/{sale_id}/tenders", body)

    def card(self, sale_id: str, amount: str, terminal: str = TERMINAL) -> Any:
        body = {"id": str(new_id()), "sale_id": sale_id, "amount": euro(amount), "terminal_id": terminal}
        return self.post("/v1/payments", body | {"register_id": "till-1"})

    def back(self, sale_id: str, kind: str, **changes: Any) -> Any:
        body = {"id": str(new_id()), "kind": kind, "reason": "Goods came back", **changes}
        return self.post(f"/v1/sales/{sale_id}/give-backs", body)

    def sale(self, sale_id: str) -> Any:
        answer = self.get(f"/v1/sales/{sale_id}")
        assert answer.status_code == 200
        return answer.json

    def posted(self, account: str, currency: str = "EUR") -> int:
        """Return debits less credits of an account, in minor units."""
        with self.shop.storage.read() as unit:
            found = unit.ledger.balances(TENANT, STORE)
        assert imbalance(found) in ({}, {currency: 0}) or not any(imbalance(found).values())
        return sum(
            one.debits_posted - one.credits_posted
            for one in found
            if (one.account, one.currency.code) == (account, currency)
        )


def minor_of(amount: dict[str, str]) -> int:
    """Return an amount of the API in minor units."""
    return int(amount["amount"].replace(".", ""))


def papers(till: SalesTill) -> list[str]:
    """Return the titles of the papers that wait for a printer."""
    with till.shop.storage.read() as unit:
        return [one.payload["title"] for one in unit.outbox.waiting(TENANT, STORE) if one.kind == "print_paper"]
