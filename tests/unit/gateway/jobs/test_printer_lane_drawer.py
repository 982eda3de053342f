"""The cash drawer: opened by the thread that owns the printer, at once or not at all, and once for one cause."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Caller, Permission
from gateway.domain.cards.card_receipt import Receipt
from gateway.domain.errors import IdempotencyConflict, InputError, NotPermitted, RuleError
from gateway.domain.outbox import OutboxState
from gateway.domain.printing.drawer import EXPIRES_S, DrawerCause, DrawerOpeningId, DrawerResult, DrawerVerdict
from gateway.ports.printer import DrawerReport, PrintReport
from gateway.services.paper.open_drawer import DrawerWish, OpenDrawer
from tests.support.lane_rig import PRINTER, REGISTER, STORE, TENANT, LaneNode
from tests.support.paper_node import Build, PaperNode, clock_of_today
from tests.support.scripted_printer import ScriptedPrinter
from tests.support.scripted_terminal import DEADLINE_S
from tests.support.web_shop import MovingClock, WrittenHints, new_id

CALLER = Caller(TENANT, STORE, new_id(), "anna", frozenset({Permission.SHIFTS_WORK, Permission.SHIFTS_REVIEW}))


def drawers(storage: SqlStorage, clock: MovingClock | SystemClock | None = None) -> OpenDrawer:
    return OpenDrawer(
        storage=storage, clock=clock or SystemClock(), hints=WrittenHints(), drawers={REGISTER: str(PRINTER)}
    )


def ask(storage: SqlStorage, reason: str = "change", clock: MovingClock | None = None) -> DrawerOpeningId:
    opening_id = DrawerOpeningId(new_id())
    drawers(storage, clock).open(CALLER, REGISTER, reason, opening_id)
    return opening_id


def until_told(one: PaperNode, till: LaneNode, opening_id: DrawerOpeningId) -> DrawerResult:
    def told() -> DrawerResult | None:
        return drawers(one.inner).look(CALLER, opening_id).result

    till.until(lambda: told() is not None, "what became of the drawer")
    found = told()
    assert found is not None
    return found


@pytest.mark.parametrize("ready", [True, False])
def test_drawer_then_opened_once_by_the_owner_of_the_printer_also_without_paper(
    paper: Build, till: LaneNode, storage: SqlStorage, *, ready: bool
) -> None:
    printer = ScriptedPrinter()
    printer.ready = ready
    one = paper(printer).start()

    opening_id = ask(storage)

    told = until_told(one, till, opening_id)
    assert (told.verdict, told.proven) == (DrawerVerdict.OPENED, True)
    drawers(storage).open(CALLER, REGISTER, "change", opening_id)
    until_told(one, till, ask(storage, "another"))
    assert printer.drawer_openings == 2


def test_drawer_while_a_receipt_is_printed_then_before_the_next_receipt(
    paper: Build, till: LaneNode, storage: SqlStorage
) -> None:
    printer = ScriptedPrinter()
    printer.hold()
    one = paper(printer).start()
    till.paid()
    printer.until_busy()

    opening_id = ask(storage)
    assert drawers(storage).look(CALLER, opening_id).result is None
    printer.let_go()

    assert until_told(one, till, opening_id).verdict is DrawerVerdict.OPENED


class _InOrder(ScriptedPrinter):
    """Notes what it did, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []

    def open_drawer(self) -> DrawerReport:
        self.done.append("drawer")
        return super().open_drawer()

    def print_receipt(self, receipt: Receipt) -> PrintReport:
        self.done.append("receipt")
        return super().print_receipt(receipt)


def test_drawers_one_after_the_other_then_a_receipt_has_its_turn_behind_each(
    paper: Build, till: LaneNode, storage: SqlStorage
) -> None:
    """A counter that takes cash all the time would keep every receipt back."""
    printer = _InOrder()
    wishes = [ask(storage, f"change {number}") for number in range(4)]
    till.paid()  # a receipt for the customer, one for the merchant

    one = paper(printer).start()

    for wish in wishes:
        assert until_told(one, till, wish).verdict is DrawerVerdict.OPENED
    assert printer.done == ["drawer", "receipt", "drawer", "receipt", "drawer", "drawer"]


def test_drawer_when_it_waited_too_long_then_it_stays_shut(paper: Build, till: LaneNode, storage: SqlStorage) -> None:
    """The thread is held up by a receipt meanwhile; what it finds afterwards is old."""
    printer = ScriptedPrinter()
    printer.hold()
    clock = clock_of_today()
    one = paper(printer, clock=clock).start()
    till.paid()
    printer.until_busy()
    late = ask(storage, clock=clock)
    clock.move(EXPIRES_S + 1)

    printer.let_go()

    assert until_told(one, till, late).verdict is DrawerVerdict.NOT_OPENED
    assert printer.drawer_openings == 0


