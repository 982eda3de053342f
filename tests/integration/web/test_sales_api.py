"""Till sales over the API: store, settle by tenders of all kinds, number, print, rights, repeats."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.cards.payment import AttemptEvent
from tests.support.sales_till import ALL, SalesTill, euro, line, papers
from tests.support.web_shop import OTHER_STORE, SECOND_TERMINAL, TERMINAL, Shop, new_id


@pytest.fixture
def till(shop: Shop) -> SalesTill:
    return SalesTill(shop)


def test_sale_when_stored_then_told_with_taxes_and_all_due(till: SalesTill) -> None:
    sale_id = till.open(
        line("Tea", "2.50", quantity="2", amount="5.00"), line("Book", "10.70", rate="7"), tip=euro("1.00")
    )

    told = till.sale(sale_id)

    assert told["totals"] == {
        "net": euro("14.20"),
        "tax": euro("1.50"),
        "gross": euro("15.70"),
        "tip": euro("1.00"),
        "to_pay": euro("16.70"),
    }
    assert told["rates"] == [
        {"rate": "7", "net": euro("10.00"), "tax": euro("0.70")},
        {"rate": "19", "net": euro("4.20"), "tax": euro("0.80")},
    ]
    assert told["due"]["rest"] == euro("16.70")
    assert (told["number"], told["due"]["settled"]) == (None, False)


def test_sale_when_sent_twice_then_the_same_bytes_and_one_sale(till: SalesTill) -> None:
    body = {"id": str(new_id()), "register_id": "till-1", "lines": [line("Tea", "12.00")]}

    first, second = till.post("/v1/sales", body), till.post("/v1/sales", body)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.data == second.data
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(till.get("/v1/sales").json["data"]) == 1


def test_sale_when_its_id_comes_with_another_body_then_refused(till: SalesTill) -> None:
    body = {"id": str(new_id()), "register_id": "till-1", "lines": [line("Tea", "12.00")]}
    till.post("/v1/sales", body)

    answer = till.post("/v1/sales", body | {"lines": [line("Tea", "13.00")]})

    assert (answer.status_code, answer.json["code"]) == (422, "key_reused")


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([line("Tea", "2.00", quantity="2", amount="5.00")], "line_does_not_add_up"),
        ([line("Off", "-3.00", kind="discount")], "negative_total"),
        ([line("Off", "3.00", kind="discount")], "wrong_sign"),
        ([line("Card", "20.00", kind="voucher", rate="19")], "voucher_taxed"),
        ([line("Tea", "2.00", rate="100.01")], "invalid_tax_rate"),
    ],
)
def test_sale_when_it_cannot_be_then_refused_in_words(till: SalesTill, lines: list[Any], code: str) -> None:
    answer = till.post("/v1/sales", {"id": str(new_id()), "register_id": "till-1", "lines": lines})

    assert answer.status_code in (409, 422)
    assert answer.json["code"] == code


def test_cash_when_more_is_given_then_change_and_the_sale_is_settled_with_number_one(till: SalesTill) -> None:
    sale_id = till.open()

    answer = till.tender(sale_id, "cash", "12.00", given=euro("20.00"))

    assert answer.status_code == 201
    assert answer.json["detail"]["change"] == "8.00"
    assert answer.json["due"]["settled"] is True
    assert till.sale(sale_id)["number"] == 1
    assert (till.posted("cash/till-1"), till.posted("sales/till-1")) == (1200, -1200)


def test_cash_when_sent_twice_then_taken_once(till: SalesTill) -> None:
    sale_id = till.open()
    body = {"id": str(new_id()), "kind": "cash", "amount": euro("5.00")}

    first = till.post(f"/v1/sales/{sale_id}/tenders", body)
    second = till.post(f"/v1/sales/{sale_id}/tenders", body)

    assert first.data == second.data
    assert till.posted("cash/till-1") == 500


def test_tender_when_more_than_due_then_refused_and_nothing_booked(till: SalesTill) -> None:
    sale_id = till.open()

    answer = till.tender(sale_id, "cash", "12.01")

    assert (answer.status_code, answer.json["code"]) == (409, "more_than_due")
    assert till.posted("cash/till-1") == 0


def test_tender_when_too_little_is_given_then_refused(till: SalesTill) -> None:
    answer = till.tender(till.open(), "cash", "12.00", given=euro("10.00"))

    assert (answer.status_code, answer.json["code"]) == (422, "given_too_little")


def test_card_when_it_pays_a_part_then_cash_the_rest_and_both_settle(till: SalesTill) -> None:
    sale_id = till.open()
    paid = till.card(sale_id, "7.00")
    assert paid.status_code == 202
    assert till.sale(sale_id)["due"]["pending"] == euro("7.00")
    till.shop.settle(paid.json["id"])

    answer = till.tender(sale_id, "cash", "5.00")

    told = till.sale(sale_id)
    assert answer.json["due"]["rest"] == euro("0.00")
    assert (told["number"], told["due"]["captured"], told["payments"]) == (1, euro("12.00"), [paid.json["id"]])


def test_card_when_it_is_the_last_part_then_its_approval_settles_the_sale_and_prints_once(till: SalesTill) -> None:
    sale_id = till.open()
    till.tender(sale_id, "cash", "5.00")
    paid = till.card(sale_id, "7.00")
    assert till.sale(sale_id)["number"] is None

    till.shop.settle(paid.json["id"])

    assert till.sale(sale_id)["number"] == 1
    assert [title for title in papers(till) if "Receipt" in title] == ["Receipt 1"]


def test_card_when_it_asks_for_more_than_is_due_then_refused(till: SalesTill) -> None:
    sale_id = till.open()
    till.tender(sale_id, "cash", "5.00")

    answer = till.card(sale_id, "7.01")

    assert (answer.status_code, answer.json["code"]) == (409, "more_than_due")


def test_card_when_it_was_declined_then_its_part_is_due_again(till: SalesTill) -> None:
    sale_id = till.open()
    paid = till.card(sale_id, "12.00")

    till.shop.settle(paid.json["id"], AttemptEvent.DECLINE)

    assert till.sale(sale_id)["due"]["rest"] == euro("12.00")
    assert till.tender(sale_id, "cash", "12.00").status_code == 201


def test_card_when_its_outcome_is_unknown_then_nothing_else_is_taken(till: SalesTill) -> None:
    sale_id = till.open()
    paid = till.card(sale_id, "5.00")
    till.shop.settle(paid.json["id"], AttemptEvent.LOSE_ANSWER)

    cash, card = till.tender(sale_id, "cash", "7.00"), till.card(sale_id, "7.00", SECOND_TERMINAL)

    assert (cash.json["code"], card.json["code"]) == ("outcome_unknown", "outcome_unknown")
    assert till.sale(sale_id)["due"]["unknown"] == euro("5.00")


def test_card_when_its_request_is_repeated_after_the_sale_is_settled_then_the_first_answer(till: SalesTill) -> None:
    sale_id = till.open()
    body = {"id": str(new_id()), "sale_id": sale_id, "amount": euro("12.00"), "terminal_id": TERMINAL}
    first = till.post("/v1/payments", body)
    till.shop.settle(str(body["id"]))

    second = till.post("/v1/payments", body)

    assert (first.status_code, second.status_code, first.data == second.data) == (202, 202, True)


def test_tip_when_the_sale_is_settled_then_it_is_owed_to_those_who_served(till: SalesTill) -> None:
    sale_id = till.open(tip=euro("1.50"))

    till.tender(sale_id, "cash", "13.50")

    assert (till.posted("tips/till-1"), till.posted("sales/till-1")) == (-150, -1200)


def test_voucher_when_sold_then_its_price_is_owed_not_earned(till: SalesTill) -> None:
    sale_id = till.open(line("Gift card", "20.00", kind="voucher", rate="0"), line("Tea", "2.00"))

    till.tender(sale_id, "cash", "22.00")

    assert (till.posted("vouchers"), till.posted("sales/till-1")) == (-2000, -200)


def test_sale_when_it_costs_nothing_then_settled_at_once(till: SalesTill) -> None:
    sale_id = till.open(line("Sample", "0.00"))

    assert till.sale(sale_id)["number"] == 1


def test_numbers_when_sales_of_a_register_are_settled_then_without_a_gap(till: SalesTill) -> None:
    for _ in range(3):
        till.tender(till.open(), "cash", "12.00")

    found = till.get("/v1/sales?register_id=till-1").json["data"]
    by_number = till.get("/v1/sales?register_id=till-1&number=2").json["data"]

    assert sorted(one["number"] for one in found) == [1, 2, 3]
    assert [one["number"] for one in by_number] == [2]


def test_receipt_when_the_sale_is_settled_then_printed_once_and_copies_are_marked(till: SalesTill) -> None:
    sale_id = till.open()
    till.tender(sale_id, "cash", "12.00", given=euro("20.00"))

    text = till.get(f"/v1/sales/{sale_id}/receipt.txt").data.decode()
    wish = {"request_id": str(new_id())}
    copies = [till.post(f"/v1/sales/{sale_id}/receipts", wish) for _ in range(2)]

    assert "Given" in text
    assert "8.00" in text
    assert papers(till) == ["Receipt 1", "Receipt 1"]
    assert {copy.json["id"] for copy in copies} == {copies[0].json["id"]}
    assert till.get(f"/v1/sales/{sale_id}/receipt.png").data.startswith(b"\x89PNG")


def test_sale_when_of_another_store_then_not_found(till: SalesTill) -> None:
    sale_id = till.open()
    _, other = till.shop.key(*ALL, store=OTHER_STORE)

    answer: Any = till.client.get(f"/v1/sales/{sale_id}", headers=other)

    assert (answer.status_code, answer.json["code"]) == (404, "sale_not_found")


def test_tender_when_the_kind_is_card_then_told_where_cards_go(till: SalesTill) -> None:
    answer = till.tender(till.open(), "card", "12.00")

    assert (answer.status_code, answer.json["code"]) == (422, "kind_not_offered")


def test_payment_when_it_brings_lines_to_a_stored_sale_then_refused(till: SalesTill) -> None:
    sale_id = till.open()
    lines = [{"text": "Tea", "quantity": "1", "unit_price": euro("12.00"), "amount": euro("12.00")}]
    body = {"id": str(new_id()), "sale_id": sale_id, "amount": euro("12.00"), "terminal_id": TERMINAL, "lines": lines}

    answer = till.post("/v1/payments", body)

    assert (answer.status_code, answer.json["code"]) == (409, "sale_exists")
