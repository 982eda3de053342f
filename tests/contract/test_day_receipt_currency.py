"""The receipt of a terminal's day that names no currency is in the shop's own, on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.domain.cards.card_receipt import ReceiptCopy
from gateway.domain.cards.payment import BrandTotal, DayFigures, TerminalResult
from gateway.domain.cards.terminal_day import DayClose
from gateway.node.paper_setup import make_deliverer
from gateway.services.paper.print_receipt import receipt_message
from tests.support.lane_rig import PRINTER, STORE, TENANT, TERMINAL, LaneNode, add_devices, approval
from tests.support.paper_node import WRITER
from tests.support.scripted_printer import ScriptedPrinter
from tests.support.scripted_terminal import ScriptedTerminal
from tests.support.small_shop import small_shop

if TYPE_CHECKING:
    from gateway.adapters.db.unit_of_work import SqlStorage


def test_day_when_the_terminal_names_no_currency_then_printed_in_that_of_the_shop(storage: SqlStorage) -> None:
    add_devices(storage)
    node = LaneNode(storage, ScriptedTerminal())
    node.end_day()
    with node.inner.read() as unit:
        [(movement, attempt)] = unit.payments.open_attempts(TENANT, STORE, TERMINAL)
    assert isinstance(movement, DayClose)
    figures = DayFigures(None, None, 1, 99, (BrandTotal("visa", 2, 1700),))
    outcome = replace(approval(1), reason_code="day_closed", result=TerminalResult(day=figures))
    node.conclude.record(movement, attempt, outcome, epoch=attempt.epoch, actor="terminal-1")
    message = receipt_message(
        movement, attempt, ReceiptCopy.MERCHANT, PRINTER, created_at=node.clock.now(), request_id=None
    )
    shop = {"tenant": TENANT, "store": STORE, "name": "Corner Shop", "currency": "CHF"}
    printer = ScriptedPrinter()

    make_deliverer(storage, WRITER, small_shop(TENANT, STORE, (), shop=shop)).deliver(message, printer)

    node.stop()
    [paper] = printer.papers
    assert paper.total.currency.code == "CHF"
