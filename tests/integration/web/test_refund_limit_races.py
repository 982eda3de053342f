"""Two cashiers give back of the same money at the same moment, on both databases: together never above their limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from gateway.domain.access import Role
from tests.integration.web.test_refund_limit import Person
from tests.support.sales_till import euro
from tests.support.web_shop import SECOND_TERMINAL, TERMINAL, Shop, build_shop, new_id

ROUNDS = 5
WAIT_S = 30.0


@pytest.fixture
def limited(database_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A shop whose cashiers give back up to 5.00."""
    built = build_shop(database_url, tmp_path, parts={"refunds": {"cashier_max": "5.00"}})
    yield built
    built.storage.close()


@pytest.fixture
def cashiers(limited: Shop) -> tuple[Person, Person]:
    return Person(limited, Role.CASHIER), Person(limited, Role.CASHIER)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Ask all at once; return the answers."""
    barrier = Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        barrier.wait(WAIT_S)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works, timeout=WAIT_S))


def codes(answers: list[Any]) -> list[str]:
    return sorted("given" if one.status_code in (201, 202) else one.json["code"] for one in answers)


def test_refunds_of_one_payment_then_one_is_given(limited: Shop, cashiers: tuple[Person, Person]) -> None:
    first, second = cashiers
    for _ in range(ROUNDS):
        payment_id = first.paid()

        answers = at_once(
            partial(first.refund, payment_id, "3.00", terminal_id=TERMINAL),
            partial(second.refund, payment_id, "3.00", terminal_id=SECOND_TERMINAL),
        )

        assert codes(answers) == ["given", "refund_above_limit"]
        given = next(one for one in answers if one.status_code == 202)
        limited.settle_refund(given.json["id"])


def test_cash_of_one_sale_then_one_is_given(cashiers: tuple[Person, Person]) -> None:
    first, second = cashiers
    for _ in range(ROUNDS):
        sale_id = first.sold()

        answers = at_once(
            partial(first.back, sale_id, "3.00"),
            partial(second.back, sale_id, "3.00"),
        )

        assert codes(answers) == ["given", "refund_above_limit"]
        assert first.get(f"/v1/sales/{sale_id}").json["due"]["refunded"]["amount"] == "3.00"


def test_card_and_cash_of_one_sale_then_one_is_given(limited: Shop, cashiers: tuple[Person, Person]) -> None:
    first, second = cashiers
    for _ in range(ROUNDS):
        sale_id = first.open()
        first.paid("6.00", sale_id=sale_id)
        tender = {"id": str(new_id()), "kind": "cash", "amount": euro("6.00")}
        assert first.post(f"/v1/sales/{sale_id}/tenders", tender).status_code == 201

        answers = at_once(
            partial(first.back, sale_id, "3.00", "card"),
            partial(second.back, sale_id, "3.00", "cash"),
        )

        assert codes(answers) == ["given", "refund_above_limit"]
        for one in answers:
            if one.status_code == 202:
                limited.settle_refund(one.json["refund_id"])
