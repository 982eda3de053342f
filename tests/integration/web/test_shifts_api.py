"""Shifts over the API: a whole day, blind counts, replays, who may do what, reports as text and picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.access import Permission, Role
from tests.support.web_shop import new_id

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.support.web_shop import Shop


class Till:
    """One person at the API."""

    def __init__(self, client: FlaskClient, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers

    def post(self, address: str, status: int = 201, **body: Any) -> dict[str, Any]:
        body.setdefault("id", str(new_id()))
        response = self.client.post(address, json=body, headers=self.headers)
        assert response.status_code == status, response.text
        found: dict[str, Any] = response.get_json()
        return found

    def get(self, address: str, status: int = 200) -> Any:
        response = self.client.get(address, headers=self.headers)
        assert response.status_code == status, response.text
        return response.get_json() if response.is_json else response

    def open(self, amount: str = "100.00") -> str:
        return str(self.post("/v1/shifts", register_id="till-1", float=euro(amount))["links"]["self"])


def euro(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def francs(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CHF"}


@pytest.fixture
def cashier(shop: Shop) -> Till:
    return Till(*shop.signed(Role.CASHIER))


@pytest.fixture
def manager(shop: Shop) -> Till:
    return Till(*shop.signed(Role.MANAGER))


def test_day_from_float_to_reviewed_difference_then_every_step_is_told(cashier: Till, manager: Till) -> None:
    shift = cashier.open()
    cashier.post(f"{shift}/movements", kind="pay_out", amount=euro("7.20"), reason="stamps for the post")
    counted = cashier.post(f"{shift}/counts", pieces=[{"value": "50.00", "number": 1}, {"value": "0.50", "number": 80}])
    assert counted["difference"] == euro("-2.80")
    assert counted["facts"][-1]["expected"] == euro("92.80")
    assert counted["facts"][-1]["detail"] == {"pieces 0.50": "80", "pieces 50.00": "1"}

    closed = cashier.post(f"{shift}/closing", left=euro("50.00"))

    assert (closed["state"], closed["z_number"], closed["needs_review"]) == ("closed", 1, True)
    report = cashier.get(f"{shift}/z")
    assert report["report"]["drawers"][0]["balance"] == euro("50.00")
    text = cashier.get(f"{shift}/report.txt").text
    assert "Z REPORT 1" in text
    assert "-2.80 EUR" in text
    assert cashier.get(f"{shift}/report.png").data.startswith(b"\x89PNG")
    pdf = cashier.get(f"{shift}/report.pdf")
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="z-1.pdf"'
    assert pdf.data.startswith(b"%PDF")
    assert pdf.data == cashier.get(f"{shift}/report.pdf").data
    reviewed = manager.post(f"{shift}/review", reason="the pay-out was 10.00, seen on the bill")
    assert reviewed["needs_review"] is False
    assert manager.get("/v1/shifts")["data"][0]["id"] == closed["id"]


def test_foreign_cash_of_a_count_then_told_and_hidden_from_who_still_has_to_count(cashier: Till) -> None:
    shift = cashier.open()
    handed = cashier.post(f"{shift}/handovers", to="eva", counted=euro("100.00"), foreign=[francs("5.00")])
    assert handed["facts"][-1]["foreign"] == []
    assert "foreign" not in str(handed["facts"][-1]["detail"])
    twice = cashier.post(f"{shift}/counts", 422, counted=euro("1.00"), foreign=[francs("5.00"), francs("5.00")])
    assert twice["errors"][0]["pointer"] == "/foreign/0/currency"

    counted = cashier.post(f"{shift}/counts", counted=euro("100.00"), foreign=[francs("5.00")])

    assert counted["facts"][-1]["foreign"] == [
        {"counted": francs("5.00"), "expected": francs("0.00"), "difference": francs("5.00")}
    ]
    assert cashier.post(f"{shift}/closing", left=euro("50.00"))["needs_review"] is True


def test_running_shift_then_nothing_tells_a_cashier_what_should_be_there(cashier: Till, manager: Till) -> None:
    shift = cashier.open()

    assert "expected" not in str([one for one in cashier.get(shift)["facts"] if one["expected"] is not None])
    cashier.get(f"{shift}/x", 403)
    cashier.get(f"{shift}/report.txt?report=x", 403)
    cashier.get(f"{shift}/z", 404)
    x = manager.get(f"{shift}/x")
    assert x["report"]["drawers"][0]["balance"] == euro("100.00")
    assert "Interim" in manager.get(f"{shift}/report.txt?report=x").text


def test_step_sent_again_then_the_first_answer_byte_for_byte(cashier: Till) -> None:
    shift = cashier.open()
    body = {"id": str(new_id()), "kind": "drop", "amount": euro("50.00"), "reason": "to the safe"}

    first = cashier.client.post(f"{shift}/movements", json=body, headers=cashier.headers)
    again = cashier.client.post(f"{shift}/movements", json=body, headers=cashier.headers)
    other = cashier.client.post(f"{shift}/movements", json={**body, "amount": euro("60.00")}, headers=cashier.headers)

    assert (first.status_code, first.data) == (201, again.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.get_json()["code"]) == (422, "key_reused")
    assert len(cashier.get(shift)["facts"]) == 2


def test_print_then_a_marked_copy_waits_for_the_printer(shop: Shop, cashier: Till) -> None:
    shift = cashier.open()
    cashier.post(f"{shift}/counts", counted=euro("100.00"))
    cashier.post(f"{shift}/closing", left=euro("100.00"))

    request = {"request_id": str(new_id()), "report": "z"}
    for _ in range(2):
        answer = cashier.client.post(f"{shift}/prints", json=request, headers=cashier.headers)
        assert answer.status_code == 202

    with shop.storage.read() as unit:
        waiting = unit.outbox.waiting(shop.container.settings.tenant_id, shop.container.settings.store_id)
    papers = [one for one in waiting if one.kind == "print_paper"]
    assert sorted(one.payload["duplicate"] for one in papers) == ["", "yes"]


def test_what_is_wrong_then_told_with_its_place(cashier: Till) -> None:
    both = cashier.post(
        "/v1/shifts", 422, register_id="till-1", float=euro("1.00"), pieces=[{"value": "1.00", "number": 1}]
    )
    assert both["code"] == "invalid_count"
    assert cashier.post("/v1/shifts", 422, register_id="till-1")["code"] == "invalid_count"
    assert cashier.post("/v1/shifts", 422, register_id="till-9", float=euro("1.00"))["code"] == "unknown_register"
    wrong = cashier.post("/v1/shifts", 422, register_id="till-1", pieces=[{"value": "0.005", "number": 1}])
    assert wrong["errors"][0]["pointer"] == "/pieces/0/value"
    dollars = {"amount": "1.00", "currency": "USD"}
    assert cashier.post("/v1/shifts", 422, register_id="till-1", float=dollars)["code"] == "currency_mismatch"
    shift = cashier.open()
    assert cashier.post("/v1/shifts", 409, register_id="till-1", float=euro("1.00"))["code"] == "shift_open"
    short = cashier.post(f"{shift}/movements", 422, kind="pay_in", amount=euro("1.00"), reason="x")
    assert short["code"] == "reason_needed"
    assert cashier.post(f"{shift}/closing", 409, left=euro("0.00"))["code"] == "shift_step_not_possible"
    assert cashier.post(f"/v1/shifts/{new_id()}/resumptions", 404)["code"] == "shift_not_found"
    cashier.get("/v1/shifts?before=2026-02-30T00:00:00Z", 422)


def test_managers_steps_then_refused_to_others(shop: Shop, cashier: Till) -> None:
    shift = cashier.open()
    cashier.post(f"{shift}/counts", counted=euro("1.00"))
    _, key = shop.key(Permission.SHIFTS_WORK)
    program = Till(shop.client(), key)

    cashier.post(f"{shift}/recounts", 403, counted=euro("100.00"), reason="it was all there")
    program.post(f"{shift}/recounts", 403, counted=euro("100.00"), reason="it was all there")
    program.post(f"{shift}/closing", left=euro("0.00"))
    cashier.post(f"{shift}/review", 403, reason="it was all there")
    stranger = Till(*shop.signed(Role.CASHIER))
    stranger.get(shift, 403)
    stranger.get(f"{shift}/z", 403)
    assert stranger.get("/v1/shifts")["data"] == []


def test_handover_and_resumption_then_the_shift_goes_on(cashier: Till, manager: Till) -> None:
    shift = cashier.open()

    given = cashier.post(f"{shift}/handovers", to="bert", counted=euro("99.00"))
    cashier.post(f"{shift}/counts", counted=euro("99.00"))
    cashier.post(f"{shift}/resumptions", 403)
    resumed = manager.post(f"{shift}/resumptions")

    assert given["cashier"] == "bert"
    assert (given["facts"][-1]["expected"], given["facts"][-1]["difference"]) == (None, None)
    assert (resumed["state"], resumed["cashier"]) == ("open", "bert")
