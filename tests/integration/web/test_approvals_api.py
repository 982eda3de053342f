"""Approvals over the API: the digest is carried, two people are two, the clerk cannot, files and rules are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.access import Role
from gateway.domain.payables.payable import Payable, PayableState
from gateway.domain.payables.signs import FoundSigns, Risk, Sign, SignKind
from gateway.domain.payables.supplier import AccountState, CallBack, SupplierAccount
from tests.support.payable_rows import payable_row, stored_supplier
from tests.support.storage_rows import NOON
from tests.support.supplier_desk import IBAN, OTHER_IBAN, Desk
from tests.support.web_shop import Shop, new_id

FIGURES = [
    "number",
    "amount",
    "date",
    "days",
    "state",
    "by",
    "reason",
    "times",
    "last",
    "name",
    "printed",
    "known",
    "supplier",
    "suppliers",
    "employee",
    "account",
    "until",
    "limit",
    "invoices",
    "usual",
    "highest",
    "together",
]


@pytest.fixture
def payable(shop: Shop) -> Payable:
    """A matched payable of a supplier with an account."""
    supplier = stored_supplier(shop.storage, "70001", created_at=NOON - timedelta(days=700))
    account = SupplierAccount(
        new_id(),
        supplier.id,
        supplier.name,
        "DE",
        AccountState.EFFECTIVE,
        "import",
        new_id(),
        NOON,
        iban=IBAN,
        call_back=CallBack("mia", NOON, "the owner", "the contract", new_id()),
        decided_by=new_id(),
        decided_at=NOON,
    )
    made = payable_row(supplier.id, state=PayableState.MATCHED)
    with shop.storage.write() as unit:
        unit.suppliers.add_account(supplier.tenant_id, supplier.store_id, account)
        unit.payables.add(made)
    return made


def _seen(desk: Desk, payable: Payable) -> dict[str, Any]:
    answer = desk.get(f"/v1/payables/{payable.id}/approvals")
    assert answer.status_code == 200, answer.json
    found: dict[str, Any] = answer.json
    return found


def _approve(desk: Desk, payable: Payable, **told: Any) -> Any:  # an answer of the test client
    body = {"id": str(new_id()), "digest": _seen(desk, payable)["digest"]} | told
    return desk.post(f"/v1/payables/{payable.id}/approvals", body)


def test_approval_when_two_are_asked_then_two_people_have_to_say_it(shop: Shop, payable: Payable) -> None:
    admin, paul, petra = Desk.of(shop, Role.ADMINISTRATOR), Desk.of(shop, Role.APPROVER), Desk.of(shop, Role.APPROVER)
    rule = {"name": "Above 100", "approvers": 2, "currency": "EUR", "from_amount": "100"}
    assert admin.put(f"/v1/approval-rules/{new_id()}", rule).status_code == 200

    first = _approve(paul, payable)
    assert first.status_code == 201
    assert first.json["state"] == "matched"
    assert first.json["missing"][0] == {"rule": "Above 100", "approvers": 2, "given": 1, "roles": [], "people": []}
    again = _approve(paul, payable)
    assert (again.status_code, again.json["code"]) == (409, "already_approved")
    assert _seen(paul, payable)["refused"]["code"] == "already_approved"

    assert _approve(petra, payable).json["state"] == "approved"


def test_clerk_when_she_tries_then_she_cannot_and_sees_no_whole_account(shop: Shop, payable: Payable) -> None:
    clerk, approver = Desk.of(shop, Role.AP_CLERK), Desk.of(shop, Role.APPROVER)

    assert _approve(clerk, payable).status_code == 403
    assert _seen(clerk, payable)["account"]["number"] == f"DE..{IBAN[-4:]}"
    assert _seen(approver, payable)["account"]["number"].replace(" ", "") == IBAN


def test_approval_when_the_digest_is_another_then_409_and_nothing_is_said(shop: Shop, payable: Payable) -> None:
    desk = Desk.of(shop, Role.APPROVER)

    answer = _approve(desk, payable, digest="0" * 64)

    assert (answer.status_code, answer.json["code"]) == (409, "content_changed")
    assert _seen(desk, payable)["entries"] == []


def test_approval_when_sent_twice_then_one_vote_and_the_same_answer(shop: Shop, payable: Payable) -> None:
    desk = Desk.of(shop, Role.APPROVER)
    body = {"id": str(new_id()), "digest": _seen(desk, payable)["digest"]}

    first = desk.post(f"/v1/payables/{payable.id}/approvals", body)
    second = desk.post(f"/v1/payables/{payable.id}/approvals", body)

    assert first.data == second.data
    assert [one["kind"] for one in _seen(desk, payable)["entries"]] == ["approved", "granted"]


def test_list_when_something_waits_then_only_those_who_can_help_have_it(shop: Shop, payable: Payable) -> None:
    clerk, desk = Desk.of(shop, Role.AP_CLERK), Desk.of(shop, Role.APPROVER)

    assert [one["id"] for one in desk.get("/v1/approvals").json["data"]] == [str(payable.id)]
    assert clerk.get("/v1/approvals").json["data"] == []
    assert len(clerk.get("/v1/approvals?mine=false").json["data"]) == 1
    who = clerk.get(f"/v1/payables/{payable.id}/approvers").json
    assert who["missing"][0]["rule"] == "usual"
    assert len(who["candidates"]) == 1


def test_emergency_when_given_then_listed_until_another_reviews_it(shop: Shop, payable: Payable) -> None:
    paul, petra = Desk.of(shop, Role.APPROVER), Desk.of(shop, Role.APPROVER)
    admin = Desk.of(shop, Role.ADMINISTRATOR)
    assert admin.put(f"/v1/approval-rules/{new_id()}", {"name": "two", "approvers": 2}).status_code == 200
    assert _approve(paul, payable, emergency=True).status_code == 422

    assert _approve(paul, payable, emergency=True, reason="The ship leaves today.").json["state"] == "approved"
    assert petra.get("/v1/approvals").json["emergencies"][0]["reason"] == "The ship leaves today."
    review = {"id": str(new_id()), "reason": "It did leave."}
    assert paul.post(f"/v1/payables/{payable.id}/reviews", review).status_code == 409
    assert petra.post(f"/v1/payables/{payable.id}/reviews", review).status_code == 204
    assert petra.get("/v1/approvals").json["emergencies"] == []


def test_rejection_then_it_ends(shop: Shop, payable: Payable) -> None:
    desk = Desk.of(shop, Role.APPROVER)
    body = {"id": str(new_id()), "digest": _seen(desk, payable)["digest"], "reason": "Never ordered."}

    answer = desk.post(f"/v1/payables/{payable.id}/rejections", body)

    assert answer.json["state"] == "rejected"
    assert desk.get("/v1/approvals").json["data"] == []


def test_question_when_answered_then_it_is_open_no_more(shop: Shop, payable: Payable) -> None:
    clerk, desk = Desk.of(shop, Role.AP_CLERK), Desk.of(shop, Role.APPROVER)
    place = f"/v1/payables/{payable.id}/comments"

    assert clerk.post(place, {"id": str(new_id()), "kind": "question", "text": "May I?"}).status_code == 403
    assert desk.post(place, {"id": str(new_id()), "kind": "question", "text": "What for?"}).status_code == 201
    assert desk.get("/v1/approvals").json["data"][0]["asked"]
    assert clerk.post(place, {"id": str(new_id()), "kind": "answer", "text": "The roof."}).status_code == 201
    assert not desk.get("/v1/approvals").json["data"][0]["asked"]


def test_attachment_when_hostile_then_told_by_content_and_only_downloaded(shop: Shop, payable: Payable) -> None:
    clerk, attachment_id = Desk.of(shop, Role.AP_CLERK), new_id()
    place = f"/v1/payables/{payable.id}/attachments/{attachment_id}"

    def put(name: str, data: bytes) -> Any:  # an answer of the test client
        return clerk.client.put(
            f"{place}?name={name}", data=data, headers=clerk.key | {"Content-Type": "application/octet-stream"}
        )

    assert put("virus.pdf", b"MZ\x00\x90").json["code"] == "unsupported_file"
    page = put("offer.pdf", b"<script>alert(1)</script>")
    assert (page.status_code, page.json["media_type"]) == (201, "text/plain")
    got = clerk.get(place)
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert got.headers["X-Content-Type-Options"] == "nosniff"


def test_suspect_when_cleared_with_a_reason_then_it_goes_on_and_the_word_is_shown(shop: Shop, payable: Payable) -> None:
    clerk, desk = Desk.of(shop, Role.AP_CLERK), Desk.of(shop, Role.APPROVER)
    copy = payable_row(payable.supplier_id, state=PayableState.VALIDATED, created_at=NOON + timedelta(minutes=1))
    signs = shop.container.till.payables.approvals.signs
    with shop.storage.write() as unit:
        unit.payables.add(copy)
        suspect = signs.signs_in(unit, copy, actor="system", at=NOON + timedelta(minutes=2))
    assert suspect.state is PayableState.DUPLICATE_SUSPECT

    answer = clerk.post(f"/v1/payables/{copy.id}/clearings", {"id": str(new_id()), "reason": "Two deliveries."})

    assert answer.status_code == 200
    assert answer.json["state"] != "duplicate_suspect"
    found = {one["kind"]: one for one in _seen(desk, copy)["signs"]}
    assert found["duplicate_cleared"]["values"]["reason"] == "Two deliveries."


def test_delegation_when_given_then_on_their_behalf_and_ended_by_either(shop: Shop, payable: Payable) -> None:
    paul, petra = Desk.of(shop, Role.APPROVER), Desk.of(shop, Role.APPROVER)
    me, other = paul.key["X-Person-Id"], petra.key["X-Person-Id"]
    today = shop.clock.now().date().isoformat()
    place = f"/v1/approval-delegations/{new_id()}"

    assert paul.put(place, {"to": me, "from_on": today, "until_on": today}).status_code == 422
    assert paul.put(place, {"to": other, "from_on": today, "until_on": today}).status_code == 200
    assert _seen(petra, payable)["for_people"][0]["id"] == me
    assert _approve(petra, payable, for_person=me).json["state"] == "approved"
    assert petra.client.delete(place, headers=petra.key).status_code == 204


def test_rules_when_an_approver_changes_them_then_refused(shop: Shop) -> None:
    desk, admin = Desk.of(shop, Role.APPROVER), Desk.of(shop, Role.ADMINISTRATOR)
    place = f"/v1/approval-rules/{new_id()}"

    assert desk.put(place, {"name": "none", "approvers": 0}).status_code == 403
    assert admin.put(place, {"name": "x", "approvers": 1, "from_amount": "5"}).json["code"] == "invalid_approval_rule"
    stored = admin.put(place, {"name": "all", "approvers": 1}).json
    assert admin.put(place, {"name": "all", "approvers": 2, "version": 0}).json["code"] == "rule_changed"
    assert admin.put(place, {"name": "all", "approvers": 2, "version": stored["version"]}).status_code == 200
    assert desk.get("/v1/approval-rules").json["rules"][0]["approvers"] == 2
    assert admin.client.delete(place, headers=admin.key).status_code == 204


@pytest.mark.parametrize("language", ["en", "de"])
def test_screens_when_shown_then_they_hold_what_is_to_be_said(shop: Shop, payable: Payable, language: str) -> None:
    desk, admin = Desk.of(shop, Role.APPROVER), Desk.of(shop, Role.ADMINISTRATOR)
    header = {"Accept-Language": language}
    found = _all_signs(payable)
    with shop.storage.write() as unit:
        unit.approvals.put_signs(payable.tenant_id, payable.store_id, (found,))
    assert admin.put(f"/v1/approval-rules/{new_id()}", {"name": "Grün", "approvers": 2}).status_code == 200

    page = desk.client.get(f"/approvals/{payable.id}", headers=header).get_data(as_text=True)
    assert "DE02 1203 0000 0000 2020 51" in page
    assert "{" not in page.partition('id="texts"')[0].partition("<main")[2]
    for address, who in (
        ("/approvals", desk),
        ("/approvals?show=all", desk),
        ("/approvals/delegations", desk),
        (f"/approval-rules?payable={payable.id}", desk),
        ("/approval-rules?payable=nothing", desk),
        ("/approval-rules", admin),
    ):
        assert who.client.get(address, headers=header).status_code == 200, address
    assert desk.client.get("/approvals/next").headers["Location"] == f"/approvals/{payable.id}"


def _all_signs(payable: Payable) -> FoundSigns:
    values = dict.fromkeys(FIGURES, "7")
    return FoundSigns(payable.id, Risk.HIGH, tuple(Sign(kind, 50, values) for kind in SignKind), NOON)


def test_approval_when_another_account_is_printed_then_only_with_a_decision_that_is_kept(
    shop: Shop, payable: Payable
) -> None:
    with shop.storage.write() as unit:
        one = unit.payables.lock(payable.tenant_id, payable.store_id, payable.id)
        assert one is not None
        moved = replace(one, printed_iban=OTHER_IBAN, version=one.version + 1)
        assert unit.payables.update(moved)
    paul, clerk = Desk.of(shop, Role.APPROVER), Desk.of(shop, Role.AP_CLERK)
    assert "data-other-account" in clerk.get("/payables").text
    page = paul.get(f"/approvals/{payable.id}").text
    assert 'data-act="approve" data-account="confirmed"' in page
    assert 'data-act="approve" data-key="y"' not in page

    for alone in (False, True):
        silent = _approve(paul, payable, emergency=alone, reason="It hurries")
        assert (silent.status_code, silent.json["code"]) == (409, "account_choice_needed")
    assert _approve(paul, payable, account="printed").status_code == 400
    assert _approve(paul, payable, account="confirmed").json["state"] == "approved"

    with shop.storage.read() as unit:
        told = unit.approvals.entries(payable.tenant_id, payable.store_id, (payable.id,))[payable.id]
    assert [(entry.detail or {}).get("account") for entry in told if entry.kind.value == "approved"] == ["confirmed"]
    assert "saw the other account" in paul.get(f"/approvals/{payable.id}").text
