"""Bank transfers by code over the API: asked for, arrived, given up, late; each confirmed once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gateway.domain.access import Permission, Role
from gateway.domain.bank.creditor_reference import check_creditor_reference
from gateway.domain.bank.epc_qr import parse_epc
from gateway.domain.printing.paper import Code, paper_from_text
from gateway.services.paper.print_paper import PRINT_PAPER
from tests.support.credit_client import CASHIER, REASON, CreditClient, euro
from tests.support.web_shop import STORE, TENANT, Shop, new_id


@pytest.fixture
def client(shop: Shop) -> CreditClient:
    return CreditClient(shop)


def asked(client: CreditClient, amount: str = "12.00") -> tuple[str, Any]:
    """Ask for a transfer; return the sale and the transfer."""
    sale_id = client.sale(amount)
    tender = client.tender(sale_id, "transfer", amount)
    assert tender.status_code == 201, tender.json
    return sale_id, client.get(f"/v1/transfers/{tender.json['detail']['transfer_id']}").json


def test_transfer_when_asked_for_then_a_code_with_its_own_reference_waits(client: CreditClient) -> None:
    sale_id, told = asked(client)

    code = parse_epc(told["payload"])

    assert told["state"] == "open"
    assert code.amount is not None
    assert (code.amount.minor, code.name, code.iban) == (1200, "Corner Shop", "DE02120300000000202051")
    assert code.reference == told["reference"] == check_creditor_reference(told["reference"])
    assert client.due(sale_id)["pending"] == euro("12.00")
    assert client.due(sale_id)["settled"] is False
    drawn = client.get(told["code"])
    assert (drawn.status_code, drawn.content_type) == (200, "image/svg+xml")
    assert drawn.get_data(as_text=True).startswith("<svg ")


def test_tender_then_it_shows_no_account_number_in_full(client: CreditClient) -> None:
    sale_id, _ = asked(client)

    assert "DE02120300000000202051" not in client.get(f"/v1/sales/{sale_id}").get_data(as_text=True)


def test_transfer_when_it_arrives_then_the_sale_is_settled_once(client: CreditClient) -> None:
    sale_id, told = asked(client)
    body = {"reason": REASON, "bank_reference": "NTRF 17"}

    first = client.post(f"/v1/transfers/{told['id']}/arrival", body)
    again = client.post(f"/v1/transfers/{told['id']}/arrival", body)

    assert first.status_code == 200, first.json
    assert (first.json["state"], first.json["bank_reference"], first.json["reason"]) == ("arrived", "NTRF 17", REASON)
    assert [line["state"] for line in first.json["lines"]] == ["open", "arrived", "arrived"]
    assert (again.status_code, again.json["code"]) == (409, "transfer_arrived")
    assert client.due(sale_id)["settled"] is True
    assert client.posted("bank_transfers") == 1200


def test_transfer_when_confirmed_at_the_sale_then_it_has_arrived_too(client: CreditClient) -> None:
    sale_id, told = asked(client)

    answer = client.post(f"/v1/sales/{sale_id}/tenders/{told['tender_id']}/confirm", {"reason": REASON})

    assert answer.status_code == 200, answer.json
    assert client.get(f"/v1/transfers/{told['id']}").json["state"] == "arrived"


def test_transfer_when_many_confirm_at_once_then_one_booking(client: CreditClient) -> None:
    _, told = asked(client)

    def confirm(_: int) -> int:
        status: int = (
            client.shop.client()
            .post(f"/v1/transfers/{told['id']}/arrival", json={"reason": REASON}, headers=client.key)
            .status_code
        )
        return status

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(confirm, range(16)))

    assert found == [200, *[409] * 15]
    assert client.posted("bank_transfers") == 1200


def test_transfer_when_given_up_then_due_again_and_late_money_becomes_a_task(client: CreditClient) -> None:
    sale_id, told = asked(client)
    address = f"/v1/transfers/{told['id']}"

    given_up = client.post(f"{address}/cancel", {"reason": REASON})
    due = client.due(sale_id)
    late = client.post(f"{address}/arrival", {"reason": REASON})
    tasks = client.get("/v1/transfers?state=late").json["data"]

    assert given_up.json["state"] == "cancelled"
    assert due["rest"] == euro("12.00")
    assert late.json["state"] == "late"
    assert [one["id"] for one in tasks] == [told["id"]]
    assert client.posted("late_receipts") == -1200
    assert client.due(sale_id)["rest"] == euro("12.00")


def test_late_money_when_cleared_then_owed_back_or_on_an_account(client: CreditClient) -> None:
    customer_id = client.customer()
    addresses = []
    for _ in range(2):
        _, told = asked(client)
        addresses.append(f"/v1/transfers/{told['id']}")
        client.post(f"{addresses[-1]}/cancel", {"reason": REASON})
        client.post(f"{addresses[-1]}/arrival", {"reason": REASON})

    manager, _ = client.shop.signed(Role.MANAGER)
    page = manager.get("/credit/transfers").get_data(as_text=True)
    back = client.post(f"{addresses[0]}/clearing", {"clearing": "returned", "reason": REASON})
    body = {"clearing": "on_account", "reason": REASON, "customer_id": customer_id}
    kept = client.post(f"{addresses[1]}/clearing", body)
    again = client.post(f"{addresses[1]}/clearing", body)

    assert page.count(f'<option value="{customer_id}">') == len(addresses)
    assert (back.json["state"], kept.json["state"]) == ("cleared", "cleared")
    assert (again.status_code, again.json["code"]) == (409, "transfer_cleared")
    assert client.posted("late_receipts") == 0
    assert client.posted("transfers_owed") == -1200
    assert client.get(f"/v1/customers/{customer_id}").json["open"] == euro("-12.00")


def test_transfer_then_a_bank_line_finds_it_by_its_reference(client: CreditClient) -> None:
    _, told = asked(client)
    spaced = " ".join(told["reference"][i : i + 4] for i in range(0, len(told["reference"]), 4)).lower()

    found = client.client.get("/v1/transfers", query_string={"reference": spaced}, headers=client.key).json["data"]

    assert [one["id"] for one in found] == [told["id"]]


def test_transfer_when_its_days_have_passed_then_overdue_and_still_waited_for(client: CreditClient) -> None:
    _, told = asked(client)
    assert told["overdue"] is False

    client.shop.clock.move(8 * 86_400)

    later = client.get(f"/v1/transfers/{told['id']}").json
    assert (later["overdue"], later["state"]) == (True, "open")


def test_cashier_then_may_not_say_that_money_arrived(client: CreditClient) -> None:
    _, told = asked(client)
    cashier = CreditClient(client.shop, *CASHIER)

    answers = [
        cashier.post(f"/v1/transfers/{told['id']}/arrival", {"reason": REASON}),
        cashier.post(f"/v1/transfers/{told['id']}/cancel", {"reason": REASON}),
        cashier.post(f"/v1/transfers/{told['id']}/clearing", {"reason": REASON, "clearing": "returned"}),
    ]

    assert {answer.status_code for answer in answers} == {403}


def test_transfer_when_not_known_then_404(client: CreditClient) -> None:
    assert client.get(f"/v1/transfers/{new_id()}").status_code == 404
    assert client.post(f"/v1/transfers/{new_id()}/arrival", {"reason": REASON}).status_code == 404


def test_transfer_when_printed_then_code_and_fields_are_on_the_paper(client: CreditClient) -> None:
    _, told = asked(client)
    printing = CreditClient(client.shop, *CASHIER, Permission.RECEIPTS_PRINT)
    body = {"request_id": str(new_id())}

    first = printing.post(f"/v1/transfers/{told['id']}/slips", body)
    again = printing.post(f"/v1/transfers/{told['id']}/slips", body)

    assert (first.status_code, again.json["id"]) == (202, first.json["id"])
    with client.shop.storage.read() as unit:
        papers = [one.payload["paper"] for one in unit.outbox.waiting(TENANT, STORE) if one.kind == PRINT_PAPER]
    shown = paper_from_text(papers[-1])
    assert [part.data for part in shown.parts if isinstance(part, Code)] == [told["payload"]]
    assert "IBAN DE02 1203 0000 0000 2020 51" in repr(shown)
