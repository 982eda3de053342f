"""Suppliers over the API, and their bank details through two people."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.access import Permission, Role
from gateway.domain.ids import PersonId
from tests.support.supplier_desk import FRENCH_IBAN, IBAN, NOTE, OTHER_IBAN, Desk, account, supplier
from tests.support.web_shop import Shop, new_id


@pytest.fixture
def clerk(any_shop: Shop) -> Desk:
    return Desk.of(any_shop, Role.AP_CLERK)


@pytest.fixture
def manager(any_shop: Shop) -> Desk:
    return Desk.of(any_shop, Role.MANAGER)


def test_supplier_when_kept_then_told_and_the_same_again_changes_nothing(clerk: Desk) -> None:
    supplier_id = clerk.supplier()

    again = clerk.put(f"/v1/suppliers/{supplier_id}", supplier())
    told = clerk.get(f"/v1/suppliers/{supplier_id}").json

    assert (again.status_code, again.json["version"]) == (200, 1)
    assert told["vat_ids"] == ["DE123456788"]
    assert told["terms"] == {"net_days": 30, "discounts": [{"days": 10, "percent": "2"}]}
    assert [event["kind"] for event in told["events"]] == ["made"]
    assert clerk.get("/v1/suppliers?search=kaffee").json["data"][0]["id"] == supplier_id


def test_supplier_when_changed_then_the_journal_tells_what_it_was(clerk: Desk) -> None:
    supplier_id = clerk.supplier()

    stale = clerk.put(f"/v1/suppliers/{supplier_id}", supplier(name="Other"))
    changed = clerk.put(f"/v1/suppliers/{supplier_id}", supplier(name="Other", version=1))

    assert (stale.status_code, stale.json["code"]) == (409, "supplier_changed")
    assert changed.json["version"] == 2
    event = clerk.get(f"/v1/suppliers/{supplier_id}").json["events"][-1]
    assert event["changes"] == {"name": ["Hafen Kaffeerösterei GmbH", "Other"]}


@pytest.mark.parametrize(
    ("told", "pointer"),
    [
        ({"currency": "XYZ"}, "/currency"),
        ({"remittance_email": "nobody"}, "/remittance_email"),
        ({"vat_ids": ["D"]}, "/vat_ids"),
        ({"terms": {"net_days": 5, "discounts": [{"days": 10, "percent": "2"}]}}, "/terms"),
    ],
)
def test_supplier_when_something_is_wrong_then_refused_with_its_place(
    clerk: Desk, told: dict[str, Any], pointer: str
) -> None:
    refused = clerk.put(f"/v1/suppliers/{new_id()}", supplier(**told))

    assert refused.status_code == 422
    assert refused.json["errors"][0]["pointer"].startswith(pointer)
    assert clerk.get("/v1/suppliers").json["data"] == []


def test_supplier_when_blocked_then_told_with_the_reason_until_unblocked(clerk: Desk) -> None:
    supplier_id = clerk.supplier()

    assert clerk.post(f"/v1/suppliers/{supplier_id}/block", {"reason": "Dispute"}).json["blocked"] == "Dispute"
    assert clerk.post(f"/v1/suppliers/{supplier_id}/unblock", {"reason": "Settled"}).json["blocked"] == ""


def test_account_when_a_second_person_confirms_then_effective_and_cooling(clerk: Desk, manager: Desk) -> None:
    supplier_id = clerk.supplier()
    account_id = clerk.ask(supplier_id, "de02 1203 0000 0000 2020 51")

    waiting = manager.get("/v1/supplier-accounts").json["data"]
    confirmed = manager.post(f"/v1/supplier-accounts/{account_id}/confirm")

    assert [one["id"] for one in waiting] == [account_id]
    assert confirmed.json["state"] == "effective"
    assert confirmed.json["iban"] == IBAN
    assert confirmed.json["cooling_until"] == "2026-03-05"
    assert IBAN not in str(clerk.get(f"/v1/suppliers/{supplier_id}").json["events"])


def test_account_when_another_one_is_confirmed_then_the_first_is_history(clerk: Desk, manager: Desk) -> None:
    supplier_id = clerk.supplier()
    first, second = clerk.ask(supplier_id), clerk.ask(supplier_id, OTHER_IBAN)
    for account_id in (first, second):
        assert manager.post(f"/v1/supplier-accounts/{account_id}/confirm").status_code == 200

    told = clerk.get(f"/v1/suppliers/{supplier_id}").json
    states = {one["id"]: one["state"] for one in told["accounts"]}
    assert states == {first: "retired", second: "effective"}
    assert "account_replaced" in [event["kind"] for event in told["events"]]


def test_account_when_nobody_has_called_then_not_confirmed(clerk: Desk, manager: Desk) -> None:
    account_id = clerk.ask(clerk.supplier(), call_back=None)

    refused = manager.post(f"/v1/supplier-accounts/{account_id}/confirm")
    assert (refused.status_code, refused.json["code"]) == (409, "call_back_missing")

    assert clerk.put(f"/v1/supplier-accounts/{account_id}/call-back", NOTE).status_code == 200
    assert manager.post(f"/v1/supplier-accounts/{account_id}/confirm").status_code == 200


def test_account_when_the_note_is_of_the_future_then_refused(clerk: Desk) -> None:
    account_id = clerk.ask(clerk.supplier(), call_back=None)

    refused = clerk.put(f"/v1/supplier-accounts/{account_id}/call-back", NOTE | {"called_at": "2026-03-05T09:00:00Z"})

    assert (refused.status_code, refused.json["code"]) == (422, "invalid_call_back")


def test_account_when_the_clerk_confirms_then_forbidden(clerk: Desk) -> None:
    account_id = clerk.ask(clerk.supplier())

    assert clerk.post(f"/v1/supplier-accounts/{account_id}/confirm").status_code == 403


def test_account_when_the_requester_has_become_a_manager_then_still_another_person_is_needed(
    any_shop: Shop, clerk: Desk
) -> None:
    account_id = clerk.ask(clerk.supplier())
    with any_shop.storage.write() as unit:
        person = unit.access.person(PersonId(uuid.UUID(clerk.key["X-Person-Id"])))
        assert person is not None
        unit.access.update_person(replace(person, role=Role.MANAGER))

    refused = clerk.post(f"/v1/supplier-accounts/{account_id}/confirm")

    assert (refused.status_code, refused.json["code"]) == (409, "four_eyes_required")


def test_account_when_a_program_asks_then_a_person_calls_and_another_one_confirms(
    any_shop: Shop, clerk: Desk, manager: Desk
) -> None:
    _, key = any_shop.key(Permission.PAYABLES_WORK, Permission.PAYABLES_READ)
    program = Desk(any_shop.client(), key)
    supplier_id = clerk.supplier()
    account_id = str(new_id())
    address = f"/v1/suppliers/{supplier_id}/accounts/{account_id}"

    with_note = program.put(address, account())
    asked = program.put(address, account(call_back=None, source="erp"))
    early = manager.post(f"/v1/supplier-accounts/{account_id}/confirm")
    emergency = manager.post(
        f"/v1/supplier-accounts/{account_id}/confirm-in-emergency", {"reason": "The supplier stops delivering today."}
    )

    assert (with_note.status_code, with_note.json["code"]) == (403, "person_required")
    assert asked.status_code == 200
    assert early.json["code"] == "call_back_missing"
    assert (emergency.status_code, emergency.json["code"]) == (403, "person_required")
    assert clerk.put(f"/v1/supplier-accounts/{account_id}/call-back", NOTE).status_code == 200
    assert manager.post(f"/v1/supplier-accounts/{account_id}/confirm").status_code == 200


def test_emergency_then_effective_and_listed_until_a_third_person_looks(
    any_shop: Shop, clerk: Desk, manager: Desk
) -> None:
    account_id = clerk.ask(clerk.supplier(), call_back=None)
    address = f"/v1/supplier-accounts/{account_id}"

    unexplained = manager.post(f"{address}/confirm-in-emergency", {"reason": "quick"})
    done = manager.post(f"{address}/confirm-in-emergency", {"reason": "The supplier stops delivering today."})
    listed = clerk.get("/v1/supplier-account-emergencies").json["data"]
    own_review = manager.post(f"{address}/review", {"reason": "fine"})
    reviewed = Desk.of(any_shop, Role.CONTROLLER).post(f"{address}/review", {"reason": "Called them: it is theirs."})

    assert (unexplained.status_code, unexplained.json["code"]) == (422, "emergency_not_explained")
    assert (done.json["state"], done.json["cooling_until"]) == ("effective", "2026-03-05")
    assert [one["id"] for one in listed] == [account_id]
    assert (own_review.status_code, own_review.json["code"]) == (409, "four_eyes_required")
    assert reviewed.status_code == 200
    assert clerk.get("/v1/supplier-account-emergencies").json["data"] == []


def test_account_when_refused_then_history_and_the_next_request_says_so(clerk: Desk, manager: Desk) -> None:
    supplier_id = clerk.supplier()
    account_id = clerk.ask(supplier_id)
    refused = manager.post(f"/v1/supplier-accounts/{account_id}/refuse", {"reason": "They know nothing of it."})
    again = clerk.ask(supplier_id)

    assert refused.json["state"] == "refused"
    alerts = manager.get(f"/v1/supplier-accounts/{again}").json["alerts"]
    assert [one["alert"] for one in alerts] == ["refused_before"]
    assert manager.post(f"/v1/supplier-accounts/{account_id}/confirm").json["code"] == "account_not_requested"


def test_account_then_alerts_for_country_other_supplier_and_employee(clerk: Desk, manager: Desk) -> None:
    first, second = clerk.supplier("1", vat_ids=[]), clerk.supplier("2", vat_ids=[])
    clerk.ask(first, FRENCH_IBAN)
    listed = manager.post(
        "/v1/employee-accounts", {"accounts": [{"account": "FR14 2004 1010 0505 0001 3M02 606", "label": "Payroll 17"}]}
    )
    account_id = clerk.ask(second, FRENCH_IBAN)

    alerts = manager.get(f"/v1/supplier-accounts/{account_id}").json["alerts"]
    assert FRENCH_IBAN not in listed.get_data(as_text=True)
    assert {one["alert"] for one in alerts} == {"other_country", "other_supplier", "employee"}
    hashed = listed.json["data"][0]["account_hash"]
    gone: Any = manager.client.delete(f"/v1/employee-accounts/{hashed}", headers=manager.key)
    assert gone.json["data"] == []


def test_account_when_retired_then_the_supplier_has_none(clerk: Desk, manager: Desk) -> None:
    supplier_id = clerk.supplier()
    account_id = clerk.ask(supplier_id)
    manager.post(f"/v1/supplier-accounts/{account_id}/confirm")

    retired = clerk.post(f"/v1/supplier-accounts/{account_id}/retire", {"reason": "The bank closes it."})

    assert retired.json["state"] == "retired"
    assert clerk.post(f"/v1/supplier-accounts/{account_id}/retire", {"reason": "x"}).status_code == 409


def test_account_when_asked_for_twice_then_once(clerk: Desk) -> None:
    supplier_id = clerk.supplier()
    account_id = clerk.ask(supplier_id)
    address = f"/v1/suppliers/{supplier_id}/accounts"

    same = clerk.put(f"{address}/{account_id}", account())
    other = clerk.put(f"{address}/{account_id}", account(OTHER_IBAN))
    repeat = clerk.put(f"{address}/{new_id()}", account())

    assert same.json["version"] == 1
    assert (other.status_code, other.json["code"]) == (422, "id_reused")
    assert (repeat.status_code, repeat.json["code"]) == (409, "account_already_asked_for")


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"iban": "DE02120300000000202052"}, "invalid_iban"),
        ({"iban": "XX02120300000000202051"}, "invalid_iban"),
        ({"bic": "SHORT"}, "invalid_bic"),
        ({"iban": "", "country": "US", "other_id": "123456789"}, "invalid_account"),
        ({"iban": "", "country": "DE", "other_id": "123456789", "bic": "COBADEFFXXX"}, "invalid_account"),
        (
            {
                "iban": "",
                "country": "US",
                "other_id": "123456789",
                "clearing_system": "USABA",
                "clearing_member": "021000022",
            },
            "invalid_account",
        ),
    ],
)
def test_account_when_it_is_none_then_refused_without_telling_it(clerk: Desk, told: dict[str, str], code: str) -> None:
    refused = clerk.put(f"/v1/suppliers/{clerk.supplier()}/accounts/{new_id()}", account(**told))

    assert (refused.status_code, refused.json["code"]) == (422, code)
    assert "12030000" not in refused.get_data(as_text=True)


def test_account_of_the_united_states_then_by_routing_number(clerk: Desk, manager: Desk) -> None:
    told = {"iban": "", "country": "US", "other_id": "123456789", "clearing_system": "USABA"}
    account_id = clerk.ask(clerk.supplier(), **told, clearing_member="021000021")

    confirmed = manager.post(f"/v1/supplier-accounts/{account_id}/confirm").json
    assert (confirmed["state"], confirmed["clearing_member"]) == ("effective", "021000021")
