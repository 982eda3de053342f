"""A client for tests of vouchers, customers on account, transfers and pay links over the API."""

from __future__ import annotations

from typing import Any

from gateway.domain.access import Permission
from gateway.domain.ledger import imbalance
from tests.support.web_shop import STORE, TENANT, Shop, new_id

CASHIER = (
    Permission.PAYMENTS_CREATE,
    Permission.PAYMENTS_READ,
    Permission.PAYMENTS_CANCEL,
    Permission.PAYMENTS_REFUND,
)
MANAGER = (*CASHIER, Permission.CREDIT_GIVE, Permission.TRANSFERS_CONFIRM, Permission.LEDGER_READ)
REASON = "A good reason, written down"


def euro(amount: str) -> dict[str, str]:
    """Return an amount as the API takes it."""
    return {"amount": amount, "currency": "EUR"}


class CreditClient:
    """One program with a key of its own."""

    def __init__(self, shop: Shop, *scopes: Permission) -> None:
        self.shop = shop
        self.client: Any = shop.client()
        _, self.key = shop.key(*(scopes or MANAGER))

    def get(self, path: str) -> Any:
        """Ask."""
        return self.client.get(path, headers=self.key)

    def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        """Send."""
        return self.client.post(path, json=body, headers=self.key | headers)

    def sale(self, amount: str = "12.00", **line: Any) -> str:
        """Store a sale of one line."""
        sold = {"text": "Tea", "quantity": "1", "unit_price": euro(amount), "amount": euro(amount), "tax_rate": "19"}
        body = {"id": str(new_id()), "register_id": "till-1", "lines": [{**sold, **line}]}
        answer = self.post("/v1/sales", body)
        assert answer.status_code == 201, answer.json
        return str(body["id"])

    def tender(self, sale_id: str, kind: str, amount: str, **more: Any) -> Any:
        """Ask for a tender."""
        body = {"id": str(new_id()), "kind": kind, "amount": euro(amount), **more}
        return self.post(f"/v1/sales/{sale_id}/tenders", body)

    def back(self, sale_id: str, kind: str, amount: str, **more: Any) -> Any:
        """Give back."""
        body = {"id": str(new_id()), "kind": kind, "amount": euro(amount), "reason": REASON, **more}
        return self.post(f"/v1/sales/{sale_id}/give-backs", body)

    def due(self, sale_id: str) -> Any:
        """Return what is due on a sale."""
        return self.get(f"/v1/sales/{sale_id}").json["due"]

    def voucher(self, amount: str = "50.00", **more: Any) -> Any:
        """Give a voucher; return it with its code."""
        body = {"id": str(new_id()), "amount": euro(amount), "reason": REASON, **more}
        answer = self.post("/v1/vouchers", body)
        assert answer.status_code == 201, answer.json
        return answer.json

    def left(self, code: str) -> str:
        """Return what is left on a voucher."""
        answer = self.post("/v1/voucher-balances", {"code": code})
        assert answer.status_code == 200, answer.json
        return str(answer.json["left"]["amount"])

    def customer(self, limit: str = "100.00", **more: Any) -> str:
        """Keep a customer."""
        body = {"id": str(new_id()), "name": "Miller & Co", "limit": euro(limit), **more}
        answer = self.post("/v1/customers", body)
        assert answer.status_code == 201, answer.json
        return str(body["id"])

    def posted(self, account: str) -> int:
        """Return debits less credits of an account in euro cents; the books have to balance."""
        with self.shop.storage.read() as unit:
            found = unit.ledger.balances(TENANT, STORE)
        assert not any(imbalance(found).values())
        return sum(one.debits_posted - one.credits_posted for one in found if one.account == account)
