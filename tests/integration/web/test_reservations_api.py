"""Reservations, parts, tips and ends of days over the API and on their screens."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from pydantic import BaseModel

from gateway.domain.access import Permission, Role
from gateway.domain.cards.payment import (
    AttemptEvent,
    AttemptOutcome,
    BrandTotal,
    Conversion,
    DayFigures,
    Evidence,
    TerminalResult,
    TransactionNumbers,
)
from gateway.domain.cards.reservation import Hold, HoldStep
from gateway.domain.ids import PaymentId, ReservationId, TerminalDayId
from gateway.ports.terminal import TerminalSilent
from gateway.web.payments.reservation_shapes import (
    GivenDay,
    GivenDays,
    GivenHeld,
    GivenReservation,
    GivenReservationPage,
)
from tests.support.web_shop import STORE, TENANT, TERMINAL, Shop, new_id, sale

ALL = (
    Permission.PAYMENTS_CREATE,
    Permission.PAYMENTS_READ,
    Permission.PAYMENTS_CANCEL,
    Permission.PAYMENTS_REFUND,
    Permission.SHIFTS_WORK,
)


SHAPES: dict[str, type[BaseModel]] = {
    "/v1/reservations/": GivenReservation,
    "/v1/reservations": GivenReservationPage,
    "/v1/terminal-days/": GivenDay,
    f"/v1/terminals/{TERMINAL}/held": GivenHeld,
    "/v1/terminals/": GivenDays,
}
"""What the description of the API promises of each address; ``get`` holds the answers to it."""


def euro(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


class Till:
    """One client with a key, and a terminal whose words the test says."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.client = shop.client()
        _, self.key = shop.key(*ALL)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self.client.post(path, json=body, headers=self.key)

    def get(self, path: str) -> Any:
        found = self.client.get(path, headers=self.key).get_json()
        shape = next((shape for part, shape in SHAPES.items() if path.startswith(part)), None)
        if shape is not None:
            shape.model_validate(found, strict=False)
        return found

    def reserve(self, amount: str = "100.00") -> str:
        body = {"id": str(new_id()), "amount": euro(amount), "register_id": "till-1", "reference": "Room 7"}
        answer = self.post("/v1/reservations", body)
        assert answer.status_code == 202, answer.get_json()
        return str(body["id"])

    def say(self, reservation_id: str, event: AttemptEvent = AttemptEvent.APPROVE) -> None:
        """Let the terminal answer for the last step of a reservation."""
        with self.shop.storage.read() as unit:
            record = unit.reservations.load(TENANT, STORE, ReservationId(uuid.UUID(reservation_id)))
        assert record is not None
        attempt = record.last
        step = HoldStep.RESERVE if attempt == record.made else HoldStep.RELEASE
        result = TerminalResult(numbers=TransactionNumbers(23, 4723, None), card_name="Visa")
        outcome = AttemptOutcome(event, Evidence.DIALOGUE, "approved", "As the terminal says.", result)
        hold = Hold(record.reservation, step)
        assert self.shop.conclude.record(hold, attempt, outcome, epoch=attempt.epoch, actor="terminal") is not None

    def pay(self, result: TerminalResult, **changes: Any) -> dict[str, Any]:
        """Take a payment whose terminal says this."""
        body = sale(register_id="till-1", **changes)
        answer = self.post("/v1/payments", body)
        assert answer.status_code == 202, answer.get_json()
        with self.shop.storage.read() as unit:
            record = unit.payments.load(TENANT, STORE, PaymentId(uuid.UUID(body["id"])))
        assert record is not None
        attempt = record.attempts[-1]
        outcome = AttemptOutcome(AttemptEvent.APPROVE, Evidence.DIALOGUE, "approved", "Approved.", result)
        self.shop.conclude.record(record.payment, attempt, outcome, epoch=attempt.epoch, actor="terminal")
        found: dict[str, Any] = self.get(f"/v1/payments/{body['id']}")
        return found


