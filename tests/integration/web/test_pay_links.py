"""Pay links: made over the API, paid by transfer or at a terminal, never twice; the public page and what it hides."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from gateway.domain.access import Permission
from gateway.domain.cards.payment import AttemptEvent
from tests.support.credit_client import CASHIER, REASON, CreditClient, euro
from tests.support.web_shop import Shop, new_id


@pytest.fixture
def client(shop: Shop) -> CreditClient:
    return CreditClient(shop)


def made(client: CreditClient, **more: Any) -> Any:
    body = {"id": str(new_id()), "amount": euro("23.40"), "reference": "Order 4711", **more}
    answer = client.post("/v1/pay-links", {key: value for key, value in body.items() if value is not None})
    assert answer.status_code == 201, answer.json
    return answer.json


def path_of(link: Any) -> str:
    return urlsplit(str(link["url"])).path


def page(client: CreditClient, link: Any, more: str = "") -> Any:
    return client.shop.client().get(path_of(link) + more)


def choose(client: CreditClient, link: Any, way: str) -> Any:
    return client.shop.client().post(f"{path_of(link)}/{way}")


def state(client: CreditClient, link: Any) -> str:
    return str(client.get(f"/v1/pay-links/{link['id']}").json["state"])


def at_terminal(client: CreditClient, link: Any, **more: Any) -> Any:
    body = {"id": str(new_id()), "register_id": "till-1", **more}
    return client.post(f"/v1/pay-links/{link['id']}/payments", body)


def test_link_when_opened_then_shop_amount_reference_and_nothing_else(client: CreditClient) -> None:
    link = made(client)

    answer = page(client, link)

    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    for shown in ("Corner Shop", "23.40", "Order 4711", link["till_code"]):
        assert shown in text
    for hidden in (link["created_by"], link["id"], link["sale_id"], link["trace_id"], "csrf"):
        assert hidden not in text
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers


def test_link_when_asked_for_twice_then_one_and_the_same(client: CreditClient) -> None:
    body = {"id": str(new_id()), "amount": euro("23.40"), "reference": "Order 4711"}

    first, second = client.post("/v1/pay-links", body), client.post("/v1/pay-links", body)

    assert second.data == first.data
    assert len(client.get("/v1/pay-links").json["data"]) == 1


def test_token_then_the_database_holds_it_nowhere(client: CreditClient, tmp_path: Path) -> None:
    token = path_of(made(client)).rpartition("/")[2]

    client.shop.storage.close()

    stored = b"".join(path.read_bytes() for path in tmp_path.glob("shop.sqlite3*"))
    assert len(token) == 26
    assert b"Order 4711" in stored
    assert token.encode() not in stored


@pytest.mark.parametrize("token", ["0" * 26, "short", "A" * 26, "%00", "../../till"])
def test_address_when_wrong_then_the_same_page_as_for_nothing(client: CreditClient, token: str) -> None:
    answer = client.shop.client().get(f"/pay/{token}", headers={"Accept": "text/html"})

    assert answer.status_code == 404


def test_payer_when_choosing_a_transfer_then_gets_its_code_and_fields(client: CreditClient) -> None:
    link = made(client)

    chosen = choose(client, link, "transfer")
    shown = page(client, link).get_data(as_text=True)
    drawn = page(client, link, "/code.svg")

    assert (chosen.status_code, urlsplit(chosen.headers["Location"]).path) == (303, path_of(link))
    assert "DE02 1203 0000 0000 2020 51" in shown
    assert drawn.content_type == "image/svg+xml"
    assert state(client, link) == "waiting"
    assert choose(client, link, "transfer").status_code == 303
    assert len(client.get("/v1/transfers").json["data"]) == 1


def test_transfer_when_it_arrives_then_the_page_says_paid(client: CreditClient) -> None:
    link = made(client)
    choose(client, link, "transfer")
    transfer = client.get("/v1/transfers").json["data"][0]

    client.post(f"/v1/transfers/{transfer['id']}/arrival", {"reason": REASON})

    assert state(client, link) == "paid"
    assert "Nothing more is to be done" in page(client, link).get_data(as_text=True)
    assert choose(client, link, "transfer").status_code == 409
    refused = at_terminal(client, link)
    assert (refused.status_code, refused.json["code"]) == (409, "pay_link_paid")
    assert client.posted("bank_transfers") == 2340


def test_payer_when_at_the_till_then_exactly_the_amount_is_asked_of_the_card(client: CreditClient) -> None:
    link = made(client)
    cashier = CreditClient(client.shop, *CASHIER)

    found = cashier.post("/v1/pay-link-lookups", {"code": link["till_code"].lower()}).json
    begun = at_terminal(cashier, found)
    waiting = state(client, link)
    client.shop.settle(begun.json["id"])

    assert begun.status_code == 202, begun.json
    assert (begun.json["amount"], begun.json["sale_id"]) == (euro("23.40"), link["sale_id"])
    assert (waiting, state(client, link)) == ("under_way", "paid")
    assert client.due(link["sale_id"])["settled"] is True


def test_payment_when_asked_for_twice_then_one_charge(client: CreditClient) -> None:
    link = made(client)
    body = {"id": str(new_id()), "register_id": "till-1"}

    first = client.post(f"/v1/pay-links/{link['id']}/payments", body)
    second = client.post(f"/v1/pay-links/{link['id']}/payments", body)

    assert first.status_code == 202, first.json
    assert second.data == first.data
    assert second.headers["Idempotency-Replayed"] == "true"


def test_card_when_declined_then_the_link_is_open_again(client: CreditClient) -> None:
    link = made(client)
    begun = at_terminal(client, link)

    client.shop.settle(begun.json["id"], AttemptEvent.DECLINE)

    assert state(client, link) == "open"
    assert choose(client, link, "transfer").status_code == 303
    again = client.post(f"/v1/payments/{begun.json['id']}/attempts", {"request_id": str(new_id())})
    assert again.status_code == 409, "a second card try beside the transfer would pay twice"


def test_terminal_when_working_then_no_transfer_can_be_chosen(client: CreditClient) -> None:
    link = made(client)
    at_terminal(client, link)

    refused = choose(client, link, "transfer")

    assert refused.status_code == 409
    assert "A terminal of the shop is working" in refused.get_data(as_text=True)
    assert client.get("/v1/transfers").json["data"] == []
    assert at_terminal(client, link).json["code"] == "pay_link_under_way"


def test_terminal_when_begun_after_a_transfer_was_chosen_then_that_is_given_up(client: CreditClient) -> None:
    link = made(client)
    choose(client, link, "transfer")
    transfer = client.get("/v1/transfers").json["data"][0]

    begun = at_terminal(client, link)
    client.shop.settle(begun.json["id"])
    late = client.post(f"/v1/transfers/{transfer['id']}/arrival", {"reason": REASON})

    assert begun.status_code == 202, begun.json
    assert late.json["state"] == "late"
    assert client.due(link["sale_id"])["captured"] == euro("23.40")


def test_payer_when_changing_the_mind_then_may_choose_again(client: CreditClient) -> None:
    link = made(client)
    choose(client, link, "transfer")

    assert choose(client, link, "choose-again").status_code == 303
    assert state(client, link) == "open"
    assert choose(client, link, "transfer").status_code == 303
    references = {one["reference"] for one in client.get("/v1/transfers").json["data"]}
    assert len(references) == 2


def test_payer_when_changing_it_for_ever_then_stopped(client: CreditClient) -> None:
    link = made(client)
    for _ in range(20):
        choose(client, link, "transfer")
        choose(client, link, "choose-again")

    answer = choose(client, link, "transfer")

    assert answer.status_code == 409
    assert "changed too often" in answer.get_data(as_text=True)


def test_link_when_expired_then_told_and_nothing_can_be_chosen(client: CreditClient) -> None:
    link = made(client)

    client.shop.clock.move(86_401)

    assert "expired" in page(client, link).get_data(as_text=True)
    assert choose(client, link, "transfer").status_code == 409
    assert at_terminal(client, link).json["code"] == "pay_link_expired"


def test_link_when_cancelled_then_its_transfer_is_given_up(client: CreditClient) -> None:
    link = made(client)
    choose(client, link, "transfer")

    first = client.post(f"/v1/pay-links/{link['id']}/cancel")
    again = client.post(f"/v1/pay-links/{link['id']}/cancel")

    assert (first.json["state"], again.json["state"]) == ("cancelled", "cancelled")
    assert client.get("/v1/transfers").json["data"][0]["state"] == "cancelled"
    assert choose(client, link, "transfer").status_code == 409


def test_link_of_a_stored_sale_then_asks_for_what_is_due(client: CreditClient) -> None:
    sale_id = client.sale("30.00")
    client.tender(sale_id, "cash", "10.00")

    link = made(client, sale_id=sale_id, amount=None)
    too_much = client.post(
        "/v1/pay-links", {"id": str(new_id()), "sale_id": sale_id, "amount": euro("20.01"), "reference": "x"}
    )

    assert link["amount"] == euro("20.00")
    assert (too_much.status_code, too_much.json["code"]) == (409, "more_than_due")
    client.tender(sale_id, "cash", "20.00")
    assert state(client, link) == "paid"


def test_reader_then_gets_no_address(client: CreditClient) -> None:
    link = made(client)
    reader = CreditClient(client.shop, Permission.PAYMENTS_READ)

    assert reader.get(f"/v1/pay-links/{link['id']}").json["url"] is None
    assert all(one["url"] is None for one in client.get("/v1/pay-links").json["data"])


def test_page_when_nothing_changed_then_says_so_without_words(client: CreditClient) -> None:
    link = made(client)
    shown = page(client, link).get_data(as_text=True)
    mark = shown.partition('data-mark="')[2].partition('"')[0]

    assert page(client, link, f"/now?seen={mark}").status_code == 204
    choose(client, link, "transfer")
    changed = page(client, link, f"/now?seen={mark}")
    assert changed.status_code == 200
    assert "<html" not in changed.get_data(as_text=True)


def test_choice_from_another_web_site_then_refused(client: CreditClient) -> None:
    link = made(client)

    answer = client.shop.client().post(f"{path_of(link)}/transfer", headers={"Origin": "https://evil.example"})

    assert answer.status_code == 403
    assert state(client, link) == "open"


@pytest.mark.parametrize("code", ["0000-0000", "nonsense"])
def test_code_at_the_till_when_wrong_then_nothing_is_told(client: CreditClient, code: str) -> None:
    made(client)

    answer = client.post("/v1/pay-link-lookups", {"code": code})

    assert (answer.status_code, answer.json["code"]) == (422, "unknown_pay_code")
