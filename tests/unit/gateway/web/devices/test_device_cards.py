"""Cards of the device board: what waits, what failed, what to do, and the line of answer times."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.cards.line_health import LineHealth, LineLook
from gateway.domain.ids import DeviceId, OutboxId, StoreId, TenantId, uuid7
from gateway.domain.outbox import OutboxMessage, OutboxState
from gateway.domain.printing.printer_setup import PrinterHealth, PrinterLook
from gateway.ports.unit_of_work import DeviceRow
from gateway.web.devices.device_cards import SPARK_HEIGHT, SPARK_WIDTH, device_cards, spark

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PRINTER, TERMINAL = DeviceId("printer-1"), DeviceId("terminal-1")
ROWS = (
    DeviceRow(TenantId("main"), StoreId("store-1"), PRINTER, "printer", "Kitchen", state_words="Ready.", ready=True),
    DeviceRow(TenantId("main"), StoreId("store-1"), TERMINAL, "terminal", "Front", state_words="Away.", ready=False),
)
HEALTH = PrinterHealth(
    looks=(PrinterLook(NOW - timedelta(minutes=2), 5), PrinterLook(NOW - timedelta(minutes=1), None)),
    paper="enough",
    cover_open=False,
    failures=(NOW - timedelta(hours=2), NOW - timedelta(minutes=3)),
    held=False,
)


def message(minutes: int, state: OutboxState = OutboxState.READY, kind: str = "print_receipt") -> OutboxMessage:
    return OutboxMessage(
        tenant_id=TenantId("main"),
        store_id=StoreId("store-1"),
        id=OutboxId(uuid7(minutes)),
        kind=kind,
        target=PRINTER,
        payload={},
        created_at=NOW - timedelta(minutes=minutes),
        state=state,
    )


def test_cards_then_terminals_first_and_only_what_still_waits_is_counted() -> None:
    waiting = (
        message(9),
        message(4, OutboxState.STARTED),
        message(99, OutboxState.DEAD),
        message(50, kind="open_drawer"),
    )

    terminal, printer = device_cards(ROWS, {PRINTER: HEALTH}, waiting, NOW)

    assert (terminal.name, terminal.fix, terminal.paper, terminal.worked_here) == ("Front", "terminal", "", False)
    assert (printer.waits, printer.oldest_min, printer.failures) == (2, 9, 2)
    assert (printer.paper, printer.cover, printer.fix) == ("enough", "closed", "")
    assert printer.seen_at == NOW - timedelta(minutes=2)


def test_card_of_a_terminal_then_its_line_is_judged_and_a_weak_one_has_a_fix() -> None:
    looks = (LineLook(NOW - timedelta(minutes=3), 30, 2), LineLook(NOW - timedelta(minutes=2), 50, 1))
    rows = (replace(ROWS[1], ready=True),)

    (card,) = device_cards(rows, {}, (), NOW, {TERMINAL: LineHealth(looks)})

    assert (card.line, card.fix, card.failures, card.worked_here) == ("weak", "line_weak", 3, True)
    assert card.spark is not None
    assert (card.spark.last_ms, card.spark.slowest_ms) == (50, 50)
    assert card.seen_at == NOW - timedelta(minutes=2)


@pytest.mark.parametrize(
    ("changes", "fix"),
    [
        ({"held": True, "cover_open": True}, "held"),
        ({"cover_open": True}, "cover"),
        ({"paper": "out"}, "paper_out"),
        ({"paper": "near_end"}, "paper_near_end"),
    ],
)
def test_card_of_a_printer_then_the_fix_that_helps_first(changes: dict[str, object], fix: str) -> None:
    health = replace(HEALTH, **changes)  # type: ignore[arg-type]  # the fields of a case

    assert device_cards(ROWS, {PRINTER: health}, (), NOW)[1].fix == fix


def test_printer_of_another_node_then_told_by_its_row_alone() -> None:
    printer = device_cards((replace(ROWS[0], ready=False),), {}, (), NOW)[0]

    assert (printer.paper, printer.cover, printer.fix, printer.spark, printer.worked_here) == (
        "unknown",
        "unknown",
        "printer",
        None,
        False,
    )


def test_line_of_answer_times_then_within_its_picture_and_silence_is_a_gap() -> None:
    looks = tuple(PrinterLook(NOW, took) for took in (0, 20, None, 5000))

    drawn = spark(looks)

    points = [tuple(map(int, point.split(","))) for point in drawn.points.split()]
    assert all(0 <= x <= SPARK_WIDTH and 0 <= y <= SPARK_HEIGHT for x, y in points)
    assert [x for x, _ in points] == [0, 80, 240]
    assert points[0][1] > points[1][1] > points[2][1]
    assert (drawn.gaps, drawn.last_ms, drawn.slowest_ms, drawn.looks) == ((160,), 5000, 5000, 4)
