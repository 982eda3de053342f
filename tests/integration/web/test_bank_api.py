"""The loop with banks over the API and on its screens: messages in, files by hand, decisions, fates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.access import Role
from gateway.web.payables.bank_screen import message_did
from tests.support.bank_loop import BankLoop
from tests.support.supplier_desk import Desk
from tests.support.web_shop import Shop, new_id

if TYPE_CHECKING:
    from werkzeug.test import TestResponse


@pytest.fixture
def loop(shop: Shop, tmp_path: Path) -> BankLoop:
    return BankLoop(shop.storage, tmp_path / "bank", payables=2)


@pytest.fixture
def clerk(shop: Shop) -> Desk:
    return Desk.of(shop, Role.AP_CLERK)


@pytest.fixture
def treasurer(shop: Shop) -> Desk:
    return Desk.of(shop, Role.TREASURER)


def _hand_in(desk: Desk, content: bytes, name: str = "status.xml") -> TestResponse:
    headers = desk.key | {"Content-Type": "application/octet-stream"}
    return desk.client.post(f"/v1/bank/messages?name={name}", data=content, headers=headers)


def _messages_of(loop: BankLoop) -> list[bytes]:
    loop.bank.work(loop.clock.at)
    return [path.read_bytes() for path in sorted(loop.bank.incoming.iterdir())]


def _said(desk: Desk, name: str, what: str, **body: Any) -> Any:
    return desk.post(f"/v1/payment-orders/{name}/{what}", {"id": str(new_id()), "reason": "Asked them"} | body)


def test_message_when_handed_in_then_tells_what_it_did_and_again_changes_nothing(loop: BankLoop, clerk: Desk) -> None:
    loop.hand_over()
    _, accepted, *_ = _messages_of(loop)

    first, again = _hand_in(clerk, accepted), _hand_in(clerk, accepted, "other.xml")

    assert (first.status_code, again.status_code) == (201, 200)
    told, repeated = first.json or {}, again.json or {}
    assert (told["kind"], told["applied"], told["outcome"]) == ("pain.002", True, "pain.002: 2 accepted")
    assert repeated == told | {"repeated": True}
    assert loop.states() == ["accepted"] * 2
    assert clerk.get("/v1/bank/messages").json["data"] == [told]
    kept = clerk.get(f"/v1/bank/messages/{told['id']}/content")
    assert kept.data == accepted
    assert "attachment" in kept.headers["Content-Disposition"]
    assert clerk.post(f"/v1/bank/messages/{told['id']}/read-again").json["outcome"] == "pain.002: 2 nothing new"


def test_message_when_unreadable_then_it_is_kept_as_a_task_that_a_person_closes(clerk: Desk) -> None:
    told = _hand_in(clerk, b"nothing a bank would say").json or {}

    assert told["applied"] is False
    (task,) = clerk.get("/v1/bank/tasks").json["data"]
    assert (task["kind"], task["message_id"]) == ("unreadable", told["id"])
    closed = clerk.post(f"/v1/bank/tasks/{task['id']}/close", {"reason": "Was a letter."}).json
    assert closed["note"] == "Was a letter."
    assert clerk.get("/v1/bank/tasks").json["data"] == []
    assert _hand_in(clerk, b"").status_code == 422
    assert clerk.get(f"/v1/bank/messages/{new_id()}").status_code == 404
    assert clerk.post(f"/v1/bank/tasks/{new_id()}/close", {"reason": "x"}).status_code == 404


def test_file_when_taken_to_the_bank_by_hand_then_only_its_own_hash_counts(
    loop: BankLoop, clerk: Desk, treasurer: Desk
) -> None:
    (waiting,) = clerk.get("/v1/bank/files").json["data"]
    assert (waiting["state"], waiting["sha256"]) == ("written", loop.file.sha256)
    address = f"/v1/bank/files/{waiting['run_id']}/1"
    assert treasurer.get(f"{address}/content").data == loop.file.content
    assert clerk.get(f"{address}/content").status_code == 403

    wrong = treasurer.post(f"{address}/handed-over", {"sha256": "0" * 64, "reason": "Portal"})
    right = treasurer.post(f"{address}/handed-over", {"sha256": loop.file.sha256, "reason": "Portal"})

    assert (wrong.status_code, wrong.json["code"]) == (409, "bank_file_differs")
    assert right.json == {"data": []}
    assert loop.states() == ["sent"] * 2
    assert treasurer.get(f"/v1/bank/files/{waiting['run_id']}/9/content").status_code == 404


def test_fate_then_tells_the_story_without_account_numbers(loop: BankLoop, clerk: Desk) -> None:
    loop.whole_way("reject-account", days=0)

    told = clerk.get("/v1/payment-orders/E1-1").json

    assert (told["state"], told["reason_code"], told["reason_class"]) == ("rejected", "AC01", "fix_data")
    assert told["payee"]["account"] == "DE ... 3000"
    assert [event["kind"] for event in told["events"]][-2:] == ["ACTC", "RJCT"]
    assert [task["kind"] for task in told["tasks"]] == ["rejected"]
    assert clerk.get("/v1/payment-orders/NONE").status_code == 404


def test_decisions_when_sent_again_then_the_first_one_is_told(loop: BankLoop, clerk: Desk, treasurer: Desk) -> None:
    loop.whole_way("payee-close", days=0)
    body = {"id": str(new_id()), "reason": "Called them", "pay": True, "learn_name": True}

    first, again = (treasurer.post("/v1/payment-orders/E1-1/payee-decisions", body) for _ in range(2))

    assert first.status_code == 200
    assert first.data == again.data
    assert (first.json["kind"], first.json["detail"]["payee_check_name"]) == ("pay", "Alpha Holding")
    assert _said(clerk, "E1-2", "payee-decisions", pay=False).status_code == 403
    assert _said(clerk, "E1-2", "reissue").json["code"] == "no_proof_for_reissue"
    void = _said(treasurer, "E1-2", "void", spoke_with="the desk", reference="T-1")
    assert void.json["kind"] == "void"
    assert _said(clerk, "E1-2", "reissue").json["kind"] == "reissue"


@pytest.mark.parametrize("language", ["en", "de"])
def test_screens_then_show_tasks_messages_and_the_story(
    loop: BankLoop, clerk: Desk, treasurer: Desk, language: str
) -> None:
    loop.whole_way("payee-check", days=0)
    headers = {"Accept-Language": language}

    bank = treasurer.client.get("/payment-runs/bank", headers=headers)
    fate = treasurer.client.get("/payment-runs/payments/E1-2", headers=headers)
    read_only = clerk.client.get("/payment-runs/payments/E1-2", headers=headers)

    assert (bank.status_code, fate.status_code, read_only.status_code) == (200, 200, 200)
    assert "/payment-runs/payments/E1-2" in bank.text
    assert "Alpha Holding" in fate.text
    assert "payee-decisions" in fate.text
    assert "payee-decisions" not in read_only.text
    assert "bank.state_" not in fate.text
    assert "bank.task_" not in bank.text
    checked = {"en": " awaiting payee check", "de": " warten auf die Prüfung des Empfängers"}
    assert checked[language] in bank.text
    assert clerk.client.get("/payment-runs/virtual-bank").status_code == 404


def test_what_a_message_did_then_figures_are_told_in_the_language_and_the_bank_keeps_its_words(shop: Shop) -> None:
    with shop.app.test_request_context("/", headers={"Accept-Language": "de"}):
        told = message_did("camt.053: 2 settled, 1 other entries; Sent: 3 settled")
        nothing = message_did("pain.002: nothing about payments")
        unreadable = message_did("This is no message. Fetch it again.")

    assert told == "camt.053: 2 bezahlt, 1 andere Buchungen; Sent: 3 settled"
    assert nothing == "pain.002: nichts über Zahlungen"
    assert unreadable == "This is no message. Fetch it again."