class _StuckDrawer(ScriptedPrinter):
    """A node that dies between the command and its result."""

    def open_drawer(self) -> DrawerReport:
        report = super().open_drawer()
        self._print_nothing_until_let_go()
        return report

    def _print_nothing_until_let_go(self) -> None:
        with self._changed:
            self._busy = True
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: not self._held, DEADLINE_S)


def test_drawer_when_the_gateway_dies_meanwhile_then_unsure_and_never_opened_again(
    paper: Build, till: LaneNode, storage: SqlStorage
) -> None:
    printer, other = _StuckDrawer(), ScriptedPrinter()
    printer.hold()
    first = paper(printer).start()
    opening_id = ask(storage)
    printer.until_busy()
    with first.inner.write() as unit:
        unit.devices.release("node-1")

    second = paper(other, holder="node-2").start()

    told = until_told(second, till, opening_id)
    assert told.verdict is DrawerVerdict.UNSURE
    assert "stopped while the drawer" in told.words
    printer.let_go()
    first.lane.stop(DEADLINE_S)
    assert drawers(storage).look(CALLER, opening_id).result == told
    assert (printer.drawer_openings, other.drawer_openings) == (1, 0)


class _BrokenDrawer(ScriptedPrinter):
    def open_drawer(self) -> DrawerReport:
        raise ZeroDivisionError


def test_drawer_when_our_own_code_fails_then_unsure_and_receipts_go_on(
    paper: Build, till: LaneNode, storage: SqlStorage
) -> None:
    one = paper(_BrokenDrawer()).start()

    opening_id = ask(storage)

    assert until_told(one, till, opening_id).verdict is DrawerVerdict.UNSURE
    one.until_states(till.paid(), OutboxState.DONE, OutboxState.DONE)


@pytest.mark.parametrize("failures", [1, 3])
def test_drawer_when_the_database_is_away_for_its_result_then_told_in_the_end(
    paper: Build, till: LaneNode, storage: SqlStorage, failures: int
) -> None:
    printer = _StuckDrawer()
    printer.hold()
    one = paper(printer).start()
    opening_id = ask(storage)
    printer.until_busy()
    one.storage.fail_writes(failures)

    printer.let_go()

    assert until_told(one, till, opening_id).verdict is DrawerVerdict.OPENED
    assert printer.drawer_openings == 1


def test_held_papers_then_none_begins_and_the_drawer_opens_all_the_same(
    paper: Build, till: LaneNode, storage: SqlStorage
) -> None:
    printer = ScriptedPrinter()
    one = paper(printer).start()
    one.lane.hold()
    payment_id = till.paid()

    assert until_told(one, till, ask(storage)).verdict is DrawerVerdict.OPENED
    assert printer.papers == []
    assert one.lane.held

    one.lane.release()
    one.until_states(payment_id, OutboxState.DONE, OutboxState.DONE)


def test_drawer_of_a_fact_then_stored_with_it_and_only_once(storage: SqlStorage) -> None:
    service, now = drawers(storage), SystemClock().now()
    cause = new_id()
    wish = DrawerWish(TENANT, STORE, REGISTER, DrawerCause.TENDER, cause, "Cash 9.30", "anna", now)

    with storage.write() as unit:
        first = service.for_fact(unit, wish)
        again = service.for_fact(unit, wish)

    assert (len(first), again) == (1, ())
    [record] = service.journal(CALLER)
    assert (record.opening.cause_id, record.opening.reason, record.opening.asked_by) == (cause, "Cash 9.30", "anna")
    assert record.result is None


def test_drawer_when_it_may_not_or_cannot_be_opened_then_told_why(storage: SqlStorage) -> None:
    service, opening_id = drawers(storage), DrawerOpeningId(new_id())
    stranger = Caller(TENANT, STORE, new_id(), "ben", frozenset())
    with pytest.raises(NotPermitted):
        service.open(stranger, REGISTER, "change", opening_id)
    with pytest.raises(InputError, match="why"):
        service.open(CALLER, REGISTER, "  ", opening_id)
    with pytest.raises(RuleError, match="no cash drawer"):
        service.open(CALLER, type(REGISTER)("office"), "change", opening_id)

    service.open(CALLER, REGISTER, "change", opening_id)
    with pytest.raises(IdempotencyConflict):
        service.open(CALLER, REGISTER, "another reason", opening_id)
    with pytest.raises(IdempotencyConflict):
        service.open(Caller(TENANT, STORE, uuid.uuid4(), "ben", CALLER.permissions), REGISTER, "change", opening_id)
    assert len(service.journal(CALLER)) == 1


def test_register_without_a_drawer_then_a_fact_opens_nothing(storage: SqlStorage) -> None:
    now = SystemClock().now() + timedelta(seconds=1)
    wish = DrawerWish(TENANT, STORE, type(REGISTER)("office"), DrawerCause.SHIFT, new_id(), "Float", "anna", now)

    with storage.write() as unit:
        assert drawers(storage).for_fact(unit, wish) == ()
