"""The cash drawer and orders to the kitchen over the API, and the pages of the search."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from gateway.domain.access import Permission, Role
from gateway.domain.printing.drawer import DrawerOpeningId, DrawerResult, DrawerVerdict
from gateway.domain.printing.paper import paper_from_text
from tests.support.credit_client import CreditClient, euro
from tests.support.web_shop import OTHER_STORE, PRINTER, STORE, TENANT, Shop, new_id, sale


@pytest.fixture
def key(shop: Shop) -> dict[str, str]:
    return shop.key(
        Permission.PAYMENTS_CREATE, Permission.PAYMENTS_READ, Permission.SHIFTS_WORK, Permission.RECEIPTS_PRINT
    )[1]


def ask(shop: Shop, key: dict[str, str], register: str = "till-1", **changes: Any) -> Any:
    body = {"id": str(new_id()), "reason": "Change for the next table", **changes}
    return shop.client().post(f"/v1/registers/{register}/drawer", json=body, headers=key)


def test_drawer_when_asked_then_stored_and_sent_once_and_its_result_told(shop: Shop, key: dict[str, str]) -> None:
    answer = ask(shop, key)

    opening = answer.get_json()
    assert (answer.status_code, opening["result"], opening["cause"]) == (202, "asked", "person")
    assert answer.headers["Location"] == f"/v1/registers/till-1/drawer/{opening['id']}"
    assert shop.hints.filled == [f"drawer:{PRINTER}"]
    assert ask(shop, key, id=opening["id"]).get_json() == opening
    result = DrawerResult(DrawerVerdict.OPENED, "Opened.", proven=True, told_at=shop.clock.now())
    with shop.storage.write() as unit:
        unit.drawers.told(TENANT, STORE, DrawerOpeningId(uuid.UUID(opening["id"])), result)
    told = shop.client().get(answer.headers["Location"], headers=key).get_json()
    assert (told["result"], told["proven"]) == ("opened", True)


@pytest.mark.parametrize(
    ("register", "changes", "status", "code"),
    [
        ("till-2", {}, 409, "no_drawer"),
        ("nowhere", {}, 404, "register_not_found"),
        ("till-1", {"reason": ""}, 400, None),
        ("till-1", {"reason": "   "}, 422, "reason_missing"),
        ("till-1", {"id": "17"}, 400, None),
        ("till-1", {"more": 1}, 400, None),
    ],
)
def test_drawer_when_it_cannot_be_opened_then_refused_and_nothing_is_sent(
    shop: Shop, key: dict[str, str], register: str, changes: dict[str, Any], status: int, code: str | None
) -> None:
    answer = ask(shop, key, register, **changes)

    assert answer.status_code == status
    assert code is None or answer.get_json()["code"] == code
    assert shop.hints.filled == []


def test_drawer_then_only_who_may_opens_it_and_a_manager_reads_who_did(shop: Shop, key: dict[str, str]) -> None:
    _, stranger = shop.key(Permission.PAYMENTS_READ)
    _, elsewhere = shop.key(Permission.SHIFTS_WORK, store=OTHER_STORE)
    opening = ask(shop, key).get_json()

    assert ask(shop, stranger).status_code == 403
    assert ask(shop, elsewhere).status_code == 404
    assert ask(shop, key, id=opening["id"], reason="Another one").status_code == 422
    assert shop.client().get(f"/v1/registers/till-2/drawer/{opening['id']}", headers=key).status_code == 404
    manager, _ = shop.signed(Role.MANAGER)
    cashier, _ = shop.signed(Role.CASHIER)
    journal = manager.get("/v1/registers/till-1/drawer").get_json()["data"]
    assert [(one["id"], one["reason"]) for one in journal] == [(opening["id"], "Change for the next table")]
    assert cashier.get("/v1/registers/till-1/drawer").status_code == 403


def order(ticket: str, *lines: tuple[str, str, str], **changes: Any) -> dict[str, Any]:
    told = [{"quantity": quantity, "text": text, "group": group} for quantity, text, group in lines]
    return {
        "id": str(new_id()),
        "ticket_id": ticket,
        "register_id": "till-1",
        "label": "Table 4",
        "lines": told,
        **changes,
    }


def send(shop: Shop, key: dict[str, str], body: dict[str, Any]) -> Any:
    return shop.client().post("/v1/orders", json=body, headers=key)


def slip_text(shop: Shop, order_id: str) -> str:
    with shop.storage.read() as unit:
        [message] = unit.orders.papers_of(TENANT, STORE, uuid.UUID(order_id))
    return shop.container.renderer.paper_text(paper_from_text(message.payload["paper"]))


@pytest.fixture
def kitchen(shop: Shop) -> Shop:
    """The shop with one printer for the whole kitchen."""
    shop.container.till.orders._plan.routes["*"] = str(PRINTER)  # type: ignore[index]  # the live table
    return shop


def test_order_then_one_slip_and_the_next_one_tells_only_what_changed(kitchen: Shop, key: dict[str, str]) -> None:
    ticket = str(new_id())
    first = send(kitchen, key, order(ticket, ("2", "Soup", "food"), ("1", "Bread", "food")))

    made = first.get_json()
    assert (first.status_code, made["number"], made["sequence"]) == (201, 1, 1)
    assert [(slip["printer_id"], slip["state"]) for slip in made["slips"]] == [(PRINTER, "ready")]
    assert "2 x Soup" in slip_text(kitchen, made["id"])
    again = order(ticket, ("3", "Soup", "food"))
    second = send(kitchen, key, again).get_json()
    text = slip_text(kitchen, second["id"])
    assert (second["number"], second["sequence"]) == (1, 2)
    assert "1 x Soup" in text
    assert "CANCELLED" in text
    assert "-1 x Bread" in text
    unchanged = send(kitchen, key, order(ticket, ("3", "Soup", "food"))).get_json()
    assert unchanged["slips"] == []
    assert send(kitchen, key, again).get_json() == second


def test_order_when_its_id_means_another_then_refused(kitchen: Shop, key: dict[str, str]) -> None:
    body = order(str(new_id()), ("2", "Soup", "food"))
    send(kitchen, key, body)

    refused = send(kitchen, key, {**body, "label": "Table 5"})

    assert (refused.status_code, refused.get_json()["code"]) == (422, "key_reused")


def test_order_of_nothing_that_a_kitchen_makes_then_stored_without_a_slip(shop: Shop, key: dict[str, str]) -> None:
    made = send(shop, key, order(str(new_id()), ("2", "Soup", "food"))).get_json()

    assert made["slips"] == []
    assert shop.client().get(f"/v1/orders/{made['id']}", headers=key).get_json() == made
    assert [one["id"] for one in shop.client().get("/v1/orders", headers=key).get_json()["data"]] == [made["id"]]


def test_till_then_has_the_key_of_the_kitchen_only_where_orders_go_somewhere(shop: Shop) -> None:
    cashier, _ = shop.signed(Role.CASHIER)
    without = cashier.get("/till").get_data(as_text=True)
    shop.container.till.orders._plan.routes["*"] = str(PRINTER)  # type: ignore[index]  # the live table

    page = cashier.get("/till").get_data(as_text=True)

    assert 'data-kitchen="no"' in without
    assert 'data-action="kitchen"' not in without
    assert 'data-kitchen="yes"' in page
    assert 'data-action="kitchen" data-key="F6"' in page


def test_slip_printed_again_then_marked_as_a_copy_once_for_each_wish(kitchen: Shop, key: dict[str, str]) -> None:
    made = send(kitchen, key, order(str(new_id()), ("2", "Soup", "food"))).get_json()
    wish = {"request_id": str(new_id()), "printer_id": PRINTER}

    for _ in range(2):
        answer = kitchen.client().post(f"/v1/orders/{made['id']}/slips", json=wish, headers=key)
        assert (answer.status_code, answer.get_json()["duplicate"]) == (202, True)

    slips = kitchen.client().get(f"/v1/orders/{made['id']}", headers=key).get_json()["slips"]
    assert sorted(slip["duplicate"] for slip in slips) == [False, True]
    other = {"request_id": str(new_id()), "printer_id": "nowhere"}
    refused = kitchen.client().post(f"/v1/orders/{made['id']}/slips", json=other, headers=key)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "no_slip")


@pytest.mark.parametrize(
    "changes",
    [{"lines": [{"quantity": "0", "text": "Soup", "group": "food"}]}, {"register_id": "nowhere"}],
)
def test_order_that_cannot_be_read_then_refused(kitchen: Shop, key: dict[str, str], changes: dict[str, Any]) -> None:
    refused = send(kitchen, key, order(str(new_id()), ("2", "Soup", "food")) | changes)

    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["pointer"]


def paid(shop: Shop, amount: str) -> str:
    _, key = shop.key()
    body = sale(amount={"amount": amount, "currency": "EUR"}, register_id="till-1", reference="Table 7")
    assert shop.client().post("/v1/payments", json=body, headers=key).status_code == 202
    shop.settle(body["id"])
    return str(body["id"])


def test_search_when_an_amount_is_asked_for_then_it_leads_to_its_whole_way(shop: Shop) -> None:
    payment_id = paid(shop, "9.30")
    paid(shop, "9.31")
    browser, _ = shop.signed(Role.MANAGER)

    page = browser.get("/journal?find=9,30").get_data(as_text=True)

    assert page.count('class="row-link"') == 1
    assert f"/journal/payments/{payment_id}" in page
    way = browser.get(f"/journal/payments/{payment_id}").get_data(as_text=True)
    for told in ("4711", "Printer"):
        assert told in way
    assert way.count("<li data-kind=") >= 5


def test_search_when_a_voucher_or_a_reservation_is_found_then_it_leads_to_its_page(shop: Shop) -> None:
    voucher = CreditClient(shop).voucher("43.21")
    _, key = shop.key(Permission.PAYMENTS_CREATE, Permission.PAYMENTS_READ, Permission.PAYMENTS_REFUND)
    hold = {"id": str(new_id()), "amount": euro("98.70"), "register_id": "till-1", "reference": "Room 7"}
    assert shop.client().post("/v1/reservations", json=hold, headers=key).status_code == 202
    manager, _ = shop.signed(Role.MANAGER)
    cashier, _ = shop.signed(Role.CASHIER)

    assert f'href="/credit/vouchers/{voucher["id"]}"' in manager.get("/journal?find=43.21").get_data(as_text=True)
    assert f'href="/reservations/{hold["id"]}"' in manager.get("/journal?find=98.70").get_data(as_text=True)
    assert "/credit/vouchers/" not in cashier.get("/journal?find=43.21").get_data(as_text=True)


def test_search_without_a_question_or_a_hit_then_it_says_what_to_type(shop: Shop) -> None:
    browser, _ = shop.signed(Role.CASHIER)

    assert "Type what you know" in browser.get("/journal").get_data(as_text=True)
    assert "Nothing fits" in browser.get("/journal?find=<script>").get_data(as_text=True)
    assert "<script>" not in browser.get("/journal?find=<script>x").get_data(as_text=True).split("<main")[1]


@pytest.mark.parametrize("path", ["/journal/sales/", "/journal/payments/", "/journal/refunds/"])
def test_way_of_something_that_is_not_there_then_not_found(shop: Shop, path: str) -> None:
    browser, _ = shop.signed(Role.CASHIER)

    assert browser.get(f"{path}{new_id()}").status_code == 404


def test_search_of_another_store_then_nothing_of_this_one(shop: Shop) -> None:
    payment_id = paid(shop, "9.30")
    stranger, _ = shop.signed(Role.MANAGER, store=OTHER_STORE)

    assert "Nothing fits" in stranger.get("/journal?find=9.30").get_data(as_text=True)
    assert stranger.get(f"/journal/payments/{payment_id}").status_code == 404
