"""What survives what: the rows of the table in `docs/operating.md`, on a gateway that is killed or loses its database.

That a receipt in the middle of a kill becomes unsure is shown in `tests/unit/gateway/jobs/test_printer_lane.py`, and on
real processes in `tests/crash`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.bootstrap import Wrappers
from gateway.domain.cards.payment import AttemptState
from gateway.domain.errors import OperationalError
from gateway.domain.ids import PaymentId
from gateway.domain.outbox import OutboxState
from gateway.ports.unit_of_work import Storage
from tests.support.faulty_storage import FaultyStorage
from tests.support.running_node import EVERYTHING, PRINTER, STORE, TENANT, TERMINAL, RunningNode, running_node
from tests.support.served_gateway import ServedGateway
from tests.support.web_shop import new_id

OPERATING = Path(__file__).resolve().parents[3] / "docs" / "operating.md"


def _posted(shop: RunningNode) -> int:
    with shop.node.storage.read() as unit:
        return sum(balance.debits_posted for balance in unit.ledger.balances(TENANT, STORE))


def test_killed_before_the_intent_is_stored_then_the_repeated_request_makes_it_once(
    database_url: str, tmp_path: Path
) -> None:
    """Nothing was stored, the till saw an error and repeats its request with the same id."""
    faulty: list[FaultyStorage] = []

    def wrap(inner: Storage) -> Storage:
        faulty.append(FaultyStorage(inner))
        return faulty[0]

    payment_id = PaymentId(new_id())
    with running_node(tmp_path, database_url, Wrappers(storage=wrap)) as shop:
        shop.shop.choose_scenario(TERMINAL, "approve")
        shop.until(lambda: bool(shop.shop.terminals()), "the terminal")
        faulty[0].fail_writes(10_000)
        with pytest.raises(OperationalError):
            shop.begin("5.00", payment_id)
        faulty[0].fail_writes(0)
        assert shop.services.read_payments.recent(EVERYTHING, limit=10, before=None) == ()

    with running_node(tmp_path, database_url) as shop:
        assert shop.begin("5.00", payment_id) == shop.begin("5.00", payment_id)
        shop.pay_at_terminal()
        shop.until_state(payment_id, AttemptState.APPROVED)
        assert _posted(shop) == 500


def test_killed_while_the_customer_is_at_the_terminal_then_not_charged_by_its_own_word(
    database_url: str, tmp_path: Path
) -> None:
    with ServedGateway(tmp_path, database_url) as gateway:
        gateway.start(pace=1000)
        payment_id = gateway.begin("8.00")
        gateway.until(
            lambda: gateway.payment(payment_id)["attempts"][-1]["state"] == "sent", "the payment to be under way"
        )
        gateway.kill()

        gateway.start()

        payment = gateway.until_state(payment_id, "not_charged")
        assert payment["attempts"][-1]["evidence"] == "last_result"


def test_killed_after_the_terminal_booked_then_approved_by_its_own_word(database_url: str, tmp_path: Path) -> None:
    with ServedGateway(tmp_path, database_url) as gateway:
        gateway.start("line_lost_before_status")
        payment_id = gateway.begin_and_lose("12.34")
        gateway.kill()

        gateway.start()

        payment = gateway.until_state(payment_id, "approved")
        assert payment["attempts"][-1]["evidence"] == "last_result"
        assert len(payment["attempts"]) == 1


def test_terminal_that_does_not_answer_then_unknown_and_closed_until_heard(database_url: str, tmp_path: Path) -> None:
    with ServedGateway(tmp_path, database_url) as gateway:
        gateway.start("line_lost_before_status")
        gateway.begin_and_lose("12.34")

        body = {"id": str(new_id()), "register_id": "register-1", "amount": {"amount": "1.00", "currency": "EUR"}}
        status, answer = gateway.call("POST", "/v1/payments", body)

        assert (status, answer["code"]) == (409, "terminal_busy")


def test_database_away_for_a_moment_then_the_outcome_is_stored_when_it_is_back(
    database_url: str, tmp_path: Path
) -> None:
    faulty: list[FaultyStorage] = []

    def wrap(inner: Storage) -> Storage:
        faulty.append(FaultyStorage(inner))
        return faulty[0]

    with running_node(tmp_path, database_url, Wrappers(storage=wrap), **{"worker.lease_s": 60}) as shop:
        payment_id = shop.begin("23.40")
        shop.until_awaiting("card")
        shop.shop.press(TERMINAL, "present_card")
        shop.until_awaiting("pin")
        faulty[0].fail_writes(5)
        shop.shop.press(TERMINAL, "enter_pin")

        shop.until_state(payment_id, AttemptState.APPROVED)

        shop.until_receipts(payment_id, OutboxState.DONE, OutboxState.DONE)
        assert faulty[0].failed == 5
        assert [event.kind for event in shop.load(payment_id).events] == ["sent", "approved"]
        assert (_posted(shop), len(shop.shop.papers(PRINTER))) == (2340, 2)


def test_database_away_beyond_the_lease_then_the_approval_is_refused_to_the_terminal(
    database_url: str, tmp_path: Path
) -> None:
    faulty: list[FaultyStorage] = []

    def wrap(inner: Storage) -> Storage:
        faulty.append(FaultyStorage(inner))
        return faulty[0]

    with running_node(tmp_path, database_url, Wrappers(storage=wrap), **{"worker.lease_s": 1}) as shop:
        payment_id = shop.begin("23.40")
        shop.until_awaiting("card")
        shop.shop.press(TERMINAL, "present_card")
        shop.until_awaiting("pin")
        faulty[0].fail_writes(1_000_000)
        keeper = shop.node._keeper
        shop.until(
            lambda: not keeper._good_until or max(keeper._good_until.values()) < shop.node.clock.monotonic_s(),
            "the lease to run out",
        )

        shop.shop.press(TERMINAL, "enter_pin")
        shop.until_awaiting("idle")
        faulty[0].fail_writes(0)

        shop.until(lambda: shop.state(payment_id) not in {AttemptState.SENT, AttemptState.UNKNOWN}, "an outcome")
        assert shop.state(payment_id) in {AttemptState.DECLINED, AttemptState.CANCELLED, AttemptState.NOT_CHARGED}
        assert _posted(shop) == 0


def test_every_row_of_the_promise_is_known_here() -> None:
    """A new row in the table needs a new test: the first words of each row as they were when the tests were written."""
    text = OPERATING.read_text(encoding="utf-8")
    table = text.partition("## What survives what")[2].partition("\n## ")[0]
    rows = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("|")][2:]

    assert rows == [
        "the process is killed before the intent is stored",
        "... after the intent, before the terminal was told",
        "... while the customer is at the terminal, or after the terminal booked",
        "the terminal does not answer",
        "the terminal answers, but its last transaction does not decide it",
        "the process is killed while a receipt prints",
        "the database goes away for a moment",
    ]
