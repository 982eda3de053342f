"""What a cashier gives back without a manager: within the limit, above it, summed, and where there is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.access import Role
from gateway.domain.cards.payment import AttemptEvent
from tests.support.sales_till import euro, line
from tests.support.web_shop import SECOND_TERMINAL, TERMINAL, Shop, build_shop, new_id, sale


@pytest.fixture
def limited(database_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A shop whose cashiers give back up to 5.00, once on SQLite and once on PostgreSQL."""
    built = build_shop(database_url, tmp_path, parts={"refunds": {"cashier_max": "5.00"}})
    yield built
    built.storage.close()


class Person:
    """Somebody signed in at the till."""

    def __init__(self, shop: Shop, role: Role) -> None:
        self.shop = shop
        self.client, self.headers = shop.signed(role)

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.headers)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.client.post(path, json=body, headers=self.headers)

    def paid(self, amount: str = "12.00", terminal: str = TERMINAL, **changes: Any) -> str:
        body = sale(amount=euro(amount), register_id="till-1", terminal_id=terminal, **changes)
        assert self.post("/v1/payments", body).status_code == 202
        self.shop.settle(body["id"])
        return str(body["id"])

    def refund(self, payment_id: str, amount: str | None, **changes: Any) -> Any:
        body = {"id": str(new_id()), "reason": "Goods came back"} | ({"amount": euro(amount)} if amount else {})
        return self.post(f"/v1/payments/{payment_id}/refunds", body | changes)

    def sold(self) -> str:
        """Sell for 12.00 in cash."""
        sale_id = self.open()
        tender = {"id": str(new_id()), "kind": "cash", "amount": euro("12.00")}
        assert self.post(f"/v1/sales/{sale_id}/tenders", tender).status_code == 201
        return sale_id

    def open(self) -> str:
        body = {"id": str(new_id()), "register_id": "till-1", "lines": [line("Tea", "12.00")]}
        assert self.post("/v1/sales", body).status_code == 201
        return str(body["id"])

    def back(self, sale_id: str, amount: str, kind: str = "cash", **changes: Any) -> Any:
        body = {"id": str(new_id()), "kind": kind, "reason": "Goods came back", "amount": euro(amount)}
        return self.post(f"/v1/sales/{sale_id}/give-backs", body | changes)


def refused(answer: Any) -> bool:
    return (answer.status_code, answer.json["code"]) == (409, "refund_above_limit") and "manager" in answer.json["hint"]


def test_refund_when_by_a_cashier_then_up_to_the_limit_in_all(limited: Shop) -> None:
    cashier = Person(limited, Role.CASHIER)
    payment_id = cashier.paid()

    assert refused(cashier.refund(payment_id, "5.01"))
    assert refused(cashier.refund(payment_id, None))
    first = cashier.refund(payment_id, "3.00")
    limited.settle_refund(first.json["id"])
    above = cashier.refund(payment_id, "2.01")
    second = cashier.refund(payment_id, "2.00")

    assert (first.status_code, second.status_code) == (202, 202)
    assert refused(above)
    told = cashier.get(f"/v1/payments/{payment_id}/refunds").json
    assert [one["amount"] for one in told["data"]] == [euro("3.00"), euro("2.00")]


def test_refund_when_the_first_did_not_happen_then_it_does_not_count(limited: Shop) -> None:
    cashier = Person(limited, Role.CASHIER)
    payment_id = cashier.paid()
    first = cashier.refund(payment_id, "5.00")
    limited.settle_refund(first.json["id"], AttemptEvent.DECLINE)

    assert cashier.refund(payment_id, "5.00").status_code == 202


def test_refund_when_sent_again_then_the_first_answer_though_the_limit_is_used_up(limited: Shop) -> None:
    cashier = Person(limited, Role.CASHIER)
    payment_id, refund_id = cashier.paid(), str(new_id())

    first = cashier.refund(payment_id, "5.00", id=refund_id)
    again = cashier.refund(payment_id, "5.00", id=refund_id)

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.data == again.data


def test_refund_when_above_the_limit_then_a_manager_gives_it_and_the_cashier_nothing_more(limited: Shop) -> None:
    cashier, manager = Person(limited, Role.CASHIER), Person(limited, Role.MANAGER)
    payment_id = cashier.paid()

    given = manager.refund(payment_id, "6.00")
    limited.settle_refund(given.json["id"])

    assert given.status_code == 202
    assert refused(cashier.refund(payment_id, "0.01"))


