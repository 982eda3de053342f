"""Browsers of the people who keep suppliers, and what they send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.domain.access import Role
from tests.support.web_shop import Shop, new_id

if TYPE_CHECKING:
    from flask.testing import FlaskClient

IBAN, OTHER_IBAN, FRENCH_IBAN = "DE02120300000000202051", "DE02500105170137075030", "FR1420041010050500013M02606"
NOTE = {
    "called_by": "Anna",
    "called_at": "2026-03-02T09:00:00Z",
    "spoke_with": "Mr Harbour, accounts",
    "number_known_from": "contract of 2024",
}


@dataclass
class Desk:
    """One person's browser."""

    client: FlaskClient
    key: dict[str, str]

    @classmethod
    def of(cls, shop: Shop, role: Role) -> Desk:
        """Sign a new person of this role in."""
        return cls(*shop.signed(role))

    def get(self, address: str) -> Any:
        """Read."""
        return self.client.get(address, headers=self.key)

    def put(self, address: str, body: dict[str, Any]) -> Any:
        """Store."""
        return self.client.put(address, json=body, headers=self.key)

    def post(self, address: str, body: dict[str, Any] | None = None) -> Any:
        """Do."""
        return self.client.post(address, json=body or {}, headers=self.key)

    def supplier(self, number: str = "70001", **told: Any) -> str:
        """Keep a new supplier; return its id."""
        supplier_id = str(new_id())
        answer = self.put(f"/v1/suppliers/{supplier_id}", supplier(number, **told))
        assert answer.status_code == 200, answer.json
        return supplier_id

    def ask(self, supplier_id: str, iban: str = IBAN, **told: Any) -> str:
        """Ask for an account with a call noted; return its id."""
        account_id = str(new_id())
        answer = self.put(f"/v1/suppliers/{supplier_id}/accounts/{account_id}", account(iban, **told))
        assert answer.status_code == 200, answer.json
        return account_id


def supplier(number: str = "70001", **told: Any) -> dict[str, Any]:
    """Return the body of a supplier."""
    known = {
        "number": number,
        "name": "Hafen Kaffeerösterei GmbH",
        "currency": "EUR",
        "address": {"street": "Speicherweg", "building": "4", "postcode": "20457", "town": "Hamburg", "country": "DE"},
        "vat_ids": ["DE 123 456 788"],
        "terms": {"net_days": 30, "discounts": [{"days": 10, "percent": "2"}]},
    }
    return known | told


def account(iban: str = IBAN, **told: Any) -> dict[str, Any]:
    """Return the body of a request for an account."""
    known = {"holder": "Hafen Kaffeerösterei GmbH", "iban": iban, "reason": "Letter of 1 March", "call_back": NOTE}
    return known | told