@pytest.fixture
def till(shop: Shop) -> Till:
    return Till(shop)


def test_reservation_when_asked_then_held_charged_in_part_and_done(till: Till) -> None:
    reservation_id = till.reserve()
    assert till.get(f"/v1/reservations/{reservation_id}")["state"] == "sent"
    till.say(reservation_id)

    charge = {"id": str(new_id()), "amount": euro("60.00")}
    answer = till.post(f"/v1/reservations/{reservation_id}/complete", charge)
    again = till.post(f"/v1/reservations/{reservation_id}/complete", charge)
    assert (answer.status_code, again.data) == (202, answer.data)
    assert answer.headers["Location"] == f"/v1/payments/{charge['id']}"
    till.shop.settle(str(charge["id"]))

    done = till.get(f"/v1/reservations/{reservation_id}")
    assert (done["state"], done["charged"], done["payments"]) == ("completed", euro("60.00"), [charge["id"]])
    assert [event["kind"] for event in done["events"]] == ["sent", "held", "completing"]
    assert till.get("/v1/reservations")["data"][0]["id"] == reservation_id
    refused = till.post(f"/v1/reservations/{reservation_id}/release", {"request_id": str(new_id())})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "reservation_ended")


def test_reservation_when_let_go_then_it_says_so_and_the_terminal_is_asked_once(till: Till) -> None:
    reservation_id = till.reserve()
    till.say(reservation_id)
    body = {"request_id": str(new_id())}
    path = f"/v1/reservations/{reservation_id}/release"

    first, again = till.post(path, body), till.post(path, body)
    till.say(reservation_id)

    assert (first.status_code, again.data) == (202, first.data)
    done = till.get(f"/v1/reservations/{reservation_id}")
    assert (done["state"], len(done["releases"])) == ("released", 1)


@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [(euro("100.01"), 409, "completion_exceeds_reservation"), ({"amount": "1.00", "currency": "USD"}, 409, None)],
)
def test_completion_when_it_does_not_fit_then_refused(
    till: Till, amount: dict[str, str], status: int, code: str | None
) -> None:
    reservation_id = till.reserve()
    till.say(reservation_id)

    refused = till.post(f"/v1/reservations/{reservation_id}/complete", {"id": str(new_id()), "amount": amount})

    assert refused.status_code == status
    assert code in (None, refused.get_json()["code"])


def test_reservation_of_another_store_then_it_does_not_exist(till: Till) -> None:
    found = till.client.get(f"/v1/reservations/{new_id()}", headers=till.key)

    assert (found.status_code, found.get_json()["code"]) == (404, "reservation_not_found")


def test_reservation_in_doubt_then_a_manager_decides_and_writes_off(till: Till) -> None:
    reservation_id = till.reserve()
    till.say(reservation_id, AttemptEvent.LOSE_ANSWER)
    client, token = till.shop.signed(Role.MANAGER)
    path = f"/v1/reservations/{reservation_id}"

    early = client.post(f"{path}/write-off", json={"reason": "The bank let it lapse"}, headers=token)
    decided = client.post(f"{path}/resolution", json={"done": True, "reason": "Its slip says so"}, headers=token)
    gone = client.post(f"{path}/write-off", json={"reason": "The bank let it lapse"}, headers=token)

    assert (early.status_code, early.get_json()["code"]) == (409, "outcome_unknown")
    assert (decided.status_code, decided.get_json()["state"]) == (200, "held")
    assert (gone.get_json()["state"], gone.get_json()["write_off"]) == ("expired", "The bank let it lapse")


def test_cashier_then_no_decision_over_a_reservation(till: Till) -> None:
    reservation_id = till.reserve()
    till.say(reservation_id)
    client, token = till.shop.signed(Role.CASHIER)

    refused = client.post(
        f"/v1/reservations/{reservation_id}/write-off", json={"reason": "I do not like it"}, headers=token
    )

    assert refused.status_code == 403


