"""Vouchers, gift cards and store credit over the API: issue, spend, give back, block, expire; who may, what repeats."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.domain.access import Permission
from gateway.domain.credit.voucher_code import in_groups, read_code
from gateway.domain.outbox import DeliveryVerdict
from gateway.node.credit_setup import voucher_deliverer
from gateway.services.credit.code_tries import WRONG_MAX
from gateway.services.credit.print_credit import PRINT_VOUCHER
from tests.support.credit_client import CASHIER, MANAGER, REASON, CreditClient, euro
from tests.support.scripted_printer import ScriptedPrinter
from tests.support.small_shop import small_shop
from tests.support.web_shop import OTHER_STORE, REGISTERS, STORE, TENANT, Shop, new_id

YEAR_S = 366 * 24 * 3600.0


@pytest.fixture
def client(shop: Shop) -> CreditClient:
    return CreditClient(shop)


def test_voucher_when_given_then_its_code_is_told_and_its_amount_owed(client: CreditClient) -> None:
    told = client.voucher("50.00")

    assert read_code(told["code"]) is not None
    assert told["ends_in"] == told["code"].replace("-", "")[-4:]
    assert (told["left"], told["kind"], told["origin"]) == (euro("50.00"), "voucher", "given")
    assert client.left(told["code"]) == "50.00"
    assert client.posted("vouchers") == -5000
    assert client.posted("vouchers_given") == 5000


def test_code_then_the_database_holds_it_nowhere(client: CreditClient, tmp_path: Path) -> None:
    code = client.voucher()["code"]
    client.tender(client.sale("30.00"), "voucher", "30.00", code=code)

    client.shop.storage.close()

    stored = b"".join(path.read_bytes() for path in tmp_path.glob("shop.sqlite3*"))
    assert b"A good reason, written down" in stored
    for form in (code, code.replace("-", "")):
        assert form.encode() not in stored


def test_voucher_when_asked_for_twice_then_one_is_stored_and_the_code_told_again(client: CreditClient) -> None:
    body = {"id": str(new_id()), "amount": euro("20.00"), "reason": REASON}

    first, second = client.post("/v1/vouchers", body), client.post("/v1/vouchers", body)

    assert second.data == first.data
    assert second.headers["Idempotency-Replayed"] == "true"
    assert client.posted("vouchers") == -2000


def test_voucher_when_repeated_after_a_day_then_without_its_code(client: CreditClient) -> None:
    body = {"id": str(new_id()), "amount": euro("20.00"), "reason": REASON}
    first = client.post("/v1/vouchers", body).json

    client.shop.clock.move(25 * 3600)
    second = client.post("/v1/vouchers", body).json

    assert second == first | {"code": None}


def test_voucher_when_its_id_comes_with_another_amount_then_refused(client: CreditClient) -> None:
    body = {"id": str(new_id()), "amount": euro("20.00"), "reason": REASON}
    client.post("/v1/vouchers", body)

    answer = client.post("/v1/vouchers", body | {"amount": euro("30.00")})

    assert (answer.status_code, answer.json["code"]) == (422, "key_reused")


def test_voucher_when_spent_in_parts_then_the_rest_stays(client: CreditClient) -> None:
    code = client.voucher("50.00")["code"]
    first, second = client.sale("30.00"), client.sale("30.00")

    assert client.tender(first, "voucher", "30.00", code=code.lower()).status_code == 201
    too_much = client.tender(second, "voucher", "30.00", code=code)
    assert client.tender(second, "voucher", "20.00", code=code).status_code == 201

    assert (too_much.status_code, too_much.json["code"]) == (409, "voucher_too_small")
    assert client.due(first)["settled"] is True
    assert client.due(second)["rest"] == euro("10.00")
    assert client.left(code) == "0.00"
    assert client.posted("vouchers") == 0


def test_tender_when_told_then_it_shows_the_end_of_the_code_only(client: CreditClient) -> None:
    code = client.voucher("50.00")["code"]
    sale_id = client.sale("30.00")

    answer = client.tender(sale_id, "voucher", "30.00", code=code)

    plain = code.replace("-", "")
    whole = answer.get_data(as_text=True) + client.get(f"/v1/sales/{sale_id}").get_data(as_text=True)
    assert plain not in whole
    assert code not in whole
    assert plain[-4:] in whole


def test_voucher_when_its_tender_is_given_back_then_the_amount_is_on_it_again(client: CreditClient) -> None:
    code = client.voucher("50.00")["code"]
    sale_id = client.sale("30.00")
    tender = client.tender(sale_id, "voucher", "30.00", code=code).json

    answer = client.back(sale_id, "voucher", "12.00", tender_id=tender["id"])

    assert answer.status_code == 201, answer.json
    assert client.left(code) == "32.00"
    assert client.posted("vouchers") == -3200


@pytest.mark.parametrize("code", ["0000-0000-0000-0001", "nonsense", "0123-4567-89AB-CDEF"])
def test_code_when_wrong_or_unknown_then_both_look_the_same(client: CreditClient, code: str) -> None:
    answer = client.post("/v1/voucher-balances", {"code": code})

    assert (answer.status_code, answer.json["code"]) == (422, "unknown_voucher")
    assert answer.json["detail"] == "No voucher has this code."


def test_codes_when_many_are_tried_then_slowed_down_also_at_the_sale(client: CreditClient) -> None:
    code = client.voucher()["code"]
    sale_id = client.sale()
    for _ in range(WRONG_MAX):
        client.post("/v1/voucher-balances", {"code": "0000"})

    balance = client.post("/v1/voucher-balances", {"code": code})
    tender = client.tender(sale_id, "voucher", "12.00", code=code)

    assert (balance.status_code, balance.json["code"]) == (429, "too_many_codes")
    assert int(balance.headers["Retry-After"]) > 0
    assert (tender.status_code, tender.json["code"]) == (429, "too_many_codes")
    client.shop.clock.move(700)
    assert client.left(code) == "50.00"


def test_voucher_when_blocked_then_refused_until_unblocked(client: CreditClient) -> None:
    told = client.voucher()
    sale_id = client.sale()
    address = f"/v1/vouchers/{told['id']}"

    blocked = client.post(f"{address}/block", {"reason": REASON})
    refused = client.tender(sale_id, "voucher", "12.00", code=told["code"])
    again = client.post(f"{address}/block", {"reason": REASON})
    client.post(f"{address}/unblock", {"reason": REASON})
    taken = client.tender(sale_id, "voucher", "12.00", code=told["code"])

    assert blocked.json["blocked"] is True
    assert (refused.status_code, refused.json["code"]) == (409, "voucher_blocked")
    assert (again.status_code, again.json["code"]) == (409, "voucher_blocked")
    assert taken.status_code == 201
    kinds = [one["kind"] for one in client.get(address).json["movements"]]
    assert kinds == ["issued", "blocked", "unblocked", "redeemed"]


def test_voucher_when_its_years_have_passed_then_worth_nothing_and_booked_as_income(client: CreditClient) -> None:
    told = client.voucher("50.00")
    assert told["expires_at"].startswith("2029-12-31T23:00")  # the end of the third year in Berlin

    client.shop.clock.move(4 * YEAR_S)
    client = CreditClient(client.shop)
    refused = client.tender(client.sale(), "voucher", "12.00", code=told["code"])
    before = client.left(told["code"])
    count = client.shop.container.till.credit.vouchers.expire_due(TENANT, STORE)
    again = client.shop.container.till.credit.vouchers.expire_due(TENANT, STORE)

    assert (refused.status_code, refused.json["code"]) == (409, "voucher_expired")
    assert before == "0.00"
    assert (count, again) == (1, 0)
    assert client.posted("vouchers") == 0
    assert client.posted("vouchers_expired") == -5000


def test_voucher_when_sold_then_issued_once_for_what_its_lines_come_to(client: CreditClient) -> None:
    sale_id = client.sale("25.00", kind="voucher", tax_rate="0", text="Gift card")
    body = {"id": str(new_id()), "amount": euro("25.00")}
    early = client.post(f"/v1/sales/{sale_id}/vouchers", body)
    client.tender(sale_id, "cash", "25.00")

    sold = client.post(f"/v1/sales/{sale_id}/vouchers", body)
    twice = client.post(f"/v1/sales/{sale_id}/vouchers", body | {"id": str(new_id()), "amount": euro("0.01")})

    assert (early.status_code, early.json["code"]) == (409, "sale_not_settled")
    assert (sold.status_code, sold.json["origin"]) == (201, "sold")
    assert (twice.status_code, twice.json["code"]) == (409, "voucher_not_sold")
    assert client.left(sold.json["code"]) == "25.00"
    assert client.posted("vouchers") == -2500


def test_return_when_given_as_store_credit_then_its_code_is_told_once_and_pays(client: CreditClient) -> None:
    sale_id = client.sale("30.00")
    client.tender(sale_id, "cash", "30.00")
    cashier = CreditClient(client.shop, *CASHIER)

    back = cashier.back(sale_id, "store_credit", "12.00").json
    voucher_id = back["detail"]["voucher_id"]
    told = cashier.post(f"/v1/vouchers/{voucher_id}/code", {"reason": REASON})
    again = cashier.post(f"/v1/vouchers/{voucher_id}/code", {"reason": REASON})

    assert told.status_code == 200, told.json
    assert (again.status_code, again.json["code"]) == (403, "not_permitted")
    paid = client.tender(client.sale("12.00"), "store_credit", "12.00", code=told.json["code"])
    assert paid.status_code == 201, paid.json
    assert client.posted("store_credit") == 0


def test_store_credit_of_a_customer_then_it_grows_and_pays_without_a_code(client: CreditClient) -> None:
    customer_id = client.customer()
    sale_id = client.sale("30.00")
    client.tender(sale_id, "cash", "30.00")

    client.back(sale_id, "store_credit", "10.00", customer_id=customer_id)
    client.back(sale_id, "store_credit", "5.00", customer_id=customer_id)
    paid = client.tender(client.sale("12.00"), "store_credit", "12.00", customer_id=customer_id)

    assert paid.status_code == 201, paid.json
    held = client.get(f"/v1/vouchers?customer_id={customer_id}").json["data"]
    assert [(one["left"], one["ends_in"]) for one in held] == [(euro("3.00"), "")]
    assert client.posted("store_credit") == -300


def test_code_of_the_other_kind_then_the_tender_to_choose_is_named(client: CreditClient) -> None:
    code = client.voucher(kind="store_credit")["code"]

    answer = client.tender(client.sale(), "voucher", "12.00", code=code)

    assert (answer.status_code, answer.json["code"]) == (422, "voucher_kind")


def test_cashier_then_may_not_give_look_through_or_block(client: CreditClient) -> None:
    voucher_id = client.voucher()["id"]
    cashier = CreditClient(client.shop, *CASHIER)
    body = {"id": str(new_id()), "amount": euro("20.00"), "reason": REASON}

    answers = [
        cashier.post("/v1/vouchers", body),
        cashier.get("/v1/vouchers"),
        cashier.get(f"/v1/vouchers/{voucher_id}"),
        cashier.post(f"/v1/vouchers/{voucher_id}/block", {"reason": REASON}),
        cashier.post(f"/v1/vouchers/{voucher_id}/code", {"reason": REASON}),
    ]

    assert {answer.status_code for answer in answers} == {403}


def test_voucher_of_another_store_then_it_does_not_exist(client: CreditClient) -> None:
    told = client.voucher()
    _, key = client.shop.key(*CASHIER, store=OTHER_STORE)

    answer = client.client.post("/v1/voucher-balances", json={"code": told["code"]}, headers=key)

    assert (answer.status_code, answer.json["code"]) == (422, "unknown_voucher")


def test_vouchers_when_listed_then_by_end_of_code_and_in_pages(client: CreditClient) -> None:
    told = [client.voucher("10.00") for _ in range(3)]

    by_end = client.get(f"/v1/vouchers?code_end={told[1]['ends_in'].lower()}").json["data"]
    first = client.get("/v1/vouchers?limit=2").json
    rest = client.get(f"/v1/vouchers?limit=2&starting_after={first['data'][-1]['id']}").json

    assert [one["id"] for one in by_end] == [told[1]["id"]]
    assert [one["id"] for one in first["data"] + rest["data"]] == [one["id"] for one in reversed(told)]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert all(one["code"] is None for one in first["data"])


def test_amount_when_above_what_the_shop_puts_on_one_then_refused(client: CreditClient) -> None:
    answer = client.post("/v1/vouchers", {"id": str(new_id()), "amount": euro("1000.01"), "reason": REASON})

    assert (answer.status_code, answer.json["code"]) == (422, "voucher_amount")


def test_code_when_shown_in_groups_then_reads_as_the_same(client: CreditClient) -> None:
    code = client.voucher()["code"]
    plain = read_code(code)

    assert plain is not None
    assert in_groups(plain) == code


def test_voucher_when_printed_then_the_message_names_it_and_only_the_paper_holds_the_code(
    client: CreditClient, tmp_path: Path
) -> None:
    told = client.voucher("50.00")
    cashier = CreditClient(client.shop, *CASHIER, Permission.RECEIPTS_PRINT)
    manager = CreditClient(client.shop, *MANAGER, Permission.RECEIPTS_PRINT)
    address = f"/v1/vouchers/{told['id']}/slips"
    body = {"request_id": str(new_id()), "register_id": "till-1"}

    first, same = cashier.post(address, body), cashier.post(address, body)
    further = cashier.post(address, body | {"request_id": str(new_id())})
    copy = manager.post(address, body | {"request_id": str(new_id())})

    assert (first.status_code, same.json["id"]) == (202, first.json["id"])
    assert (further.status_code, further.json["code"]) == (403, "not_permitted")
    assert (copy.status_code, copy.json["duplicate"]) == (202, True)
    with client.shop.storage.read() as unit:
        messages = [one for one in unit.outbox.waiting(TENANT, STORE) if one.kind == PRINT_VOUCHER]
    printer = ScriptedPrinter()
    deliverer = voucher_deliverer(
        small_shop(TENANT, STORE, REGISTERS, server={"data_dir": tmp_path}), client.shop.storage
    )
    for message in messages:
        assert told["code"] not in repr(message)
        assert deliverer.deliver(message, printer).verdict is DeliveryVerdict.DONE
    assert {paper.copy_mark for paper in printer.slips} == {None, "COPY"}
    assert all(told["code"] in repr(paper) for paper in printer.slips)


def test_voucher_when_the_key_of_the_house_is_another_then_it_pays_but_cannot_be_printed(
    client: CreditClient, tmp_path: Path
) -> None:
    told = client.voucher("50.00")
    slip = client.post(f"/v1/vouchers/{told['id']}/slips", {"request_id": str(new_id())})
    assert slip.status_code == 403
    key = CreditClient(client.shop, *MANAGER, Permission.RECEIPTS_PRINT)
    key.post(f"/v1/vouchers/{told['id']}/slips", {"request_id": str(new_id())})
    with client.shop.storage.read() as unit:
        message = next(one for one in unit.outbox.waiting(TENANT, STORE) if one.kind == PRINT_VOUCHER)
    other = tmp_path / "another"
    other.mkdir()

    settings = small_shop(TENANT, STORE, REGISTERS, server={"data_dir": other})
    delivery = voucher_deliverer(settings, client.shop.storage).deliver(message, ScriptedPrinter())

    assert delivery.verdict is DeliveryVerdict.IMPOSSIBLE
    assert client.left(told["code"]) == "50.00"
