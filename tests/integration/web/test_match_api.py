"""Matches over the API and on screen: figures, decisions, rules, contracts, and who may."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.access import Permission, Role
from gateway.domain.ids import GoodsReceiptId
from gateway.domain.payables.payable import Payable
from gateway.domain.payables.purchase import GoodsReceipt
from gateway.domain.payables.supplier import NO_ADDRESS, Supplier
from tests.support.purchase_rows import (
    AT,
    DAY,
    HERE,
    SUPPLIER,
    billed,
    order,
    order_id_of,
    order_line,
    payable,
    received,
)
from tests.support.supplier_desk import Desk
from tests.support.web_shop import Shop, new_id

HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.fixture
def clerk(shop: Shop) -> Desk:
    """A clerk of a shop with a supplier, and an order of coffee that is here."""
    with shop.storage.write() as unit:
        unit.suppliers.add(Supplier(*HERE, SUPPLIER, "70001", "Bean & Co", "EUR", NO_ADDRESS, AT, AT))
        unit.purchases.put_order(order("P-1", order_line(1, "10", "8.00"), order_line(2, "2", "5.00", HOSTILE)))
        lines = received("P-1", (1, "10"), (2, "2"))
        unit.purchases.put_receipt(GoodsReceipt(*HERE, GoodsReceiptId(new_id()), "D-1", SUPPLIER, DAY, lines))
    return Desk.of(shop, Role.AP_CLERK)


def _taken_in(shop: Shop, one: Payable) -> str:
    with shop.storage.write() as unit:
        unit.payables.add(one)
        shop.container.till.payables.core.advance.advance_in(unit, one, actor="erp", at=AT)
    return str(one.id)


def _dear(shop: Shop) -> str:
    return _taken_in(shop, payable("R-1", [billed(1, "10", "9.00", HOSTILE, order_line_no=1)], "P-1"))


def _uncoded(shop: Shop, number: str = "T-1") -> str:
    return _taken_in(shop, payable(number, [billed(1, "1", "40.00", "Telephone line", unit="")]))


def _match(desk: Desk, one: str) -> dict[str, Any]:
    answer = desk.get(f"/v1/payables/{one}/match")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def _failed(match: dict[str, Any]) -> list[dict[str, Any]]:
    return [check for line in match["lines"] for check in line["checks"] if not check["ok"]]


def test_match_when_dearer_then_told_with_figures_and_accepted_once(clerk: Desk, shop: Shop) -> None:
    one = _dear(shop)
    match = _match(clerk, one)
    (check,) = _failed(match)
    assert (match["outcome"], check["issue"], check["expected"], check["actual"]) == (
        "exception",
        "price_above",
        "80.00",
        "90.00",
    )
    body = {"id": str(new_id()), "keys": [check["key"]], "reason": "New price list"}

    first = clerk.post(f"/v1/payables/{one}/match/accept", body)
    again = clerk.post(f"/v1/payables/{one}/match/accept", body)

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.data == again.data
    assert first.json["outcome"] == "matched"
    assert first.json["decisions"][0]["reason"] == "New price list"
    late = clerk.post(f"/v1/payables/{one}/match/accept", body | {"id": str(new_id())})
    assert (late.status_code, late.json["code"]) == (409, "match_decided")


def test_accept_when_key_is_not_of_this_match_then_refused(clerk: Desk, shop: Shop) -> None:
    one = _dear(shop)

    answer = clerk.post(
        f"/v1/payables/{one}/match/accept", {"id": str(new_id()), "keys": ["1:price_above::1:2:3"], "reason": "x"}
    )

    assert (answer.status_code, answer.json["code"]) == (409, "match_changed")


def test_line_when_paired_and_taken_back_then_told_so(clerk: Desk, shop: Shop) -> None:
    one = _taken_in(shop, payable("R-2", [billed(1, "10", "8.10", "Kaffee")], "P-1"))
    path = f"/v1/payables/{one}/match/lines/1"
    wrong = {"id": str(new_id()), "order_id": str(order_id_of("P-1")), "order_line_no": 7}
    assert clerk.post(f"{path}/pair", wrong).json["code"] == "unknown_order_line"

    undone = clerk.post(f"{path}/undo", {"id": str(new_id())})
    assert undone.status_code == 200
    paired = clerk.post(f"{path}/pair", wrong | {"id": str(new_id()), "order_line_no": 1})

    assert paired.status_code == 200, paired.text
    assert paired.json["outcome"] == "matched"
    assert paired.json["lines"][1]["reason"] == "by_hand"


def test_lines_when_coded_alike_three_times_then_a_rule_is_proposed_and_used_after_consent(
    clerk: Desk, shop: Shop
) -> None:
    for number in ("T-1", "T-2", "T-3"):
        one = _uncoded(shop, number)
        body = {"id": str(new_id()), "lines": [{"line_no": 1, "account_code": "4920"}]}
        assert clerk.post(f"/v1/payables/{one}/match/code", body).json["outcome"] == "matched"
    waiting = _uncoded(shop, "T-4")
    assert _match(clerk, waiting)["lines"][1]["suggestions"][0]["account_code"] == "4920"
    (rule,) = clerk.get("/v1/coding-rules").json["data"]
    assert (rule["state"], len(rule["evidence"])) == ("proposed", 3)
    page = clerk.get("/payables/coding-rules").text
    assert "Bean &amp; Co" in page
    assert "Use it" in page

    done = clerk.post(f"/v1/coding-rules/{rule['id']}/decide", {"id": str(new_id()), "state": "active"})

    assert (done.status_code, done.json["state"]) == (200, "active")
    assert _match(clerk, waiting)["outcome"] == "matched"


def test_rule_when_a_program_consents_then_refused(clerk: Desk, shop: Shop) -> None:
    del clerk
    _, key = shop.key(Permission.PAYABLES_READ, Permission.PAYABLES_WORK)

    answer = shop.client().post(
        f"/v1/coding-rules/{new_id()}/decide", json={"id": str(new_id()), "state": "active"}, headers=key
    )

    assert answer.status_code == 401


def test_line_when_named_twice_then_refused(clerk: Desk, shop: Shop) -> None:
    one = _uncoded(shop)
    lines = [{"line_no": 1, "account_code": "4920"}] * 2

    answer = clerk.post(f"/v1/payables/{one}/match/code", {"id": str(new_id()), "lines": lines})

    assert (answer.status_code, answer.json["code"]) == (422, "repeated_line")


def _contract(**changes: Any) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "supplier_id": str(SUPPLIER),
        "name": "Telephone",
        "price": {"amount": "40.00", "currency": "EUR"},
        "period": "month",
        "starts_on": "2026-01-01",
        "account_code": "4920",
    } | changes


def test_contract_when_added_then_what_waited_goes_on_and_it_can_be_cancelled(clerk: Desk, shop: Shop) -> None:
    one = _uncoded(shop)
    assert "No contracts yet" in clerk.get("/payables/contracts").text

    added = clerk.post("/v1/contracts", _contract())

    assert added.status_code == 201, added.text
    match = _match(clerk, one)
    assert (match["outcome"], match["lines"][1]["reason"]) == ("matched", "contract")
    page = clerk.get("/payables/contracts").text
    assert "40.00 EUR each month from 2026-01-01" in page
    path = f"/v1/contracts/{added.json['id']}/cancel"
    ended = clerk.post(path, {"id": str(new_id()), "last_on": "2026-11-30"})
    assert (ended.status_code, ended.json["cancelled_on"]) == (200, "2026-11-30")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ends_on": "2025-01-01"}, "invalid_contract"),
        ({"starts_on": "2026-02-30"}, "invalid_date"),
        ({"price": {"amount": "0", "currency": "EUR"}}, "invalid_contract"),
        ({"supplier_id": "0190a000-0000-7000-8000-0000000000ff"}, "unknown_supplier"),
    ],
)
def test_contract_when_it_cannot_be_then_refused(clerk: Desk, changes: dict[str, Any], code: str) -> None:
    answer = clerk.post("/v1/contracts", _contract(**changes))

    assert (answer.status_code, answer.json["code"]) == (422, code)


def test_page_when_opened_then_all_three_sides_and_remedies_stand_there(clerk: Desk, shop: Shop) -> None:
    one = _dear(shop)

    page = clerk.get(f"/payables/{one}/match").text

    assert "Dearer than agreed: 90.00 instead of 80.00 (tolerated: 1.60 more)" in page
    assert "10 of 10 pcs here" in page
    assert "&lt;img src=x" in page
    assert HOSTILE not in page
    assert 'data-act="accept"' in page
    reader = Desk.of(shop, Role.APPROVER)
    assert 'data-act="accept"' not in reader.get(f"/payables/{one}/match").text
    refused = reader.post(f"/v1/payables/{one}/match/accept", {"id": str(new_id()), "keys": ["k"], "reason": "x"})
    assert refused.status_code == 403


@pytest.mark.parametrize("language", ["en", "de"])
def test_pages_when_read_in_either_language_then_no_word_is_missing(clerk: Desk, shop: Shop, language: str) -> None:
    headers = clerk.key | {"Accept-Language": language}
    several = [_dear(shop), _uncoded(shop), _taken_in(shop, payable("R-3", [billed(1, "1", "1.00", "Chair")], "P-1"))]

    for path in (*(f"/payables/{one}/match" for one in several), "/payables/coding-rules", "/payables/contracts"):
        page = clerk.client.get(path, headers=headers)
        assert page.status_code == 200, page.text
        assert "match." not in page.text.split('id="texts"')[0].replace("match.css", "").replace("match.js", "")


def test_payable_when_of_nobody_then_not_found(clerk: Desk) -> None:
    assert clerk.get(f"/v1/payables/{new_id()}/match").status_code == 404
    assert clerk.get(f"/payables/{new_id()}/match").status_code == 404