def test_part_when_allowed_then_told_with_its_rest(till: Till) -> None:
    paid = till.pay(TerminalResult(amount_minor=600), amount=euro("10.00"), allow_partial=True)

    assert paid["taken"] == {"amount": euro("6.00"), "tip": euro("0.00"), "rest": euro("4.00")}
    assert (paid["state"], paid["attempts"][0]["reason_code"]) == ("approved", "approved_in_part")
    refunds = till.get(f"/v1/payments/{paid['id']}/refunds")
    assert refunds["left"] == euro("6.00")


def test_part_when_not_allowed_then_a_person_has_to_look(till: Till) -> None:
    paid = till.pay(TerminalResult(amount_minor=600), amount=euro("10.00"))

    assert (paid["state"], paid["taken"]) == ("unknown", None)


def test_tip_and_conversion_then_told_and_on_the_page(till: Till) -> None:
    conversion = Conversion(1299, "840", "1.0825", "3.5", "I chose to pay in US dollars")
    result = TerminalResult(amount_minor=1200, tip_minor=200, conversion=conversion)
    paid = till.pay(result, amount=euro("12.00"), tip=euro("2.00"))

    assert (paid["tip"], paid["taken"]["tip"]) == (euro("2.00"), euro("2.00"))
    assert paid["attempts"][0]["conversion"] == {
        "amount": "12.99",
        "currency": "USD",
        "rate": "1.0825",
        "markup": "3.5",
        "words": "I chose to pay in US dollars",
    }
    receipt = till.client.get(f"/v1/payments/{paid['id']}/receipt.txt", headers=till.key).get_data(as_text=True)
    assert "Tip" in receipt
    assert "USD 12.99" in receipt
    client, _ = till.shop.signed(Role.MANAGER)
    page = client.get(f"/payments/{paid['id']}").get_data(as_text=True)
    assert "12.99" in page
    assert "1.0825" in page


@pytest.mark.parametrize("tip", ["10.00", "10.01"])
def test_tip_when_it_is_no_part_of_the_amount_then_refused(till: Till, tip: str) -> None:
    refused = till.post("/v1/payments", sale(amount=euro("10.00"), tip=euro(tip), register_id="till-1"))

    assert (refused.status_code, refused.get_json()["code"]) == (422, "invalid_tip")


def test_day_when_ended_then_its_figures_are_told_and_shown(till: Till) -> None:
    terminal = till.get("/v1/reservations") and till.shop.container.registers()[0].terminal_id
    body = {"id": str(new_id())}
    answer = till.post(f"/v1/terminals/{terminal}/end-of-day", body)
    assert (answer.status_code, answer.get_json()["state"]) == (202, "sent")
    busy = till.post("/v1/payments", sale(amount=euro("1.00"), register_id="till-1"))
    assert busy.get_json()["code"] == "terminal_busy"
    with till.shop.storage.read() as unit:
        record = unit.day_closes.load(TENANT, STORE, TerminalDayId(uuid.UUID(body["id"])))
    assert record is not None
    figures = DayFigures(1700, "978", 1, 9, (BrandTotal("visa", 2, 1700),))
    outcome = AttemptOutcome(
        AttemptEvent.APPROVE, Evidence.DIALOGUE, "day_closed", "Closed.", TerminalResult(day=figures)
    )
    till.shop.conclude.record(record.close, record.attempt, outcome, epoch=record.attempt.epoch, actor="terminal")

    day = till.get(f"/v1/terminal-days/{body['id']}")
    assert (day["state"], day["sum"], day["brands"]) == (
        "closed",
        euro("17.00"),
        [{"brand": "visa", "count": 2, "sum": euro("17.00")}],
    )
    assert [one["id"] for one in till.get(f"/v1/terminals/{terminal}/days")["data"]] == [body["id"]]
    client, _ = till.shop.signed(Role.CASHIER)
    assert "visa" in client.get("/terminal-days").get_data(as_text=True)


