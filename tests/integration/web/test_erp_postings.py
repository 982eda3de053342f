"""What people of the office see and decide about documents on their way into an ERP."""

from __future__ import annotations

from typing import Any

from gateway.domain.access import Role
from gateway.domain.erp.canonical import as_json
from gateway.domain.erp.failure import ErpFailure, FailureCode
from gateway.domain.erp.posting import Posting, after_failed_put, begun
from gateway.ports.erp_store import AccountState
from tests.support.erp_documents import entry, key_of, sales_day
from tests.support.web_shop import STORE, TENANT, Shop

PLACE = (TENANT, STORE)
ACCOUNT = "books"


def _two_documents(shop: Shop) -> None:
    """Store one that waits and one that the ERP refused, of an account that is left alone."""
    now = shop.clock.now()
    with shop.storage.write() as unit:
        for document in (entry(1), sales_day(2)):
            posting = Posting(ACCOUNT, document.key, document.kind, as_json(document), "t", now, now, now)
            assert unit.erp.add(PLACE, posting, "runner")
        waiting = unit.erp.load(PLACE, ACCOUNT, key_of(2))
        assert waiting is not None
        sending = begun(waiting, now)
        refused = after_failed_put(sending, ErpFailure(FailureCode.PERIOD_CLOSED, "2026-03 is closed"), now)
        for former, after in ((waiting, sending), (sending, refused)):
            assert unit.erp.move(PLACE, after, former=former.state, epoch=None, actor="runner")
        unit.erp.fared(PLACE, ACCOUNT, AccountState(7, now))


def _path(number: int, what: str = "") -> str:
    return f"/v1/erp/postings/{key_of(number)}{what}?account={ACCOUNT}"


def test_document_when_refused_then_told_why_and_tried_again_or_given_up(any_shop: Shop) -> None:
    _two_documents(any_shop)
    clerk: Any
    clerk, token = any_shop.signed(Role.TREASURER)
    listed = clerk.get(f"/v1/erp/postings?account={ACCOUNT}").json
    refused = clerk.get(f"/v1/erp/postings?account={ACCOUNT}&state=refused").json["data"]
    again = clerk.post(_path(2, "/retry"), headers=token)
    with any_shop.storage.read() as unit:
        fares = unit.erp.fares(PLACE, ACCOUNT)
    not_yet = clerk.post(_path(2, "/give-up"), json={"reason": "entered by hand"}, headers=token)

    assert [one["state"] for one in listed["data"]] == ["waiting", "refused"]
    assert (listed["next"], listed["has_more"]) == (2, False)
    assert [(one["key"], one["code"], one["detail"]) for one in refused] == [
        (key_of(2), "period_closed", "2026-03 is closed")
    ]
    assert refused[0]["words"].startswith("The period of this date is closed")
    assert (again.status_code, again.json["state"], again.json["code"]) == (200, "waiting", "")
    assert [one["state"] for one in again.json["events"]] == ["waiting", "sending", "refused", "waiting"]
    assert again.json["events"][-1]["actor"] != "runner"
    assert fares == AccountState(0, None)
    assert (not_yet.status_code, not_yet.json["code"]) == (409, "erp_document_under_way")


def test_document_when_given_up_then_with_the_reason_and_for_good(any_shop: Shop) -> None:
    _two_documents(any_shop)
    clerk: Any
    clerk, token = any_shop.signed(Role.TREASURER)
    ended = clerk.post(_path(2, "/give-up"), json={"reason": "entered by hand"}, headers=token)
    same = clerk.post(_path(2, "/give-up"), json={"reason": "entered by hand"}, headers=token)
    late = clerk.post(_path(2, "/retry"), headers=token)
    shown = clerk.get(_path(2)).json

    assert (ended.status_code, ended.json["state"]) == (200, "given_up")
    assert (same.status_code, len(same.json["events"])) == (200, len(ended.json["events"]))
    assert (late.status_code, late.json["code"]) == (409, "erp_document_under_way")
    assert (shown["state"], shown["detail"], shown["code"]) == ("given_up", "entered by hand", "period_closed")


def test_document_when_a_person_says_what_it_is_there_then_tied_for_good(any_shop: Shop) -> None:
    _two_documents(any_shop)
    clerk: Any
    clerk, token = any_shop.signed(Role.TREASURER)
    said = {"erp_id": "4711", "number": "RE-9"}
    early = clerk.post(_path(1, "/tie"), json=said, headers=token)
    tied = clerk.post(_path(2, "/tie"), json=said, headers=token)
    same = clerk.post(_path(2, "/tie"), json=said, headers=token)
    other = clerk.post(_path(2, "/tie"), json=said | {"number": "RE-8"}, headers=token)

    assert (early.status_code, early.json["code"]) == (409, "erp_document_under_way")
    assert (tied.status_code, tied.json["state"], tied.json["erp_id"]) == (200, "duplicate", "4711")
    assert tied.json["events"][-1]["actor"] != "runner"
    assert (same.status_code, len(same.json["events"])) == (200, len(tied.json["events"]))
    assert other.status_code == 409


def test_document_when_unknown_or_somebody_may_not_then_told(any_shop: Shop) -> None:
    _two_documents(any_shop)
    clerk: Any
    clerk, token = any_shop.signed(Role.TREASURER)
    cashier: Any
    cashier, cashier_token = any_shop.signed(Role.CASHIER)

    assert clerk.get(_path(9)).json["code"] == "erp_document_not_found"
    assert clerk.post(_path(9, "/retry"), headers=token).status_code == 404
    assert cashier.get(f"/v1/erp/postings?account={ACCOUNT}").status_code == 403
    assert cashier.post(_path(2, "/retry"), headers=cashier_token).status_code == 403
    assert clerk.post(_path(2, "/give-up"), json={"reason": ""}, headers=token).status_code == 400
