"""A shop whose shifts are worked over real storage: the use cases, and cash and card sales put into the books."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.domain import accounts
from gateway.domain.access import ROLE_PERMISSIONS, Caller, Role
from gateway.domain.cards.card_receipt import ShopFace
from gateway.domain.ids import DeviceId, RegisterId, ShiftId
from gateway.domain.ledger import TransferKind, card_receivable, closing, sales_revenue
from gateway.domain.money import Currency, Money
from gateway.domain.shifts.day_report import DayReport, ReportKind
from gateway.domain.shifts.day_report_receipt import report_paper
from gateway.domain.shifts.shift import FactKind, Shift, ShiftFact
from gateway.ports.announcer import Announcement, NobodyListens
from gateway.ports.terminal import TerminalSilent
from gateway.services.paper.open_drawer import OpenDrawer
from gateway.services.shifts.close_shift import CloseShift
from gateway.services.shifts.manage_shifts import AskedStep, ManageShifts, OpenShift, ShiftStep, ShiftTools, ShiftView
from gateway.services.shifts.report_day import ReportDay
from tests.support.storage_rows import EUR, NOON, NORTH, PRINTER, REGISTER, TENANT, TERMINAL, new_id

if TYPE_CHECKING:
    from gateway.adapters.db.unit_of_work import SqlStorage
    from gateway.domain.outbox import OutboxMessage

REGISTERS = {REGISTER: "Till 1", "till-2": "Till 2"}

FACE = ShopFace("Corner Shop", ("Main Street 1",), "DE000000000", "en")


def euro(minor: int) -> Money:
    """Return an amount in EUR."""
    return Money(minor, EUR)


class SteppingClock:
    """Goes on by a second with each look."""

    def __init__(self) -> None:
        self._looks = 0

    def now(self) -> datetime:
        self._looks += 1
        return NOON + timedelta(seconds=self._looks)

    def monotonic_s(self) -> float:
        return float(self._looks)


@dataclass
class HeardHints:
    """Writes down who was woken."""

    filled: list[str] = field(default_factory=list)

    def payment_sent(self, terminal_id: DeviceId, attempt_id: uuid.UUID) -> None:
        del terminal_id, attempt_id

    def cancel_requested(self, terminal_id: DeviceId, attempt_id: uuid.UUID) -> None:
        del terminal_id, attempt_id

    def outbox_filled(self, target: str) -> None:
        self.filled.append(target)

    def terminal_asked(self, terminal_id: DeviceId) -> None:
        del terminal_id

    def held_reservations(self, terminal_id: DeviceId) -> tuple[int, ...] | TerminalSilent:
        return TerminalSilent("not_supported", f"{terminal_id} cannot tell.")


@dataclass
class HeardAnnouncements:
    """Writes down what is announced."""

    told: list[Announcement] = field(default_factory=list)

    silent = False

    def messages(self, announcement: Announcement) -> tuple[OutboxMessage, ...]:
        self.told.append(announcement)
        return NobodyListens().messages(announcement)


class ShiftShop:
    """One register's day."""

    def __init__(self, storage: SqlStorage) -> None:
        self.storage = storage
        self.clock = SteppingClock()
        self.hints = HeardHints()
        self.announced = HeardAnnouncements()
        self.views: list[ShiftView] = []
        self.reports = ReportDay(storage=storage, clock=self.clock, registers=REGISTERS)
        drawers = OpenDrawer(storage=storage, clock=self.clock, hints=self.hints, drawers={REGISTER: PRINTER})
        close = CloseShift(
            reports=self.reports,
            printers={REGISTER: PRINTER},
            write=lambda report: report_paper(report, shop=FACE, zone=UTC),
        )
        self.manage = ManageShifts(
            storage=storage,
            clock=self.clock,
            hints=self.hints,
            registers=REGISTERS,
            currency=EUR,
            tools=ShiftTools(announcer=self.announced, open_drawer=drawers, close=close),
        )
        self.cashier = person(Role.CASHIER, "anna")
        self.manager = person(Role.MANAGER, "maria")

    def open(
        self, minor: int = 10_000, *, register: str = REGISTER, shift_id: ShiftId | None = None, key: str = ""
    ) -> ShiftId:
        """Begin a shift with a float."""
        shift_id = shift_id or ShiftId(new_id())
        command = OpenShift(shift_id, RegisterId(register), euro(minor), {}, asked(key or str(shift_id), minor))
        self.manage.open(self.cashier, command, self._render)
        return shift_id

    def step(
        self,
        shift_id: ShiftId,
        kind: FactKind,
        minor: int | None = None,
        *,
        reason: str = "",
        by: Caller | None = None,
        fact_id: uuid.UUID | None = None,
        to: str = "",
        foreign: tuple[Money, ...] = (),
    ) -> tuple[bytes, bool]:
        """Take one step; return the answer and whether it is a replay."""
        fact_id = fact_id or new_id()
        amount = None if minor is None else euro(minor)
        command = ShiftStep(
            shift_id,
            fact_id,
            kind,
            amount,
            reason,
            {},
            asked(str(fact_id), (kind, minor, reason, foreign)),
            taken_over_by=to,
            foreign=foreign,
        )
        answer, replayed = self.manage.step(by or self.cashier, command, self._render)
        return answer.body, replayed

    def sell(self, minor: int, *, by: str = "cash", register: RegisterId = REGISTER, back: bool = False) -> None:
        """Book a sale by cash or card, or what goes back for one, as the use cases of sales do."""
        means = accounts.cash(register) if by == "cash" else card_receivable(TERMINAL)
        income = sales_revenue(register)
        debit, credit = (income, means) if back else (means, income)
        self.book("sale", debit, credit, euro(minor))

    def book(self, name: str, debit: str, credit: str, amount: Money, *, at: datetime | None = None) -> None:
        """Book something certain."""
        cause = accounts.Cause(TENANT, NORTH, new_id(), "trace", at or self.clock.now())
        with self.storage.write() as unit:
            unit.ledger.add(accounts.booked(cause, name, debit=debit, credit=credit, amount=amount))

    def reserve(self, minor: int) -> None:
        """Book a card sale that comes to nothing."""
        cause = accounts.Cause(TENANT, NORTH, new_id(), "trace", self.clock.now())
        income = sales_revenue(REGISTER)
        pending = accounts.reserved(cause, "sale", debit=card_receivable(TERMINAL), credit=income, amount=euro(minor))
        with self.storage.write() as unit:
            unit.ledger.add((pending, closing(pending, kind=TransferKind.VOID, recorded_at=self.clock.now())))

    def close(self, shift_id: ShiftId, counted: int, left: int = 0) -> DayReport:
        """Count blind, close, and return the report as stored."""
        from gateway.domain.shifts.day_report_text import report_of_text

        self.step(shift_id, FactKind.COUNTED, counted)
        self.step(shift_id, FactKind.CLOSED, left)
        stored = self.reports.z(self.cashier, shift_id)
        report = report_of_text(stored.document)
        assert report.kind is ReportKind.Z
        return report

    def shift(self, shift_id: ShiftId) -> Shift:
        """Load a shift."""
        with self.storage.read() as unit:
            found = unit.shifts.load(TENANT, NORTH, shift_id)
        assert found is not None
        return found

    def facts(self, shift_id: ShiftId) -> tuple[ShiftFact, ...]:
        """Load its facts."""
        with self.storage.read() as unit:
            return unit.shifts.facts(TENANT, NORTH, shift_id)

    def balance(self, account: str, currency: Currency = EUR) -> int:
        """Return an account's balance in minor units."""
        with self.storage.read() as unit:
            return unit.shifts.balance(TENANT, NORTH, account, currency).minor

    def _render(self, view: ShiftView) -> bytes:
        self.views.append(view)
        return f"{view.shift.state} {view.facts[-1].sequence}".encode()


def person(role: Role, name: str) -> Caller:
    """Return somebody of a role."""
    return Caller(TENANT, NORTH, new_id(), name, ROLE_PERMISSIONS[role])


def asked(key: str, of: object) -> AskedStep:
    """Return how a request is told from its repetition."""
    return AskedStep(key, hashlib.sha256(repr(of).encode()).hexdigest(), f"/v1/shifts/{key}")