def test_screens_of_reservations_then_each_state_has_its_face(till: Till) -> None:
    reservation_id = till.reserve()
    client, _ = till.shop.signed(Role.MANAGER)
    page, panel = f"/reservations/{reservation_id}", f"/reservations/{reservation_id}/outcome"
    sent = client.get(page).get_data(as_text=True)
    till.say(reservation_id)
    held = client.get(panel).get_data(as_text=True)
    mark = held.split('data-mark="')[1].split('"')[0]

    assert 'data-hold-action="cancel"' in sent
    assert 'data-form="complete"' in held
    assert client.get(f"{panel}?seen={mark}").status_code == 204
    assert reservation_id in client.get("/reservations").get_data(as_text=True)


def test_board_then_a_reservation_in_doubt_is_among_what_needs_somebody(till: Till) -> None:
    reservation_id = till.reserve()
    till.say(reservation_id, AttemptEvent.LOSE_ANSWER)
    client, _ = till.shop.signed(Role.MANAGER)

    board = client.get("/board").get_data(as_text=True)

    assert f"/reservations/{reservation_id}" in board
    assert "Reservation not known" in board


def test_page_when_the_terminal_is_asked_then_each_difference_is_a_task_in_words(till: Till) -> None:
    held = till.reserve()
    till.say(held)
    client, _ = till.shop.signed(Role.MANAGER)
    asked = f"/reservations?compare={TERMINAL}"

    till.shop.hints.held[TERMINAL] = (23,)
    equal = client.get(asked).get_data(as_text=True)
    till.shop.hints.held[TERMINAL] = (41,)
    different = client.get(asked).get_data(as_text=True)
    till.shop.hints.held[TERMINAL] = TerminalSilent("not_supported", "Cannot tell.")
    silent = client.get(asked).get_data(as_text=True)

    assert "and so do the books" in equal
    assert "data-held-differences" not in equal
    assert 'data-kind="missing_there"' in different
    assert 'data-kind="missing_here"' in different
    assert f'href="/reservations/{held}"' in different.partition("data-held-differences")[2].partition("</ul>")[0]
    assert "Print the list at the terminal itself" in silent


def test_terminal_when_asked_over_the_api_then_it_tells_what_only_one_side_knows(till: Till) -> None:
    held = till.reserve()
    till.say(held)
    address = f"/v1/terminals/{TERMINAL}/held"

    till.shop.hints.held[TERMINAL] = (41,)
    different = till.get(address)
    till.shop.hints.held[TERMINAL] = TerminalSilent("not_supported", "Cannot tell.")
    silent = till.get(address)

    assert (different["there"], different["here"], different["reason_code"]) == (1, 1, None)
    assert [(one["kind"], one["receipt_no"], one["reservation_id"]) for one in different["differences"]] == [
        ("missing_here", 41, None),
        ("missing_there", 23, held),
    ]
    assert (silent["reason_code"], silent["differences"]) == ("not_supported", [])
    assert till.client.get("/v1/terminals/nobody/held", headers=till.key).status_code == 422


def test_page_when_the_terminal_holds_one_that_is_being_let_go_then_no_difference(till: Till) -> None:
    held = till.reserve()
    till.say(held)
    assert till.post(f"/v1/reservations/{held}/release", {"request_id": str(new_id())}).status_code == 202
    client, _ = till.shop.signed(Role.MANAGER)

    for told in ((23,), ()):
        till.shop.hints.held[TERMINAL] = told
        page = client.get(f"/reservations?compare={TERMINAL}").get_data(as_text=True)
        assert "data-held-differences" not in page


def test_page_when_an_unknown_terminal_is_named_then_refused(till: Till) -> None:
    client, _ = till.shop.signed(Role.MANAGER)

    assert client.get("/reservations?compare=nobody").status_code == 422