def test_give_back_when_by_a_cashier_then_up_to_the_limit_in_all(limited: Shop) -> None:
    cashier, manager = Person(limited, Role.CASHIER), Person(limited, Role.MANAGER)
    sale_id = cashier.sold()

    assert refused(cashier.back(sale_id, "5.01"))
    assert cashier.back(sale_id, "3.00").status_code == 201
    assert refused(cashier.back(sale_id, "2.01"))
    assert cashier.back(sale_id, "2.00").status_code == 201
    assert refused(cashier.back(sale_id, "0.01"))
    assert manager.back(sale_id, "7.00").status_code == 201


def test_sale_when_paid_by_two_cards_then_their_refunds_count_together(limited: Shop) -> None:
    cashier = Person(limited, Role.CASHIER)
    sale_id = cashier.open()
    first = cashier.paid("6.00", sale_id=sale_id)
    second = cashier.paid("6.00", SECOND_TERMINAL, sale_id=sale_id)

    by_sale = cashier.back(sale_id, "3.00", "card", tender_id=first)
    assert by_sale.status_code == 202, by_sale.json
    above = cashier.refund(second, "2.01")
    within = cashier.refund(second, "2.00")

    assert refused(above)
    assert within.status_code == 202
    limited.settle_refund(by_sale.json["refund_id"])
    limited.settle_refund(within.json["id"])
    assert refused(cashier.back(sale_id, "0.01", "card", tender_id=first))


def test_exchange_when_by_a_cashier_then_the_goods_that_come_back_count(limited: Shop) -> None:
    cashier = Person(limited, Role.CASHIER)
    sale_id = cashier.sold()
    body = {
        "id": str(new_id()),
        "register_id": "till-1",
        "lines": [line("Cup", "3.00")],
        "returned": [{"line": 0, "quantity": "1"}],
        "reason": "Too sweet for them",
    }

    assert refused(cashier.post(f"/v1/sales/{sale_id}/exchanges", body))


def test_screens_when_there_is_a_limit_then_open_to_a_cashier(limited: Shop) -> None:
    cashier = Person(limited, Role.CASHIER)
    payment_id, sale_id = cashier.paid(), cashier.sold()

    assert 'data-form="give-back"' in cashier.get(f"/payments/{payment_id}").text
    assert "Tea" in cashier.get(f"/returns?find={sale_id}").text
    assert cashier.get(f"/returns/{sale_id}/preview?lines=0:1").status_code == 200
    assert 'href="/returns"' in cashier.get("/till").text
    assert Person(limited, Role.ADMINISTRATOR).get("/returns").status_code == 403


def test_everything_when_the_limit_is_zero_then_left_to_managers(any_shop: Shop) -> None:
    cashier = Person(any_shop, Role.CASHIER)
    payment_id, sale_id = cashier.paid(), cashier.sold()

    answers = [cashier.refund(payment_id, "0.01"), cashier.back(sale_id, "0.01")]

    assert [(one.status_code, one.json["code"]) for one in answers] == [(403, "not_permitted")] * 2
    assert 'data-form="give-back"' not in cashier.get(f"/payments/{payment_id}").text
    assert cashier.get("/returns").status_code == 403
    assert cashier.get(f"/returns/{sale_id}/preview?lines=0:1").status_code == 403
    assert 'href="/returns"' not in cashier.get("/till").text


def test_page_then_the_amount_offered_is_what_this_person_may_still_give_back(limited: Shop) -> None:
    cashier, manager = Person(limited, Role.CASHIER), Person(limited, Role.MANAGER)
    payment_id = cashier.paid()

    before = cashier.client.get(f"/payments/{payment_id}").get_data(as_text=True)
    first = cashier.refund(payment_id, "3.00")
    limited.settle_refund(first.json["id"])
    after = cashier.client.get(f"/payments/{payment_id}").get_data(as_text=True)
    for_manager = manager.client.get(f"/payments/{payment_id}").get_data(as_text=True)

    assert [_offered(page) for page in (before, after, for_manager)] == ["5.00", "2.00", "9.00"]


def _offered(page: str) -> str | None:
    found = re.search(r'<input name="amount"[^>]* value="([^"]*)"', page)
    return found[1] if found else None


@pytest.mark.parametrize("path", ["/payments", "/reservations", "/terminal-days"])
def test_page_around_cards_then_the_rail_shows_payments(limited: Shop, path: str) -> None:
    manager = Person(limited, Role.MANAGER)

    page = manager.client.get(path).get_data(as_text=True)

    assert re.search(r'aria-current="page"[^>]*data-area="payments"', page)
